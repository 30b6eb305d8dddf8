import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { historyPath, keepDrill, lastDrill } from '../../src/commands/drill-history.js';
import { type DrillReport, drillText } from '../../src/report/drill-text.js';

const phase = (name: string, node: string, seconds: number, gap = 0) => ({
  ...{ phase: name, node, seconds, withoutStorage: gap },
  ...{ withoutAddress: gap === 0 ? 0 : 0.9, withoutService: gap },
});
const REPORT: DrillReport = {
  version: 1,
  cluster: 'pair1',
  time: '2026-11-27T08:00:00.000Z',
  kind: 'planned',
  from: 'hasta',
  to: 'hastb',
  phases: [
    phase('write a marker', 'hasta', 0.4),
    phase('move', 'hastb', 3.1, 1.94),
    phase('read it back', 'hastb', 0.2),
    phase('move', 'hasta', 2.8, 1.71),
  ],
  longestGap: 1.94,
  watched: 94.2,
  availability: 96.12,
  fromHere: 2.1,
  markers: 2,
  verified: true,
};

describe('the report of a drill', () => {
  it('is a table with the longest gap and the availability', async () => {
    await expect(drillText(REPORT, undefined)).toMatchFileSnapshot('golden/drill.txt');
  });

  it.each([
    [2.0, 'as long as in the last one (2.00 s on 2026-11-20)'],
    [4.0, 'shorter than in the last one (4.00 s on 2026-11-20)'],
    [1.0, 'longer than in the last one (1.00 s on 2026-11-20)'],
  ])('compares the longest gap with one of %f s', (longestGap, text) => {
    const last = { ...REPORT, longestGap, time: '2026-11-20T08:00:00.000Z' };
    expect(drillText(REPORT, last).split('\n').at(-1)).toBe(text);
  });
});

describe('the history', () => {
  let dir: string;
  beforeAll(() => {
    dir = mkdtempSync(join(tmpdir(), 'hastconf-drills-'));
  });
  afterAll(() => rmSync(dir, { recursive: true }));

  it('lies beside the cluster file, and gives back the last drill of a kind', async () => {
    const path = historyPath(join(dir, 'pair.yaml'));
    expect(path).toBe(join(dir, 'pair.drills.jsonl'));
    expect(await lastDrill(path, 'planned')).toBe(undefined);
    await keepDrill(path, REPORT);
    await keepDrill(path, { ...REPORT, longestGap: 3 });
    await keepDrill(path, { ...REPORT, kind: 'crash-primary' });
    expect(await lastDrill(path, 'planned')).toMatchObject({ longestGap: 3 });
    expect(await lastDrill(path, 'crash-standby')).toBe(undefined);
  });
});
