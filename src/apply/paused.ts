import type { Io } from '../io.js';
import { say } from '../io.js';
import { PAUSE_SECONDS, resumeScript } from '../plan/steps/pause.js';
import type { Step } from '../plan/types.js';
import type { Target } from '../remote/target.js';

/** Keeps in mind which agents keep still, for a run that does not come to their `resume` step. */
export class PausedAgents {
  readonly #nodes = new Set<string>();

  /** An executor event. */
  seen({ id, node, phase }: Step, state: 'start' | 'done' | 'failed'): void {
    if (phase === 'pause' && state === 'start') this.#nodes.add(node);
    if (id === `${node}/agent/resume` && state === 'done') this.#nodes.delete(node);
  }

  /**
   * After a run that failed or was interrupted the agents act again: the steps are ordered so that what is half done
   * makes none of them give the storage up, and a pair without fail-over is worse. Of those that cannot be told it is
   * said how long they keep still. Never throws: the failure itself is what counts.
   */
  async settle(targets: ReadonlyMap<string, Target>, io: Io): Promise<void> {
    const untold: string[] = [];
    for (const node of this.#nodes) {
      const ended = await targets
        .get(node)!
        .script(resumeScript())
        .catch(() => undefined);
      if (ended?.code !== 0) untold.push(node);
    }
    if (untold.length === 0) return;
    say(
      io,
      `the agent on ${untold.join(' and ')} may keep still for up to ${PAUSE_SECONDS} s: there is no fail-over to or from it meanwhile`,
    );
  }
}
