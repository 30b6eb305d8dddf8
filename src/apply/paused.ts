import type { Io } from '../io.js';
import { say } from '../io.js';
import { PAUSE_SECONDS, resumeScript } from '../plan/steps/pause.js';
import type { Phase, Step } from '../plan/types.js';
import type { Target } from '../remote/target.js';

/** Phases at whose failure nothing has been changed yet that the agents must not see. */
const HARMLESS: readonly Phase[] = ['pause', 'release'];

/** Keeps in mind which agents keep still, for a run that does not come to their `resume` step. */
export class PausedAgents {
  readonly #nodes = new Set<string>();
  #failedIn: Phase | undefined;

  /** An executor event. */
  seen({ id, node, phase }: Step, state: 'start' | 'done' | 'failed'): void {
    if (phase === 'pause' && state === 'start') this.#nodes.add(node);
    if (id === `${node}/agent/resume` && state === 'done') this.#nodes.delete(node);
    if (state === 'failed') this.#failedIn ??= phase;
  }

  /**
   * After a run that failed: agents that need not keep still any longer act again; of the others it is said until
   * when they keep still. Never throws: the failure itself is what counts.
   */
  async settle(targets: ReadonlyMap<string, Target>, io: Io): Promise<void> {
    if (this.#nodes.size === 0) return;
    const nodes = [...this.#nodes];
    if (this.#failedIn !== undefined && HARMLESS.includes(this.#failedIn)) {
      const ended = await Promise.allSettled(nodes.map((node) => targets.get(node)!.script(resumeScript())));
      if (ended.every((one) => one.status === 'fulfilled' && one.value.code === 0)) return;
    }
    say(
      io,
      `the agents on ${nodes.join(' and ')} keep still for up to ${PAUSE_SECONDS / 60} minutes: there is no fail-over meanwhile; hastconf apply goes on and ends it`,
    );
  }
}
