import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DrillReport } from '../../src/report/drill-text.js';
import { NODES, type Pair, startPair } from './lab.js';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
  expect(await pair.hastconf(['apply', '-y'])).toMatchObject({ code: 0 });
});
afterAll(() => pair.stop());

const phases = (report: DrillReport) => report.phases.map(({ phase, node }) => `${phase} ${node}`);

describe('maintenance', () => {
  it('is turned on for one node, twice is nothing to do, and a drill is refused meanwhile', async () => {
    const on = await pair.hastconf(['maintenance', 'on', '--node', 'hastb', '--for', '2h']);
    expect(on).toMatchObject({ code: 0, stdout: expect.stringMatching(/^hastb: no fail-over until .* UTC/) });
    const again = await pair.hastconf(['maintenance', 'on', '--node', 'hastb']);
    expect(again.stdout).toMatch(/^Nothing to do: maintenance is on\.$/m);
    expect(await pair.hastconf(['drill'])).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('hastb is under maintenance'),
    });
  });

  it('is turned off on both', async () => {
    const off = await pair.hastconf(['maintenance', 'off', '--json']);
    expect(JSON.parse(off.stdout)).toEqual({
      version: 1,
      cluster: 'lab',
      maintenance: 'off',
      changed: true,
      nodes: NODES.map((node) => ({ node, until: null })),
    });
    expect(off.code).toBe(0);
  });
});

describe('drill', () => {
  it('moves there and back around markers that are all there, and keeps its report', async () => {
    const { code, stdout, stderr } = await pair.hastconf(['drill', '--json']);
    expect(code, stderr).toBe(0);
    const report = JSON.parse(stdout) as DrillReport & { last: unknown };
    expect(phases(report)).toEqual([
      ...['write a marker hasta', 'move hastb', 'read it back hastb', 'standby is fresh hastb'],
      ...['write a marker hastb', 'move hasta', 'read it back hasta', 'standby is fresh hasta'],
    ]);
    expect(report).toMatchObject({ kind: 'planned', markers: 2, verified: true, last: null });
    expect(report.longestGap).toBeGreaterThan(0);
    expect(report.availability).toBeLessThan(100);
    const kept = await readFile(join(pair.dir, 'lab/cluster.drills.jsonl'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ longestGap: report.longestGap });
    for (const node of NODES) expect(await pair.on(node, 'ls -a /hast/disk0 || true')).not.toContain('drill');
  });

  it('crashes nothing without consent', async () => {
    const refused = await pair.hastconf(['drill', '--crash', 'primary', '--consent', 'hastb']);
    expect(refused).toMatchObject({ code: 5, stderr: expect.stringContaining('--consent hasta') });
    expect(await pair.on('hasta', 'ifconfig vtnet1')).toContain('carp: MASTER');
  });

  it('--crash primary: the standby takes over with everything that was fsynced, and it ends as it began', async () => {
    const { code, stdout, stderr } = await pair.hastconf([
      'drill',
      '--crash',
      'primary',
      '--consent',
      'hasta',
    ]);
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(/^take over +hastb/m);
    expect(stdout).toContain('2 markers written, and read back on both nodes');
    // Its lock outlived the crash on the node's disk, and is gone all the same.
    for (const node of NODES) expect(await pair.on(node, 'ls /var/db/hastconf')).not.toMatch(/^lock$/m);
  });
});
