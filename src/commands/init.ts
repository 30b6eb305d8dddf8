import { access } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, resolve } from 'node:path';
import { ExitCode } from '../errors.js';
import { type CommandContext, printResult } from '../io.js';
import { carpPasswordPath } from '../spec/derive.js';
import type { ClusterSpec } from '../spec/types.js';
import { answersPath, dropAnswers, saveAnswers, writeWhole } from '../wizard/answers-file.js';
import { loginsOf } from '../wizard/answers-to-draft.js';
import { askAll } from '../wizard/ask-all.js';
import { decide } from '../wizard/decide.js';
import { equivalentCommand } from '../wizard/equivalent.js';
import { START } from '../wizard/flow.js';
import { loginText } from '../wizard/login.js';
import { createMachines } from '../wizard/machines.js';
import { nobodyToAsk } from '../wizard/missing.js';
import { plainPrompter } from '../wizard/plain.js';
import { plainIo } from '../wizard/plain-io.js';
import type { Prompter } from '../wizard/prompter.js';
import { QUESTIONS } from '../wizard/questions/index.js';
import { richPrompter } from '../wizard/rich.js';
import { chooseFile, chooseStart } from '../wizard/start.js';
import { contextOf, type Wizard } from '../wizard/wizard.js';
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
  const wizard = await createWizard(placed, options, prompter);
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
  destructions: Parameters<typeof equivalentCommand>[1];
  apply: boolean;
}

/** The file is there: what follows is what anybody could do without the wizard. */
async function finish(
  wizard: Wizard,
  context: CommandContext,
  options: InitOptions,
  { apply, destructions }: Decided,
): Promise<ExitCode> {
  const { prompter, machines } = wizard;
  await machines.close();
  prompter.say(`The same without questions:\n  ${equivalentCommand(shownPath(context), destructions)}\n`);
  if (!apply) {
    printResult(context.io, shownPath(context));
    return ExitCode.Done;
  }
  const { run: applyIt } = await import('./apply.js');
  return applyIt(context, {
    acceptNewHostKeys: options.acceptNewHostKeys,
    destroy: [],
    ignoreCheck: [],
    breakLock: false,
    stallTimeout: 60,
  });
}

async function createWizard(
  context: CommandContext,
  options: InitOptions,
  prompter: Prompter,
): Promise<Wizard> {
  const { io } = context;
  const path = specPath(context);
  const secretPath = carpPasswordPath({ carp: {} } as ClusterSpec, path);
  const home = io.env.HOME ?? homedir();
  return {
    prompter,
    machines: createMachines(await connectOptions(context, options, path)),
    questions: QUESTIONS,
    files: { home, directory: dirname(path) },
    here: { freebsd: process.platform === 'freebsd', password: await exists(secretPath), cwd: io.cwd, home },
    progress: START,
    said: new Set(),
    keep: (progress) => saveAnswers(answersPath(path), progress, io.now()),
    keepSecret: (secret) => writeWhole(secretPath, `${secret.reveal()}\n`, 0o600),
  };
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

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}
