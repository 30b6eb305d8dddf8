import { ExitCode, HastconfError } from '../errors.js';
import { PHASES, type Phase, type Step } from '../plan/types.js';
import { runStep, type StepRunner } from './run-step.js';

export interface ExecutorEvents {
  onStep?: (step: Step, state: 'start' | 'done' | 'failed', milliseconds: number) => void;
}

/** Steps of one node within one phase, in their order. */
export interface Lane {
  node: string;
  steps: readonly Step[];
}

export interface PhaseWork {
  phase: Phase;
  lanes: readonly Lane[];
}

/** Phases one after the other; in each, one lane a node. Phases without steps are left out. */
export function schedule(steps: readonly Step[]): PhaseWork[] {
  return PHASES.flatMap((phase) => {
    const own = steps.filter((step) => step.phase === phase);
    if (own.length === 0) return [];
    const nodes = [...new Set(own.map((step) => step.node))];
    const lanes = nodes.map((node) => ({ node, steps: own.filter((step) => step.node === node) }));
    return [{ phase, lanes }];
  });
}

/**
 * Runs one lane; stops at the first failure, and once the signal is aborted before the next step that may be left out.
 */
export async function runLane(
  lane: Lane,
  runner: StepRunner,
  signal: AbortSignal,
  events: ExecutorEvents,
): Promise<void> {
  for (const step of lane.steps) {
    if (signal.aborted && step.atomic !== true) throw interrupted();
    const started = performance.now();
    events.onStep?.(step, 'start', 0);
    try {
      await runStep(step, runner);
    } catch (error) {
      events.onStep?.(step, 'failed', performance.now() - started);
      throw error;
    }
    events.onStep?.(step, 'done', performance.now() - started);
  }
}

/** All lanes to their end, then the first failure: the other node's lane is never left running unwatched. */
export async function settleLanes(lanes: readonly Promise<void>[]): Promise<void> {
  const results = await Promise.allSettled(lanes);
  const failures = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  const own = failures.find(
    (reason) => !(reason instanceof HastconfError && reason.exit === ExitCode.Interrupted),
  );
  if (failures.length > 0) throw own ?? failures[0];
}

/** What Ctrl-C ends with: nothing is half done, and the next run goes on. */
export function interrupted(): HastconfError {
  return new HastconfError(ExitCode.Interrupted, 'interrupted; the step in hand was finished', {
    remedy: 'hastconf apply goes on where this one stopped',
  });
}
