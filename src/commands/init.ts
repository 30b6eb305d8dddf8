import { resolve } from 'node:path';
import { ExitCode } from '../errors.js';
import { type CommandContext, printResult } from '../io.js';
import type { Destruction } from '../plan/types.js';
import { carpPasswordPath } from '../spec/derive.js';
import type { ClusterSpec } from '../spec/types.js';
import { answersPath, dropAnswers, exists, writeWhole } from '../wizard/answers-file.js';
import { loginsOf } from '../wizard/answers-to-draft.js';
import { askAll } from '../wizard/ask-all.js';
import { createWizard } from '../wizard/create.js';
import { decide } from '../wizard/decide.js';
import { sameAgain } from '../wizard/equivalent.js';
import { loginText } from '../wizard/login.js';
import { createMachines } from '../wizard/machines.js';
import { nobodyToAsk } from '../wizard/missing.js';
import { plainPrompter } from '../wizard/plain.js';
import { plainIo } from '../wizard/plain-io.js';
import type { Prompter } from '../wizard/prompter.js';
import { richPrompter } from '../wizard/rich.js';
import { chooseFile, chooseStart } from '../wizard/start.js';
import { contextOf, type Wizard } from '../wizard/wizard.js';
import { loadCluster } from './cluster.js';
import { type ConnectionFlags, connectOptions } from './session.js';

export interface InitOptions extends ConnectionFlags {
  /** Plain lines and numbered choices, for screen readers. */
  plain: boolean;
}

/**
 * `hastconf init`: asks for everything, writes the cluster file, shows the plan, applies. Exit 2 without a
 * terminal, 130 when interrupted: the answers are then kept beside the cluster file.
 */
export async function run(context: CommandContext, options: InitOptions): Promise<ExitCode> {
  const { io, global } = context;
  if (global.json || !global.input || io.stderr.isTTY !== true)
    throw nobodyToAsk(global.file, await exists(resolve(io.cwd, global.file)));
  const own = options.plain ? { ...context, io: plainIo(io), global: { ...global, color: false } } : context;
  const prompter = options.plain ? plainPrompter(own.io) : richPrompter(io, global.color);
  const chosen = await chooseFile(prompter, global.file, (name) => exists(resolve(io.cwd, name)));
  if (chosen === undefined) return ExitCode.Done;
  const placed = { ...own, global: { ...own.global, file: chosen.file } };
  const lines = await connectOptions(placed, options, specPath(placed));
  const wizard = await createWizard(prompter, createMachines(lines), own.io, specPath(placed));
  try {
    return await interview(wizard, placed, { ...options, replace: chosen.replace });
  } catch (error) {
    if (await exists(answersPath(specPath(placed)))) prompter.say(goOn(placed));
    throw error;
  } finally {
    await wizard.machines.close();
  }
}

async function interview(
  wizard: Wizard,
  context: CommandContext,
  options: InitOptions & { replace: boolean },
): Promise<ExitCode> {
  const kept = answersPath(specPath(context));
  wizard.progress = await chooseStart(wizard.prompter, kept, context.io.now());
  for (;;) {
    if ((await askAll(wizard)) === 'adopt') return adopt(wizard, context, options);
    const decision = await decide(wizard, shownPath(context));
    if (decision === 'again') continue;
    if (decision === 'stop') {
      wizard.prompter.say(`Nothing was written. ${goOn(context)}`);
      return ExitCode.Done;
    }
    if (!options.replace && !(await mayWrite(wizard.prompter, specPath(context), shownPath(context))))
      continue;
    await writeWhole(specPath(context), decision.text, 0o644);
    await dropAnswers(kept);
    wizard.prompter.say(`Written: ${shownPath(context)}`);
    return finish(wizard, context, options, decision);
  }
}

/** Somebody else may have written the file while this one was answering. */
async function mayWrite(prompter: Prompter, path: string, shown: string): Promise<boolean> {
  return !(await exists(path)) || prompter.confirm(`${shown} exists by now. Replace it?`);
}

interface Decided {
  spec: ClusterSpec;
  destructions: readonly Destruction[];
  apply: boolean;
}

/** The file is there: what follows is what anybody could do without the wizard. */
async function finish(
  wizard: Wizard,
  context: CommandContext,
  options: InitOptions,
  { apply, destructions, spec }: Decided,
): Promise<ExitCode> {
  const passwordFile = carpPasswordPath(spec, specPath(context));
  wizard.prompter.say(`${sameAgain({ spec, file: shownPath(context), passwordFile, destructions })}\n`);
  if (!apply) {
    printResult(context.io, shownPath(context));
    return ExitCode.Done;
  }
  const { run: applyIt } = await import('./apply.js');
  const flags = { acceptNewHostKeys: options.acceptNewHostKeys, destroy: [], ignoreCheck: [] };
  // The lines are open already; a password typed once is enough.
  const { targets } = wizard.machines;
  const open = async () => ({
    spec: await loadCluster(context),
    specPath: specPath(context),
    targets: targets(),
    close: async () => undefined,
  });
  return applyIt(context, { ...flags, breakLock: false, stallTimeout: 60 }, open);
}

async function adopt(wizard: Wizard, context: CommandContext, options: InitOptions): Promise<ExitCode> {
  const node = loginsOf(contextOf(wizard)).flatMap((login) => (login ? [loginText(login)] : []));
  await wizard.machines.close();
  await dropAnswers(answersPath(specPath(context)));
  const { run: adoptThem } = await import('./adopt.js');
  return adoptThem(context, { acceptNewHostKeys: options.acceptNewHostKeys, node, force: false });
}

function goOn({ global }: CommandContext): string {
  return `The answers are kept in ${answersPath(global.file)}; hastconf -f ${global.file} init goes on from there.`;
}

function specPath({ io, global }: CommandContext): string {
  return resolve(io.cwd, global.file);
}

function shownPath({ global }: CommandContext): string {
  return global.file;
}
