import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parse, stringify } from 'yaml';
import { defaultDisks } from '../../src/lab/world/profile.js';
import { templateDirectory } from '../../src/render/engine.js';
import { parseSpec } from '../../src/spec/load.js';
import { type Ended, NODES, type Pair, startPair } from './lab.js';

const SIZE = 64 * 2 ** 20;
const NUMBERS = Array.from({ length: 10 }, (_, number) => number);

/** The system disk, and the ten that the example names on this node. */
const disks = (last: string) => [
  ...defaultDisks().slice(0, 1),
  ...NUMBERS.map((number) => ({ name: number === 9 ? last : `da${number}`, size: SIZE, sectorSize: 512 })),
];

let text: string;
let pair: Pair;
let applied: Ended;

beforeAll(async () => {
  text = await readFile(join(templateDirectory(), 'ten-disks.example.yaml'), 'utf8');
  pair = await startPair({ disks: { hasta: disks('da9'), hastb: disks('ada9') } });
  const lab = parse(await readFile(pair.lab.clusterFile, 'utf8')) as Record<string, unknown>;
  const { resources, storage, services } = parse(text) as Record<string, unknown>;
  await writeFile(pair.lab.clusterFile, stringify({ ...lab, resources, storage, services }));
  applied = await pair.hastconf(['apply', '-y']);
});
afterAll(() => pair.stop());

describe('ten disks in each machine', () => {
  it('are an example that is a valid cluster file', () => {
    const spec = parseSpec(text, 'ten-disks.example.yaml');
    expect(spec.resources.map(({ name }) => name)).toEqual(NUMBERS.map((number) => `disk${number}`));
    expect(spec.storage).toMatchObject([{ type: 'zfs', layout: 'raidz2' }]);
  });

  it('become one pool over ten resources', async () => {
    expect(applied, applied.stderr).toMatchObject({ code: 0 });
    const status = await pair.on('hasta', 'zpool status failover');
    expect(status).toMatch(/raidz2-0/);
    for (const number of NUMBERS) expect(status).toContain(`hast/disk${number}`);
    const again = await pair.hastconf(['plan', '--detailed-exitcode']);
    expect(again, again.stdout).toMatchObject({ code: 0 });
  });

  it('move together, with what is on them and what serves it', async () => {
    await pair.on('hasta', 'echo kept >/failover/kept && fsync /failover/kept');
    const moved = await pair.hastconf(['switchover', '-y']);
    expect(moved, moved.stderr).toMatchObject({ code: 0 });
    expect(await pair.on('hastb', 'cat /failover/kept')).toBe('kept\n');
    for (const [at, node] of NODES.entries()) {
      const roles = await pair.on(node, "hastctl status | awk 'NR > 1 { print $3 }' | sort -u");
      expect(roles).toBe(at === 1 ? 'primary\n' : 'secondary\n');
    }
    await pair.on('hastb', 'until service nfsd onestatus >/dev/null 2>&1; do sleep 1; done');
  });

  it('come back after the serving machine has lost power', async () => {
    await pair.on('hasta', 'until carp-hast-switch status | grep -q ": standby"; do sleep 1; done');
    await pair.lab.fault('power-cut', ['hastb']);
    await pair.on('hasta', 'until [ -e /failover/kept ]; do sleep 1; done');
    expect(await pair.on('hasta', 'zpool list -H -o name')).toBe('failover\n');
  });
});
