import { setTimeout as sleep } from 'node:timers/promises';
import { alarmsIn, servedBy } from './judge.js';
import { Broken, type Live, OutOfTime } from './live.js';
import { bringUp, type Setting } from './states.js';
import type { Outcome, Scenario } from './types.js';

const LIMIT_MS = 480_000;
/** After its time is over, a scenario that does not end by itself is left behind. */
const GRACE_MS = 20_000;

export interface Run {
  options: Omit<Setting, 'signal'>;
  saved: Set<string>;
  /** Of the whole run; aborted when its time is over. */
  signal: AbortSignal;
}

/** Runs one scenario from its state to its verdict. Never throws for what the scenario does. */
export async function runScenario(scenario: Scenario, run: Run): Promise<Outcome> {
  const limitMs = scenario.limitMs ?? LIMIT_MS;
  const ended = new AbortController();
  const signal = AbortSignal.any([run.signal, ended.signal]);
  const timer = setTimeout(() => ended.abort(new Broken(`did not end within ${limitMs / 1000} s`)), limitMs);
  let live: Live | undefined;
  const story = (async () => {
    const options = { ...run.options, signal };
    live = await bringUp(options, scenario.from, run.saved, scenario.client ?? false);
    await scenario.run(live);
    await live.evidence.stop();
    const lost = await live.lost();
    const stuck = await live.stuck();
    if (lost.length > 0) throw new Lost(lost);
    if (stuck.length > 0) throw new Broken(`does not answer hastctl: ${stuck.join(', ')}`);
  })();
  try {
    await Promise.race([story, overdue(signal)]);
    return outcomeOf(scenario, live, undefined);
  } catch (error) {
    return outcomeOf(scenario, live, signal.aborted ? signal.reason : error);
  } finally {
    clearTimeout(timer);
    ended.abort(new Broken('the scenario is over'));
    story.catch(() => undefined); // its error was told, or it was left behind
    live?.close();
  }
}

async function overdue(signal: AbortSignal): Promise<never> {
  await new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
  await sleep(GRACE_MS);
  throw signal.reason;
}

class Lost extends Error {
  readonly lines: string[];
  constructor(lines: string[]) {
    super(`${lines.length} acknowledged lines are lost: ${lines.slice(0, 5).join(', ')}`);
    this.lines = lines;
  }
}

function outcomeOf(scenario: Scenario, live: Live | undefined, failure: unknown): Outcome {
  const { name, title, mendedBy } = scenario;
  const evidence = live?.evidence;
  const acknowledged = evidence?.acknowledged ?? [];
  const lines = failure instanceof Lost ? failure.lines : [];
  return {
    name,
    title,
    contender: live?.contender ?? 'hastconf',
    verdict: failure === undefined ? 'passed' : failure instanceof OutOfTime ? 'skipped' : 'failed',
    ...(failure !== undefined && { reason: failure instanceof Error ? failure.message : String(failure) }),
    ...(mendedBy !== undefined && { mendedBy }),
    tookMs: Date.now() - (evidence?.began ?? Date.now()),
    measured: evidence?.measured ?? [],
    acknowledged: acknowledged.length,
    lost: lines.length,
    lostLines: lines.slice(0, 20),
    served: servedBy(acknowledged),
    alarms: alarmsIn(evidence?.sayings ?? []),
    notes: live?.notes ?? [],
  };
}
