import { HalfDone } from '../apply/half-done.js';
import type { RunLog } from '../apply/journal.js';
import { type ProgressMode, runSteps } from '../apply/tasks.js';
import { ExitCode } from '../errors.js';
import { type CommandContext, printResult } from '../io.js';
import type { Secret } from '../spec/secret.js';
import { stalledError } from '../sync/explain.js';
import type { PlanFlags, Planned } from './planning.js';
import type { ConnectionFlags, Session } from './session.js';
import { isExit } from './steps.js';
import { stallTimeoutMs, watchSync } from './watch-sync.js';

/** What `apply` can be told on the command line. */
export interface ApplyOptions extends PlanFlags, ConnectionFlags {
  breakLock: boolean;
  /** Seconds for the wait for the synchronisation; undefined: no limit. */
  timeout?: number;
  /** Seconds without progress, while connected. */
  stallTimeout: number;
}

/** One run of apply and everything that it goes by. */
export interface Run {
  context: CommandContext;
  session: Session;
  options: ApplyOptions;
  password: Secret;
  id: string;
  log: RunLog;
  startedMs: number;
  /** What goes on where this run stops; default: apply. */
  goOn?: string;
}

const APPLY_AGAIN = 'hastconf apply goes on where this one stopped';

/** Carries out the steps, and says what is left half done when they do not come to their end. */
export async function execute(run: Run, { plan }: Planned): Promise<void> {
  const { context, session, id, log, password } = run;
  const { io, global } = context;
  const targets = new Map(session.targets.map((target) => [target.node, target]));
  const begun = new HalfDone();
  const noted = io.unfinished?.add(() => [...begun.sentences(), `to go on: ${run.goOn ?? APPLY_AGAIN}`]);
  const runner = { targets, runId: id, secrets: [password] };
  const running = runSteps(plan.steps, runner, io, progressModeOf(context), {
    onStep: (step, state, milliseconds) => {
      begun.seen(step, state);
      log.write({ event: 'step', id: step.id, node: step.node, state, ms: Math.round(milliseconds) });
      if (!global.json) return;
      const { id: stepId, node, title } = step;
      printResult(
        io,
        JSON.stringify({ event: 'step', id: stepId, node, title, state, ms: Math.round(milliseconds) }),
      );
    },
  });
  try {
    await running;
  } catch (error) {
    // Whoever has taken the lock over has agents of their own to pause.
    if (!isExit(error, ExitCode.Locked)) await begun.settle(targets, io);
    throw error;
  } finally {
    noted?.();
  }
}

function progressModeOf({ io, global }: CommandContext): ProgressMode {
  if (global.json) return 'json';
  return io.stderr.isTTY === true ? 'terminal' : 'plain';
}

/** The wait for zero dirty bytes; a stall is a failed step. */
export async function synchronise({ context, session, options }: Run): Promise<void> {
  const outcome = await watchSync(context, session, options);
  if (outcome.result === 'stalled') throw stalledError(outcome, stallTimeoutMs(options));
}
