import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { vi } from 'vitest';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.js';
import { run } from '../../src/main.js';
import { privateHome } from './home.js';

/** How one command line ended. */
export interface Ended {
  code: number;
  stdout: string;
  stderr: string;
}

export interface Running extends Promise<Ended> {
  abort: () => void;
}

/** A lab in this process, and the product in front of it. */
export interface Pair {
  lab: Lab;
  /** Scratch directory: the lab's, HOME and XDG_STATE_HOME of the product. */
  dir: string;
  environment: Readonly<Record<string, string>>;
  /** Runs `hastconf -f CLUSTER ARGS…` in this process. */
  hastconf(args: readonly string[], watch?: Watch): Running;
  /** The same in a process of its own, from the sources; `stdout`: a file in place of a pipe. */
  spawn(args: readonly string[], stdout?: number): ChildProcess;
  /** stdout of a script on a node, read past the product; throws when it fails. */
  on(node: string, script: string): Promise<string>;
  /** Rewrites the cluster file. */
  edit(change: (text: string) => string): Promise<void>;
  stop(): Promise<void>;
}

export interface Watch {
  /** Sees every line of stdout as it is written, and may cut the command off. */
  onLine?: (line: string, abort: () => void) => void;
  /** The same for stderr. */
  onMessage?: (text: string, abort: () => void) => void;
  /** Makes stdin a terminal on which somebody types this and Return whenever the pattern shows up on stderr. */
  types?: { at: RegExp; text: string };
}

// A whole set-up takes seconds on an idle machine, and minutes on one that has forty things to do.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 });

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
export const NODES = ['hasta', 'hastb'] as const;

/** Starts a lab whose clock runs fast while its nodes only wait; nothing of the user's own is read or written. */
export async function startPair(options: Partial<LabOptions> = {}): Promise<Pair> {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-e2e-'));
  const home = await privateHome(dir);
  const lab = await startLab({ dir: join(dir, 'lab'), accelerate: 20, ...options });
  const environment = { ...home.environment };
  return {
    lab,
    dir,
    environment,
    hastconf: (args, watch) => hastconf(['-f', lab.clusterFile, ...args], dir, environment, watch),
    spawn: (args, stdout) => spawnHastconf(['-f', lab.clusterFile, ...args], dir, environment, stdout),
    async on(node, script) {
      const { code, stdout, stderr } = await lab.exec(node, script);
      if (code !== 0) throw new Error(`${node}: exit ${code}: ${script}\n${stdout}${stderr}`);
      return stdout;
    },
    async edit(change) {
      const before = await readFile(lab.clusterFile, 'utf8');
      const after = change(before);
      if (after === before) throw new Error('the change does not fit the cluster file');
      await writeFile(lab.clusterFile, after);
    },
    async stop() {
      await lab.stop();
      home.restore();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Runs one command line of the product in this process. */
export function hastconf(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  watch: Watch = {},
): Running {
  const controller = new AbortController();
  const abort = () => controller.abort();
  const out = kept((line) => watch.onLine?.(line, abort));
  const stdin = Object.assign(new PassThrough(), { isTTY: watch.types !== undefined });
  const err = kept((line) => watch.onMessage?.(line, abort), typist(stdin, watch.types));
  if (!watch.types) stdin.end();
  const io = {
    stdin,
    stdout: out.stream,
    stderr: err.stream,
    env,
    cwd,
    now: () => new Date(),
    signal: controller.signal,
  };
  const ended = run(args, io).then((code) => ({ code, stdout: out.text(), stderr: err.text() }));
  return Object.assign(ended, { abort });
}

/** Types at every new question; what inquirer redraws while it is typed is no new one. */
function typist(stdin: PassThrough, types: Watch['types']): (text: string) => void {
  let asked = false;
  return (text) => {
    const shows = types?.at.test(text) === true;
    if (shows && !asked) setImmediate(() => stdin.write(`${types.text}\r`));
    asked = shows;
  };
}

/** A stream that keeps what is written, at once, and hands on every whole line. */
function kept(onLine: (line: string) => void, onText: (text: string) => void = () => undefined) {
  let written = '';
  let seen = 0;
  const stream = new PassThrough();
  stream.write = (chunk: unknown) => {
    written += String(chunk);
    onText(String(chunk));
    for (let end = written.indexOf('\n', seen); end !== -1; end = written.indexOf('\n', seen)) {
      const line = written.slice(seen, end);
      seen = end + 1;
      onLine(line);
    }
    return true;
  };
  return { stream, text: () => written };
}

const MAIN =
  "import('./src/main.ts').then(async ({ main }) => process.exit(await main(process.argv.slice(1))))";

/** The product in a process of its own, as bin/hastconf.js runs it, but from the sources. */
export function spawnHastconf(
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
  stdout: number | 'pipe' = 'pipe',
): ChildProcess {
  const loader = ['--import', import.meta.resolve('tsx'), '-e', MAIN.replace('./src', join(ROOT, 'src'))];
  return spawn(process.execPath, [...loader, '--', ...args], {
    cwd,
    env,
    stdio: ['ignore', stdout, 'pipe'],
  });
}

/** The JSON documents of an output, one a line; throws on any other line. */
export function jsonLines(text: string): Record<string, unknown>[] {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}
