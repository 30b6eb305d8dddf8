import { resolve } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';
import { type CommandContext, type Io, printResult, say } from '../io.js';
import { ask, launchLab, purgeLab, stopLab } from '../lab/client.js';
import type { DaemonOptions } from '../lab/daemon-main.js';
import { type DaemonState, runningLab } from '../lab/daemon-state.js';
import type { LabSshSettings } from '../lab/lab.js';
import { type LabStatus, statusText } from './lab-status.js';

/** Options of every `lab` sub-command. */
export interface LabDirOption {
  /** Default `lab`, in the working directory. */
  dir?: string;
}

export interface LabUpOptions extends LabDirOption {
  /** How many times faster than real time the nodes' clock runs while they only wait. */
  accelerate?: number;
  /** Bytes of each data disk. */
  diskSize?: number;
  /** Bytes a second of a synchronisation. */
  syncRate?: number;
  ssh?: LabSshSettings;
  /** Real machines from this file, in place of simulated nodes. */
  image?: string;
  /** Real machines as a saved state has them. */
  from?: string;
  /** With `image`: a third machine. */
  client?: boolean;
}

const DEFAULT_DIR = 'lab';

function dirOf({ io }: CommandContext, options: LabDirOption): string {
  return resolve(io.cwd, options.dir ?? DEFAULT_DIR);
}

/** The lab in the directory. Throws exit 2 when none runs there. */
async function running(context: CommandContext, options: LabDirOption): Promise<[string, DaemonState]> {
  const dir = dirOf(context, options);
  const state = await runningLab(dir);
  if (state) return [dir, state];
  throw new HastconfError(ExitCode.Usage, `no lab runs in ${dir}`, {
    remedy: `Start one with: hastconf lab up${dirFlag(options)}`,
  });
}

function dirFlag(options: LabDirOption): string {
  return options.dir === undefined ? '' : ` --dir ${options.dir}`;
}

/** What the background process is asked for. Throws exit 2 for options that do not go together. */
function daemonOptions(io: Io, dir: string, options: LabUpOptions): DaemonOptions {
  const { image, client, accelerate, diskSize, syncRate, ssh } = options;
  const from = stateOf(io, options);
  if (image === undefined && from === undefined) {
    if (client) throw new HastconfError(ExitCode.Usage, '--client needs --image: a client is a real machine');
    return {
      kind: 'simulated',
      dir,
      ...(accelerate !== undefined && { accelerate }),
      ...(diskSize !== undefined && { diskSize }),
      ...(syncRate !== undefined && { syncBytesPerSecond: syncRate }),
      ...(ssh && { ssh }),
    };
  }
  if (accelerate !== undefined || syncRate !== undefined) {
    throw new HastconfError(ExitCode.Usage, '--accelerate and --sync-rate are for simulated nodes only');
  }
  return {
    kind: 'machines',
    dir,
    client: client ?? false,
    ...(image !== undefined && { image: resolve(io.cwd, image) }),
    ...(from !== undefined && { from }),
    ...(diskSize !== undefined && { diskSize }),
  };
}

/** A saved state's name, or its path as the daemon can find it. */
function stateOf(io: Io, { from }: LabUpOptions): string | undefined {
  return from?.includes('/') ? resolve(io.cwd, from) : from;
}

/** `hastconf lab up`: starts the nodes in the background; says so when they run already. */
export async function runUp(context: CommandContext, options: LabUpOptions): Promise<ExitCode> {
  const { io, global } = context;
  const dir = dirOf(context, options);
  let state = await runningLab(dir);
  const started = state === undefined;
  const from = stateOf(io, options);
  if (started || from !== undefined) say(io, startingText(dir, options));
  else say(io, `The lab in ${dir} is running already (process ${state?.pid}).`);
  if (state && from !== undefined) {
    await ask(state, { verb: 'restart', from });
    state = await runningLab(dir);
  }
  state ??= await launchLab(daemonOptions(io, dir, options));
  const file = `${dir}/cluster.yaml`;
  if (global.json) {
    printResult(io, JSON.stringify({ dir, clusterFile: file, started, pid: state.pid, nodes: state.nodes }));
    return ExitCode.Done;
  }
  for (const { name, port } of state.nodes) printResult(io, `${name}  127.0.0.1:${port}`);
  const flag = dirFlag(options);
  say(io, '');
  say(io, 'Go on with:');
  for (const [command, what] of [
    [`hastconf -f ${file} apply`, 'set the pair up'],
    [`hastconf -f ${file} status`, 'see how it is'],
    [`hastconf lab exec${flag} hasta -- hastctl status`, 'look into a node'],
    [`hastconf lab fault${flag} power-cut hasta`, 'break something'],
    [`hastconf lab down${flag}`, 'stop it'],
  ]) {
    say(io, `  ${command}   # ${what}`);
  }
  return ExitCode.Done;
}

function startingText(dir: string, { image, from, client }: LabUpOptions): string {
  if (from !== undefined) return `Starting FreeBSD machines in ${dir} from the state ${from} …`;
  if (image === undefined) return `Starting two lab nodes in ${dir} …`;
  return `Starting ${client ? 'three' : 'two'} FreeBSD machines in ${dir} …`;
}

export interface LabDownOptions extends LabDirOption {
  /** Also take away what `up` made. */
  purge: boolean;
}

/** `hastconf lab down`: stops the lab and every process of it. Nothing running is not an error. */
export async function runDown(context: CommandContext, options: LabDownOptions): Promise<ExitCode> {
  const { io } = context;
  const dir = dirOf(context, options);
  const state = await runningLab(dir);
  if (state) await stopLab(dir, state);
  say(io, state ? `The lab in ${dir} has stopped.` : `No lab runs in ${dir}.`);
  if (options.purge) {
    await purgeLab(dir);
    say(io, `Its files are gone.`);
  }
  return ExitCode.Done;
}

export interface LabExecOptions extends LabDirOption {
  /** Run as if logged in by SSH with this command line in SSH_ORIGINAL_COMMAND; for sshd's ForceCommand. */
  env?: Readonly<Record<string, string>>;
}

/**
 * `hastconf lab exec NODE -- CMD…`: runs a program in the node as root; stdin, stdout and stderr are
 * relayed byte for byte. The exit code is the program's own (128 + signal when one ended it), so it is
 * a plain number and not one of hastconf's.
 */
export async function runExec(
  context: CommandContext,
  node: string,
  words: readonly string[],
  options: LabExecOptions,
): Promise<number> {
  const { io } = context;
  if (words.length === 0) {
    throw new HastconfError(ExitCode.Usage, 'which command?', {
      remedy: 'For example: hastconf lab exec hasta -- hastctl status',
    });
  }
  const [, state] = await running(context, options);
  const env = { ...options.env };
  const request = { verb: 'exec' as const, node, words: [...words], env };
  const { stdin, stdout, stderr, signal } = io;
  const answer = await ask(state, request, { stdin, stdout, stderr, signal });
  if (answer.signal !== undefined) return 128 + (SIGNALS[answer.signal] ?? 0);
  return answer.code ?? ExitCode.StepFailed;
}

/**
 * `hastconf lab sftp NODE`: the node's SFTP on stdin and stdout, as an sshd's subsystem: what a real
 * sshd in front of a lab node runs when its client asks for `sftp`.
 */
export async function runSftp(
  context: CommandContext,
  node: string,
  options: LabDirOption,
): Promise<ExitCode> {
  const { stdin, stdout, stderr, signal } = context.io;
  const [, state] = await running(context, options);
  await ask(state, { verb: 'sftp', node }, { stdin, stdout, stderr, signal });
  return ExitCode.Done;
}

const SIGNALS: Readonly<Record<string, number>> = {
  SIGHUP: 1,
  SIGINT: 2,
  SIGQUIT: 3,
  SIGABRT: 6,
  SIGKILL: 9,
  SIGSEGV: 11,
  SIGPIPE: 13,
  SIGALRM: 14,
  SIGTERM: 15,
};

/** `hastconf lab fault NAME ARGS…`: makes something go wrong and says what was done. */
export async function runFault(
  context: CommandContext,
  name: string,
  args: readonly string[],
  options: LabDirOption,
): Promise<ExitCode> {
  const [, state] = await running(context, options);
  const answer = await ask(state, { verb: 'fault', name, args: [...args] });
  const text = (answer.text ?? '').trimEnd();
  const { data } = answer;
  const told = { fault: name, args, text, ...(data !== undefined && { data }) };
  printResult(context.io, context.global.json ? JSON.stringify(told) : text);
  return ExitCode.Done;
}

/** `hastconf lab save NAME`: keeps the state of real machines, disks and memory; they run on. */
export async function runSave(
  context: CommandContext,
  name: string,
  options: LabDirOption,
): Promise<ExitCode> {
  const [, state] = await running(context, options);
  const { io, global } = context;
  const saved = (await ask(state, { verb: 'save', name })).text ?? '';
  if (global.json) printResult(io, JSON.stringify({ name, directory: saved }));
  else say(io, `Saved in ${saved}. Start from it: hastconf lab up --from ${name}${dirFlag(options)}`);
  return ExitCode.Done;
}

/** `hastconf lab status`: what the lab knows of its nodes; exit 2 when none runs. */
export async function runStatus(context: CommandContext, options: LabDirOption): Promise<ExitCode> {
  const [, state] = await running(context, options);
  const status = (await ask(state, { verb: 'status' })).status as LabStatus;
  printResult(context.io, context.global.json ? JSON.stringify(status, null, 2) : statusText(status));
  return ExitCode.Done;
}
