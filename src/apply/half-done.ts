import type { Io } from '../io.js';
import { say } from '../io.js';
import { PAUSE_SECONDS, resumeScript } from '../plan/steps/pause.js';
import type { Step } from '../plan/types.js';
import type { Target } from '../remote/target.js';

/** The line to the node may be what failed. */
const RESUME_MS = 20_000;

/** Keeps in mind what a run has begun on a pair that serves, for one that does not come to its end. */
export class HalfDone {
  readonly #paused = new Set<string>();
  /** What gives a node its address back by hand. */
  readonly #withdrawn = new Map<string, string>();

  /** An executor event. */
  seen({ id, node, phase, action, byHand = '' }: Step, state: 'start' | 'done' | 'failed'): void {
    if (phase === 'pause' && state === 'start') this.#paused.add(node);
    if (id === `${node}/agent/resume` && state === 'done') this.#paused.delete(node);
    if (action.kind !== 'script') return;
    if (phase === 'withdraw' && state === 'start') this.#withdrawn.set(node, byHand);
    if (phase === 'rejoin' && state === 'done') this.#withdrawn.delete(node);
  }

  /** What stays so when the run ends at once. */
  sentences(): readonly string[] {
    return [
      ...[...this.#paused].map(stillPaused),
      ...[...this.#withdrawn].map(([node, byHand]) => withoutAddress(node, byHand)),
    ];
  }

  /**
   * After a run that failed or was interrupted the agents act again: the steps are ordered so that what is half done
   * makes none of them give the storage up, and a pair without fail-over is worse. What cannot be mended from here is
   * said. Never throws: the failure itself is what counts.
   */
  async settle(targets: ReadonlyMap<string, Target>, io: Io): Promise<void> {
    const resumed = [...this.#paused].map(async (node) => {
      const asked = targets.get(node)!.script(resumeScript(), { timeoutMs: RESUME_MS });
      const ended = await asked.catch(() => undefined);
      if (ended?.code !== 0) say(io, stillPaused(node));
    });
    await Promise.all(resumed);
    for (const [node, byHand] of this.#withdrawn) say(io, withoutAddress(node, byHand));
  }
}

function stillPaused(node: string): string {
  return `the agent on ${node} may stay paused: there is no fail-over to or from it until it acts again by itself, in at most ${PAUSE_SECONDS} s`;
}

/** Not done from here: an other node that only cannot be reached may hold the address, and both would answer. */
function withoutAddress(node: string, byHand: string): string {
  return `${node} is without its CARP address and cannot take over: hastconf apply gives it back; if the other node is down for good, on ${node}: ${byHand}`;
}
