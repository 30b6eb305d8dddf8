import { describe, expect, it } from 'vitest';
import { alarmsIn, gapsOf, LINE, longestGap, lostLines, servedBy } from './judge.js';
import { randomFrom } from './random.js';
import { countsOf, markdownOf, textOf } from './report.js';
import type { Acknowledged, Outcome } from './types.js';

const line = (node: string, number: number, at: number): Acknowledged => ({
  node,
  line: `${node} 1 ${number}`,
  at,
});
const MOVED = [
  line('hasta', 1, 1000),
  line('hasta', 2, 1100),
  line('hastb', 9, 5600),
  line('hastb', 10, 5700),
];

describe('what writers have seen', () => {
  it('the longest stretch goes over both nodes, whatever the order in which it was heard', () => {
    expect(longestGap(gapsOf(MOVED.toReversed(), 1000, 5750))).toEqual({
      from: 100,
      to: 4600,
      before: 'hasta',
      after: 'hastb',
    });
  });

  it('storage that does not come back is a gap up to the end', () => {
    expect(longestGap(gapsOf(MOVED.slice(0, 2), 1000, 61_000))).toEqual({
      from: 100,
      to: 60_000,
      before: 'hasta',
      after: undefined,
    });
  });

  it('names who served, again when it comes back', () => {
    expect(servedBy([...MOVED, line('hasta', 3, 9000)])).toEqual(['hasta', 'hastb', 'hasta']);
  });

  it('a line that is not in the files is lost; a torn one does not count as there', () => {
    const found = new Set(['hasta 1 1', 'hastb 1 9', 'hastb 1 1'].filter((text) => LINE.test(text)));
    expect(lostLines(MOVED, found)).toEqual(['hasta 1 2', 'hastb 1 10']);
    expect(LINE.test('hastb 1 ')).toBe(false);
    expect(LINE.test('hastb 1 9hastb 1 10')).toBe(false);
  });

  it('alarms are named once, and not when they are over', () => {
    const said = [
      'alarm: replication-lost',
      'alarm over: replication-lost',
      'alarm: stale-copy',
      'alarm: stale-copy',
    ];
    const sayings = said.map((text, at) => ({
      at,
      node: 'hasta',
      text: `Nov 27 07:00:00 hasta carp-hast-switch[7]: ${text}`,
    }));
    expect(alarmsIn(sayings)).toEqual(['replication-lost', 'stale-copy']);
  });
});

describe('the report', () => {
  const outcome: Outcome = {
    name: 'move',
    title: 'planned move',
    contender: 'hastconf',
    verdict: 'failed',
    reason: '2 acknowledged lines are lost',
    mendedBy: 8,
    tookMs: 1,
    measured: [{ what: 'to hastb', gap: { from: 100, to: 4600, before: 'hasta', after: 'hastb' } }],
    acknowledged: 4,
    lost: 2,
    lostLines: ['hasta 1 2'],
    served: ['hasta', 'hastb'],
    alarms: ['stale-copy'],
    notes: [],
  };
  const recipe: Outcome = {
    ...outcome,
    contender: 'recipe',
    measured: [{ what: 'to hastb', gap: { from: 0, to: 9800, before: 'hasta', after: undefined } }],
    lost: 0,
  };

  it('says what each event cost and why something failed', () => {
    const text = textOf([outcome]);
    expect(text).toMatch(/move: to hastb\s+4\.5 s\s+0\.1\s+4\.6\s+hasta hastb\s+4\s+2\s+stale-copy\s+failed/);
    expect(text).toContain('move failed (expected until issue 8 is done): 2 acknowledged lines are lost');
    expect(countsOf([outcome, recipe])).toEqual({ passed: 0, failed: 2, skipped: 0 });
  });

  it('puts the recipe beside hastconf', () => {
    expect(markdownOf([outcome, recipe], new Date('2026-11-27T09:00:00Z'))).toContain(
      '| planned move: to hastb | 4.5 s | 2 | 9.8 s, and on | 0 |',
    );
  });
});

it('the same seed gives the same numbers', () => {
  const [one, other, third] = [randomFrom(7), randomFrom(7), randomFrom(8)];
  const numbers = Array.from({ length: 100 }, one);
  expect(Array.from({ length: 100 }, other)).toEqual(numbers);
  expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
  expect(third()).not.toBe(numbers[0]);
});
