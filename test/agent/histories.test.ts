import { beforeAll, describe, expect, test } from 'vitest';
import { alter, type Brain, loadBrain, type Thought } from './model/brain.js';
import { encode } from './model/events.js';
import { type Outcome, report, runHistory } from './model/history.js';
import { ANYTHING, PARTITIONS, parseHistory, searchHistories, searchSingleFaults } from './model/search.js';
import type { Observation } from './table.js';

const LONG = 240_000;
/** Fixed, so that a failure is the change's own; `npm run histories` looks further. */
const SEED = 20_261_120;
const RUNS = process.env.CI === undefined ? 20_000 : 100_000;

let brain: Brain;
beforeAll(async () => {
  brain = await loadBrain();
}, LONG);

describe('the agent in random histories', () => {
  test(
    'anything at any time: one serves, nothing acknowledged is passed over, it ends well and clean',
    () => {
      const found = searchHistories(brain, ANYTHING, { runs: RUNS, seed: SEED });
      expect(found.failure).toBeUndefined();
      expect(found.promotions).toBeGreaterThan(found.runs);
      // What only a person can decide stays rare, and has a name.
      expect(Object.keys(found.persons).filter((why) => !WHY_A_PERSON.has(why))).toEqual([]);
      expect(found.persons['split-brain'] ?? 0).toBeLessThan(found.runs / 100);
    },
    LONG,
  );

  test(
    'both networks down at once: two may serve, but no copy is overwritten before a person has decided',
    () => {
      const found = searchHistories(brain, PARTITIONS, { runs: RUNS / 10, seed: SEED });
      expect(found.failure).toBeUndefined();
      expect(found.persons['split-brain'] ?? 0).toBeGreaterThan(0);
    },
    LONG,
  );

  test(
    'one fault at a time: served again within 30 s, nothing acknowledged is lost, the repair moves nothing',
    () => {
      expect(searchSingleFaults(brain, { runs: RUNS / 10, seed: SEED }).failure).toBeUndefined();
    },
    LONG,
  );
});

const WHY_A_PERSON = new Set(['split-brain', 'forced', 'young writes']);

describe('the invariants can fail', () => {
  const promote: Thought = { action: 'promote', reason: 'carp-master', skew: 0 };
  const rows: [string, RegExp, (seen: Observation, thought: Thought) => Thought | undefined][] = [
    [
      'a copy that is not fresh is promoted',
      /misses an acknowledged write|torn copy/,
      (seen, { reason }) =>
        seen.peer === 'dead' && ['not-fresh', 'behind'].includes(reason) ? promote : undefined,
    ],
    [
      'a peer that serves is overlooked',
      // It is seen again right before the first write, and the promotion called off, without end.
      /two nodes have the storage mounted|not healthy|misses/,
      (_seen, { action, reason }) =>
        action === 'none' && reason === 'peer-serving'
          ? { action: 'promote', reason: 'peer-dead', skew: 0 }
          : undefined,
    ],
    [
      'roles are given without comparing epochs',
      /overwritten|misses/,
      (seen, { action }) =>
        action === 'none' && seen.roles === 'all-init' && seen.epoch === 'diverged'
          ? { action: 'secondary', reason: 'returning', skew: 240 }
          : undefined,
    ],
    [
      'the address stays with a node that must not have it',
      /not healthy/,
      (_seen, thought) => (thought.skew === 20 ? { ...thought, skew: 240 } : undefined),
    ],
    [
      'nobody dares',
      /not healthy/,
      (_seen, { action, reason }) =>
        action === 'promote' && reason === 'carp-master' ? { action: 'none', reason, skew: 240 } : undefined,
    ],
  ];
  test.each(rows)('%s', (_name, rule, change) => {
    const failure = searchHistories(alter(brain, change), PARTITIONS, { runs: 5000, seed: 7 }).failure;
    expect(failure).toMatch(rule);
    expect(failure).toMatch(/^replay: \d+:[\d,]+$/m);
  });
});

// With a witness, one history under any single cut, also of a primary that is frozen.
test.each(['a stopped worker', 'devices first'] as const)(
  'without %s there may be two histories',
  (lacks) => {
    expect(searchSingleFaults(brain, { runs: 2000, seed: 2, lacks }).failure).toMatch(
      /split-brain|two histories|misses/,
    );
  },
);

describe('a history', () => {
  const cut = { config: 1, events: [encode('powerCut', 0, 130), encode('powerOn', 0, 300)] };

  test('is the same every time', () => {
    const again = (): Outcome => runHistory(brain, cut, ANYTHING, []);
    expect(again()).toEqual(again());
    expect(again().promotions).toBe(2);
  });

  test('is told so that it can be replayed', () => {
    const text = report(brain, cut, ANYTHING);
    const key = /^replay: (.*)$/m.exec(text)?.[1] ?? '';
    expect(parseHistory(key)).toEqual(cut);
    expect(text).toContain('powerCut A, then 13 s');
    expect(text).toMatch(/B standby -> serving: peer-dead, epoch 2\/1/);
  });

  test('is not anything', () => {
    expect(() => parseHistory('once upon a time')).toThrow('not a history');
  });
});
