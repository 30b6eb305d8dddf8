import { randomBytes } from 'node:crypto';
import { openRunLog, type RunLog } from '../apply/journal.js';
import { type ProgressMode, runSteps } from '../apply/tasks.js';
import { type ExitCode, HastconfError, ProblemsError } from '../errors.js';
import { type CommandContext, printResult } from '../io.js';
import type { Step } from '../plan/types.js';
import type { Target } from '../remote/target.js';
import { underLock } from './locked.js';
import type { Session } from './session.js';

/** One run of a command that changes nodes outside apply. */
export interface StepRun {
  context: CommandContext;
  targets: readonly Target[];
  /** Names it in the journals. */
  id: string;
  log: RunLog;
  /** What to do after a step failed or was interrupted. */
  remedy: string;
  /** Each step is a line of JSON on stdout; otherwise a command with --json prints its result only. */
  jsonLines?: boolean;
}

/** Takes the pair's lock for one command, and gives it back whatever comes. */
export async function locked<T>(
  context: CommandContext,
  { spec, targets }: Pick<Session, 'spec' | 'targets'>,
  command: string,
  breakLock: boolean,
  work: (run: Pick<StepRun, 'context' | 'targets' | 'id' | 'log'>) => Promise<T>,
): Promise<T> {
  const { io } = context;
  const stamp = io
    .now()
    .toISOString()
    .replaceAll(/[-:]|\.\d+/g, '');
  const id = `${stamp}-${randomBytes(3).toString('hex')}`;
  const log = await openRunLog(io, spec.name, id);
  return underLock(context, targets, { id, command, breakLock }, () => work({ context, targets, id, log }));
}

/** Carries out steps in the order of their phases; what fails says what this command's way on is. */
export async function carryOut(run: StepRun, steps: readonly Step[]): Promise<void> {
  const { context, id, log, remedy } = run;
  const { io, global } = context;
  const targets = new Map(run.targets.map((target) => [target.node, target]));
  const mode: ProgressMode = global.json ? 'json' : io.stderr.isTTY === true ? 'terminal' : 'plain';
  const running = runSteps(steps, { targets, runId: id, secrets: [] }, io, mode, {
    onStep: (step, state, milliseconds) => {
      const entry = { event: 'step', id: step.id, node: step.node, state, ms: Math.round(milliseconds) };
      log.write(entry);
      if (run.jsonLines === true && global.json) printResult(io, JSON.stringify(entry));
    },
  });
  const noted = io.unfinished?.add(() => (remedy === '' ? [] : [`to go on: ${remedy}`]));
  try {
    await running;
  } catch (error) {
    throw error instanceof HastconfError ? withRemedy(error, remedy) : error;
  } finally {
    noted?.();
  }
}

/** The same failure with another way on. */
export function withRemedy(error: HastconfError, remedy: string): HastconfError {
  const { exit, message, node, detail, cause } = error;
  const details = {
    ...(node === undefined ? {} : { node }),
    ...(detail === undefined ? {} : { detail }),
    remedy,
    cause: cause ?? error,
  };
  if (error instanceof ProblemsError) return new ProblemsError(exit, message, error.problems, details);
  return new HastconfError(exit, message, details);
}

/** Whether it is this kind of failure. */
export function isExit(error: unknown, exit: ExitCode): error is HastconfError {
  return error instanceof HastconfError && error.exit === exit;
}
