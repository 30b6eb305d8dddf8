import fc from 'fast-check';
import type { Brain } from './brain.js';
import { EVENT_CODES } from './events.js';
import { type History, type Outcome, report, runHistory, type Terms } from './history.js';
import { FAULT_CODES, runSingleFaults } from './single.js';
import type { Guard } from './world.js';

/** How old a lone write must be since the standby was told: its agent looks into the spool every second. */
export const NOTICE = 10;
export const ANYTHING: Terms = { partitions: false, notice: NOTICE };
export const PARTITIONS: Terms = { partitions: true, notice: NOTICE };

export interface Search {
  runs: number;
  seed?: number | undefined;
  length?: number;
  lacks?: Guard;
}

export interface Found {
  /** What was broken, how to see it again, and what happened; undefined when nothing was. */
  failure?: string;
  runs: number;
  seed: number;
  simulated: number;
  promotions: number;
  /** Histories that ended with an alarm for a person, by why. */
  persons: Record<string, number>;
  youngLost: number;
}

function histories(codes: number, length: number): fc.Arbitrary<History> {
  return fc.record({
    config: fc.nat({ max: 65_535 }),
    events: fc.array(fc.nat({ max: codes - 1 }), { minLength: 1, maxLength: length, size: 'max' }),
  });
}

function search(
  plan: Search,
  arbitrary: fc.Arbitrary<History>,
  run: (history: History) => Outcome,
  tell: (history: History) => string,
): Found {
  const found: Found = { runs: 0, seed: 0, simulated: 0, promotions: 0, persons: {}, youngLost: 0 };
  const property = fc.property(arbitrary, (history) => {
    const outcome = run(history);
    found.simulated += outcome.simulated;
    found.promotions += outcome.promotions;
    found.youngLost += outcome.youngLost;
    if (outcome.person !== undefined)
      found.persons[outcome.person] = (found.persons[outcome.person] ?? 0) + 1;
    return outcome.broken === undefined;
  });
  const options = plan.seed === undefined ? {} : { seed: plan.seed };
  const details = fc.check(property, { numRuns: plan.runs, ...options });
  found.runs = details.numRuns;
  found.seed = details.seed;
  const smallest = details.counterexample?.[0];
  if (details.failed && smallest !== undefined)
    found.failure = `${tell(smallest)}\nseed ${details.seed}, path ${details.counterexamplePath}`;
  return found;
}

/** Random histories of anything at any time. */
export function searchHistories(brain: Brain, terms: Terms, plan: Search): Found {
  const arbitrary = histories(EVENT_CODES, plan.length ?? 25);
  return search(
    plan,
    arbitrary,
    (history) => runHistory(brain, history, terms),
    (history) => report(brain, history, terms),
  );
}

/** Random histories of one fault at a time, each repaired and settled before the next. */
export function searchSingleFaults(brain: Brain, plan: Search): Found {
  const run = (history: History, trace?: string[]) => runSingleFaults(brain, history, trace, plan.lacks);
  return search(plan, histories(FAULT_CODES, plan.length ?? 6), run, (history) => {
    const trace: string[] = [];
    const key = `${history.config}:${history.events.join(',')}`;
    return `${run(history, trace).broken}\nreplay: single ${key}\n${trace.join('\n')}`;
  });
}

/** CONFIG:EVENT,EVENT,... as a failure prints it. */
export function parseHistory(key: string): History {
  const [config = '', events = ''] = key.split(':');
  const numbers = events === '' ? [] : events.split(',').map(Number);
  if (!/^\d+$/.test(config) || numbers.some((n) => !Number.isInteger(n) || n < 0))
    throw new Error(`not a history: ${key}`);
  return { config: Number(config), events: numbers };
}
