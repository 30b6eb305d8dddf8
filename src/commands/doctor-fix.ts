import { randomBytes } from 'node:crypto';
import type { CheckResult, Repair } from '../doctor/types.js';
import { ExitCode, HastconfError } from '../errors.js';
import { type CommandContext, say } from '../io.js';
import type { Target } from '../remote/target.js';
import { underLock } from './locked.js';

/** What may take as long as the agent's start. */
const REPAIR_TIMEOUT_MS = 120_000;

/** Makes the safe repairs after asking (-y: without); false when there was none to make. Exit 1 when one fails. */
export async function repairAfterAsking(
  context: CommandContext,
  targets: readonly Target[],
  results: readonly CheckResult[],
): Promise<boolean> {
  const repairs = distinct(results.flatMap(({ findings }) => findings.flatMap(({ repair }) => repair ?? [])));
  if (repairs.length === 0) {
    say(context.io, 'nothing that --fix could repair');
    return false;
  }
  if (!(await agreed(context, repairs))) return false;
  const id = `doctor-${randomBytes(4).toString('hex')}`;
  await underLock(context, targets, { id, command: 'doctor --fix', breakLock: false }, async () => {
    for (const repair of repairs) {
      await make(repair, targets);
      say(context.io, `${repair.node}: ${repair.title}: done`);
    }
  });
  say(context.io, 'checking again');
  return true;
}

/** Two checks may want the same. */
function distinct(repairs: readonly Repair[]): Repair[] {
  return [...new Map(repairs.map((repair) => [`${repair.node}\n${repair.script}`, repair])).values()];
}

async function agreed({ io, global }: CommandContext, repairs: readonly Repair[]): Promise<boolean> {
  for (const { node, title } of repairs) say(io, `  ${node}: ${title}`);
  if (global.yes) return true;
  if (!global.input) {
    throw new HastconfError(
      ExitCode.Usage,
      `${repairs.length} repairs need confirmation, and there is no terminal`,
      { remedy: 'run it again with -y' },
    );
  }
  const { createAsker } = await import('../wizard/ask.js');
  return createAsker(io).confirm(
    `Make ${repairs.length === 1 ? 'this repair' : `these ${repairs.length} repairs`}?`,
  );
}

async function make(repair: Repair, targets: readonly Target[]): Promise<void> {
  const target = targets.find(({ node }) => node === repair.node);
  const result = await target?.script(repair.script, { timeoutMs: REPAIR_TIMEOUT_MS });
  if (result?.code === 0) return;
  throw new HastconfError(ExitCode.StepFailed, `${repair.node}: ${repair.title} failed`, {
    node: repair.node,
    detail: `exit ${result?.code ?? '-'}: ${result?.stderr.trim() || result?.stdout.trim() || 'no message'}`,
    remedy: 'what was repaired before stays; run hastconf doctor again',
  });
}
