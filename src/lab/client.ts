import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { mkdir, readFile, rm, rmdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { ExitCode, HastconfError } from '../errors.js';
import type { DaemonAnswer, DaemonRequest } from './daemon.js';
import type { DaemonNews, DaemonOptions } from './daemon-main.js';
import { type DaemonState, removeState, runningLab, startTimeOf } from './daemon-state.js';
import { Frame, frame, onFrames, pump } from './frames.js';

const STOP_LIMIT_MS = 10_000;

/** Starts the lab's background process and waits until its nodes are up. Throws what it said when it failed. */
export async function launchLab(options: DaemonOptions): Promise<DaemonState> {
  await mkdir(options.dir, { recursive: true, mode: 0o700 });
  const logFile = join(options.dir, 'lab.log');
  const log = openSync(logFile, 'w', 0o600);
  // From dist it is JavaScript; from the sources (tests, tsx) the loader comes along.
  const own = fileURLToPath(import.meta.url);
  const source = own.endsWith('.ts');
  const main = join(own, `../daemon-main.${source ? 'ts' : 'js'}`);
  const args = [...(source ? ['--import', import.meta.resolve('tsx')] : []), main, JSON.stringify(options)];
  const child = spawn(process.execPath, args, {
    detached: true,
    cwd: '/',
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const news = await new Promise<DaemonNews | undefined>((resolve) => {
    child.once('message', (message) => resolve(message as DaemonNews));
    child.once('error', () => resolve(undefined));
    child.once('exit', () => setImmediate(() => resolve(undefined)));
  });
  if (child.connected) child.disconnect();
  child.unref();
  const state = news?.ready ? await runningLab(options.dir) : undefined;
  if (state) return state;
  throw await notStarted(news, logFile);
}

async function notStarted(news: DaemonNews | undefined, logFile: string): Promise<HastconfError> {
  if (news && !news.ready) {
    const { exit, message, detail, remedy } = news;
    return new HastconfError(exit as ExitCode, message, {
      ...(detail !== undefined && { detail }),
      remedy: remedy ?? `See ${logFile}.`,
    });
  }
  const words = await readFile(logFile, 'utf8').catch(() => '');
  return new HastconfError(ExitCode.StepFailed, 'the lab did not start', {
    detail: words.trim().split('\n').slice(-10).join('\n'),
    remedy: `See ${logFile}.`,
  });
}

/** Streams of a relayed program. */
export interface Relayed {
  stdin: Readable;
  stdout: Writable;
  stderr: Writable;
  signal: AbortSignal;
}

/** Asks the running lab. Throws its error, or exit 1 when it went away. */
export function ask(state: DaemonState, request: DaemonRequest, streams?: Relayed): Promise<DaemonAnswer> {
  const socket = connect(state.socket);
  return new Promise((resolve, reject) => {
    let answer: DaemonAnswer | undefined;
    const gone = () => {
      streams?.stdin.pause();
      if (answer?.error) reject(errorOf(answer.error));
      else if (answer) resolve(answer);
      else if (streams?.signal.aborted) reject(new HastconfError(ExitCode.Interrupted, 'interrupted'));
      else reject(new HastconfError(ExitCode.StepFailed, 'the lab went away before it answered'));
    };
    socket.once('error', () => undefined); // 'close' follows
    socket.once('close', gone);
    streams?.signal.addEventListener('abort', () => socket.destroy(), { once: true });
    onFrames(socket, (kind, payload) => {
      if (kind === Frame.Stdout) pass(payload, streams?.stdout);
      else if (kind === Frame.Stderr) pass(payload, streams?.stderr);
      else if (kind === Frame.Answer) answer = JSON.parse(payload.toString()) as DaemonAnswer;
    });
    const pass = (payload: Buffer, to: Writable | undefined) => {
      if (!to || to.write(payload)) return;
      socket.pause();
      to.once('drain', () => socket.resume());
    };
    socket.write(frame(Frame.Request, JSON.stringify(request)));
    if (streams) pump(streams.stdin, socket, Frame.Stdin, () => socket.write(frame(Frame.StdinEnd, '')));
  });
}

function errorOf(error: NonNullable<DaemonAnswer['error']>): HastconfError {
  const { exit, message, detail, remedy } = error;
  return new HastconfError(exit as ExitCode, message, {
    ...(detail !== undefined && { detail }),
    ...(remedy !== undefined && { remedy }),
  });
}

/** Stops the lab and every process of it; waits until its own process has ended. */
export async function stopLab(dir: string, state: DaemonState): Promise<void> {
  await ask(state, { verb: 'stop' }).catch(() => undefined);
  const alive = () => startTimeOf(state.pid) === state.startTime;
  const until = Date.now() + STOP_LIMIT_MS;
  while (alive()) {
    // Its nodes' first processes end with it, and everything in them.
    if (Date.now() > until) process.kill(state.pid, 'SIGKILL');
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  await removeState(dir, state);
}

/** Takes away what `lab up` has made in `dir`, and `dir` itself when nothing else is in it. */
export async function purgeLab(dir: string): Promise<void> {
  for (const name of OWN_FILES) await rm(join(dir, name), { recursive: true, force: true });
  await rmdir(dir).catch(() => undefined); // somebody's own files stay
}

const OWN_FILES = [
  'nodes',
  'machines',
  'states',
  'cluster.yaml',
  'carp.password',
  'id_ed25519',
  'id_ed25519.pub',
  'known_hosts',
  'lab.json',
  'lab.log',
];
