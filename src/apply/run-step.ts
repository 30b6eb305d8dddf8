import { ExitCode, HastconfError } from '../errors.js';
import { authorizedKeys } from '../plan/peer-channel.js';
import { REFUSED } from '../plan/shell.js';
import type { AuthorizeAction, Step, WriteAction } from '../plan/types.js';
import type { ExecResult, Target } from '../remote/target.js';
import { redact, type Secret } from '../spec/secret.js';
import { activateScript, NOT_IN_EFFECT, stagedPath, stepRun } from './step-script.js';

export interface StepRunner {
  targets: ReadonlyMap<string, Target>;
  /** Names this run in journals and backups. */
  runId: string;
  /** Redacted from the nodes' own words. */
  secrets: readonly Secret[];
}

/** Carries out one step and reads back its effect; throws exit 1, or exit 5 when its guard refused. */
export async function runStep(step: Step, runner: StepRunner): Promise<void> {
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
  const result = await target.script(stepRun(step, activateScript(write, runner.runId), runner.runId));
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
    throw new HastconfError(ExitCode.StepFailed, `${action.from} has no ${action.publicKeyPath}`, {
      node: action.from,
      remedy: 'run hastconf apply again',
    });
  }
  const replaces = await target.readFile(action.path);
  const { path, attributes, addresses } = action;
  return {
    kind: 'write',
    path,
    content: authorizedKeys(key, addresses),
    attributes,
    replaces,
    secrets: [],
  };
}

function judge(step: Step, result: ExecResult, { secrets }: StepRunner): void {
  if (result.code === 0) return;
  const said = redact([result.stdout, result.stderr].join('\n'), secrets).trim();
  const refused = result.code === REFUSED;
  const how = refused
    ? 'refused'
    : result.code === NOT_IN_EFFECT
      ? 'did not take effect'
      : `failed (${result.code === null ? `signal ${result.signal}` : `exit ${result.code}`})`;
  throw new HastconfError(
    refused ? ExitCode.Refused : ExitCode.StepFailed,
    `${step.node}: "${step.title}" ${how}`,
    {
      node: step.node,
      detail: said,
      remedy: refused
        ? 'nothing was changed by this step; look at the node, then run hastconf apply again'
        : 'mend the cause, then run hastconf apply again: it goes on where this one stopped',
    },
  );
}
