import { setTimeout as sleep } from 'node:timers/promises';
import type { Problem } from '../errors.js';
import type { PairFacts } from '../plan/types.js';
import { proveProblems } from '../report/final.js';
import { gatherAll, type Session } from './session.js';

/** A reconnection, a tick of the agent, and its word to the other one, each ten seconds or more. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 1000;

/**
 * Waits until one node serves and the other is its fresh standby; what is still not as it should be when the time is
 * over, or Ctrl-C was pressed. Read from both nodes.
 */
export async function settled(
  session: Session,
  signal: AbortSignal,
): Promise<{ facts: PairFacts; problems: readonly Problem[] }> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const facts = await gatherAll(session.targets, session.spec);
    const problems = proveProblems(
      session.spec,
      session.spec.nodes.map(({ name }) => facts[name]!),
    );
    if (problems.length === 0 || performance.now() > until || signal.aborted) return { facts, problems };
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
}
