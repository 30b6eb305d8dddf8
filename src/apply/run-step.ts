import { ExitCode, HastconfError } from '../errors.js';
import { sha256 } from '../plan/applied.js';
import { authorizedKeys } from '../plan/peer-channel.js';
import { REFUSED, words } from '../plan/shell.js';
import type { AuthorizeAction, Step, WriteAction } from '../plan/types.js';
import type { ExecResult, Target } from '../remote/target.js';
import { redact, type Secret } from '../spec/secret.js';
import { STILL_BUSY } from './exclusive.js';
import { lostLock } from './lock.js';
import { activateScript, LOST_LOCK, NOT_IN_EFFECT, stagedPath, stepRun } from './step-script.js';

export interface StepRunner {
  targets: ReadonlyMap<string, Target>;
  /** Names this run in journals and backups. */
  runId: string;
  /** Redacted from the nodes' own words. */
  secrets: readonly Secret[];
}

const GOES_ON = 'run hastconf apply again: it goes on where this one stopped';

/**
 * Carries out one step and reads back its effect; throws exit 1, exit 5 when its guard refused, exit 4 when the
 * connection was lost meanwhile, exit 6 when it did not end. Every message names the node and the step.
 */
export async function runStep(step: Step, runner: StepRunner): Promise<void> {
  try {
    await carryOut(step, runner);
  } catch (error) {
    throw error instanceof HastconfError && !(error instanceof StepError) ? during(step, error) : error;
  }
}

/** A failure that already tells its step. */
class StepError extends HastconfError {}

function toldLost({ node, title }: Step, owner: string): StepError {
  const { exit, message, remedy } = lostLock(node, title, owner);
  return new StepError(exit, message, { node, ...(remedy === undefined ? {} : { remedy }) });
}

/** A failure of the line or of a file transfer, told as the failure of a step. */
function during({ node: own, title }: Step, error: HastconfError): HastconfError {
  const { exit, detail, cause, node = own } = error;
  const more = { node, ...(detail === undefined ? {} : { detail }), cause };
  const reason = error.message.startsWith(`${node}: `) ? error.message.slice(node.length + 2) : error.message;
  if (exit === ExitCode.Unreachable) {
    return new StepError(exit, `${node}: the connection was lost during "${title}"`, {
      ...more,
      remedy: `whether this step was done is not known; once ${node} answers, ${GOES_ON}`,
    });
  }
  if (exit === ExitCode.Timeout) {
    return new StepError(exit, `${node}: "${title}" did not end in time`, {
      ...more,
      detail: reason.replace(/ of `.*` within/, ' within'),
      remedy: `it was told to stop; check what hangs on ${node} (ps -axl), then ${GOES_ON}`,
    });
  }
  return new StepError(exit, `${node}: "${title}" failed: ${reason}`, {
    ...more,
    remedy: wayOn(node, reason),
  });
}

function wayOn(node: string, reason: string): string {
  const full = /disk is full|no space left on device/i.test(reason);
  return full ? `make room on ${node} (df -h), then ${GOES_ON}` : `fix the cause, then ${GOES_ON}`;
}

async function carryOut(step: Step, runner: StepRunner): Promise<void> {
  const target = runner.targets.get(step.node)!;
  const { action } = step;
  if (action.kind === 'script') {
    const script = stepRun(step, action.script, runner.runId);
    const result = await target.script(
      script,
      action.timeoutMs === undefined ? {} : { timeoutMs: action.timeoutMs },
    );
    return judge(step, result, runner);
  }
  const write = action.kind === 'write' ? action : await authorization(action, target, runner);
  await target.writeFile(stagedPath(write.path), write.content, write.attributes);
  const result = await target.script(
    stepRun(
      step,
      activateScript(write, runner.runId),
      runner.runId,
      `rm -f ${words(stagedPath(write.path))}`,
    ),
  );
  judge(step, result, runner);
}

/** The key exists only now, so the file it goes into is compared now, too. */
async function authorization(
  action: AuthorizeAction,
  target: Target,
  runner: StepRunner,
): Promise<WriteAction> {
  const key = await runner.targets.get(action.from)!.readFile(action.publicKeyPath);
  if (key === undefined) {
    throw new StepError(ExitCode.StepFailed, `${action.from}: there is no ${action.publicKeyPath}`, {
      node: action.from,
      remedy: 'run hastconf apply again: it makes the key anew',
    });
  }
  const replaces = await target.readFile(action.path);
  const { path, attributes, addresses } = action;
  const content = authorizedKeys(key, addresses);
  const applies = [{ key: path, sha256: sha256(content) }];
  return { kind: 'write', path, content, attributes, replaces, applies, secrets: [] };
}

function judge(step: Step, result: ExecResult, { secrets }: StepRunner): void {
  if (result.code === 0) return;
  if (result.code === LOST_LOCK) throw toldLost(step, result.stdout);
  if (result.code === STILL_BUSY) {
    throw new StepError(ExitCode.StepFailed, `${step.node}: a step of an earlier run is still at work`, {
      node: step.node,
      remedy: `"${step.title}" was not begun; look there with ps -axl, and once it has ended, ${GOES_ON}`,
    });
  }
  const said = redact([result.stdout, result.stderr].join('\n'), secrets).trim();
  const refused = result.code === REFUSED;
  const how = refused
    ? 'refused'
    : result.code === NOT_IN_EFFECT
      ? 'did not take effect'
      : `failed (${result.code === null ? `signal ${result.signal}` : `exit ${result.code}`})`;
  throw new StepError(
    refused ? ExitCode.Refused : ExitCode.StepFailed,
    `${step.node}: "${step.title}" ${how}`,
    {
      node: step.node,
      detail: said,
      remedy: refused
        ? 'nothing was changed by this step; look at the node, then run hastconf apply again'
        : wayOn(step.node, said),
    },
  );
}
