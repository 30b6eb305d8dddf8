import { type Before, OWN_VARIABLES, removeSteps } from '../cluster/remove.js';
import { ExitCode, HastconfError } from '../errors.js';
import { parseRcConf } from '../facts/rc.js';
import { type CommandContext, printResult, say } from '../io.js';
import type { Step } from '../plan/types.js';
import type { Target } from '../remote/target.js';
import { BACKUP_DIR } from '../spec/paths.js';
import { type ConnectionFlags, gatherAll, openSession, type Session } from './session.js';
import { carryOut, locked } from './steps.js';

export interface RemoveOptions extends ConnectionFlags {
  dryRun: boolean;
  breakLock: boolean;
}

const REMEDY = 'hastconf remove again goes on where this stopped';

/** `hastconf remove`: 0 removed, or nothing to do · 2 not confirmed where nobody can be asked. */
export async function run(context: CommandContext, options: RemoveOptions): Promise<ExitCode> {
  const session = await openSession(context, options);
  try {
    const shown = await planned(session);
    if (shown.length === 0) {
      tell(context, session, shown, false, 'Nothing to do: nothing of hastconf is on the nodes.');
      return ExitCode.Done;
    }
    if (!context.global.json || !options.dryRun) for (const line of listing(shown)) say(context.io, line);
    if (options.dryRun) {
      tell(context, session, shown, false, `${shown.length} steps; nothing was changed.`);
      return ExitCode.Done;
    }
    await consent(context, shown);
    return await locked(context, session, 'remove', options.breakLock, async (lockedRun) => {
      await carryOut({ ...lockedRun, remedy: REMEDY }, await planned(session));
      const left = await planned(session);
      if (left.length > 0) {
        throw new HastconfError(ExitCode.StepFailed, `${left.length} things are still there`, {
          detail: left.map(({ node, title }) => `${node}: ${title}`).join('\n'),
          remedy: REMEDY,
        });
      }
      tell(context, session, shown, true, DONE);
      return ExitCode.Done;
    });
  } finally {
    await session.close();
  }
}

const DONE = `Removed. What was mounted and served still is, by hand from now on: there is no fail-over, and after a reboot
nothing is mounted by itself. The HAST metadata on the disks, the backups and the journal in /var/db/hastconf stay.`;

async function planned({ spec, targets }: Session): Promise<Step[]> {
  const facts = Object.values(await gatherAll(targets, spec));
  const before = await Promise.all(
    targets.map(async (target) => [target.node, await beforeOf(target)] as const),
  );
  return removeSteps(spec, facts, Object.fromEntries(before));
}

/** The first backup of each file; one that hastconf itself had written is none of somebody else's. */
async function beforeOf(target: Target): Promise<Before> {
  const first = async (name: string) => {
    const { stdout } = await target.script(
      `for file in ${BACKUP_DIR}/${name}.*; do [ -f "$file" ] && cat "$file"; break; done; true\n`,
    );
    return stdout === '' ? undefined : stdout;
  };
  const [hastConf, rcConf] = [await first('etc_hast.conf'), await first('etc_rc.conf')];
  const ours = hastConf?.split('\n', 3).some((line) => line.startsWith('#') && line.includes('hastconf'));
  const all = parseRcConf(rcConf ?? '');
  return {
    hastConf: ours === true ? undefined : hastConf,
    variables: Object.fromEntries(Object.entries(all).filter(([name]) => OWN_VARIABLES.includes(name))),
  };
}

function listing(steps: readonly Step[]): string[] {
  return steps.map(({ node, title, diff = '' }) => {
    const lines = diff.split('\n').filter((line) => /^[-+](?![-+])/.test(line));
    return [`${node}: ${title}`, ...lines.map((line) => `    ${line}`)].join('\n');
  });
}

async function consent({ io, global }: CommandContext, steps: readonly Step[]): Promise<void> {
  if (global.yes) return;
  if (!global.input) {
    throw new HastconfError(
      ExitCode.Usage,
      `${steps.length} steps need confirmation, and there is no terminal`,
      {
        remedy: 'read hastconf remove --dry-run, then run hastconf remove -y',
      },
    );
  }
  const { createAsker } = await import('../wizard/ask.js');
  if (
    await createAsker(io).confirm(`Carry out these ${steps.length} steps? There is no fail-over afterwards.`)
  )
    return;
  throw new HastconfError(ExitCode.Interrupted, 'not removed', { remedy: 'nothing was changed' });
}

function tell(
  { io, global }: CommandContext,
  { spec }: Session,
  steps: readonly Step[],
  removed: boolean,
  text: string,
): void {
  const list = steps.map(({ id, node, title, diff }) => ({ id, node, title, diff: diff ?? null }));
  printResult(
    io,
    global.json ? JSON.stringify({ version: 1, cluster: spec.name, removed, steps: list }, null, 2) : text,
  );
}
