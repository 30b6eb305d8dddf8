import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import type { CommandResult, NodeFiles, NodeHost, ShellOptions } from '../../src/lab/types.js';
import { type ClockOptions, type ControlledClock, createClock } from '../../src/lab/world/clock.js';
import { createWorld, type World, type WorldOptions } from '../../src/lab/world/world.js';

/** What a node's shell was asked to run. */
export interface ExecRecord {
  node: string;
  words: readonly string[];
  options: ShellOptions;
  at: number;
}

function filesBelow(root: string): NodeFiles {
  const real = (path: string): string => join(root, normalize(`/${path}`));
  return {
    read: (path) => readFile(real(path), 'utf8').catch(() => undefined),
    write: async (path, content, mode) => {
      await mkdir(dirname(real(path)), { recursive: true });
      await writeFile(real(path), content, { mode: mode ?? 0o644 });
    },
    exists: (path) =>
      stat(real(path)).then(
        () => true,
        () => false,
      ),
    remove: (path) => rm(real(path), { recursive: true, force: true }),
    mkdir: async (path) => {
      await mkdir(real(path), { recursive: true });
    },
    list: (path) => readdir(real(path)).catch(() => undefined),
    real: async (path) => real(path),
  };
}

/** Two nodes in temporary directories whose shells only record what they are asked to run. */
export interface Pair {
  world: World;
  clock: ControlledClock;
  dir: string;
  execs: ExecRecord[];
  /** Answers for exec calls; default: nothing, 0. */
  answer: (record: ExecRecord) => Promise<CommandResult>;
  /** Runs one simulated program. */
  run(node: string, words: string | readonly string[], options?: RunOptions): Promise<CommandResult>;
  read(node: string, path: string): Promise<string>;
  write(node: string, path: string, text: string): Promise<void>;
  stop(): Promise<void>;
}

export interface RunOptions {
  cwd?: string;
  stdin?: string;
  signal?: AbortSignal;
}

export async function startPair(
  options: Partial<WorldOptions> & { clock?: never; time?: ClockOptions } = {},
): Promise<Pair> {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-world-'));
  const clock = createClock({
    accelerate: 'jump',
    start: Date.UTC(2026, 10, 20, 10, 24, 40),
    ...options.time,
  });
  const execs: ExecRecord[] = [];
  const hosts: NodeHost[] = [];
  let pids = 2000;
  for (const name of ['hasta', 'hastb']) {
    const root = join(dir, name, 'root');
    await mkdir(root, { recursive: true });
    const record = (words: readonly string[], shell: ShellOptions = {}): Promise<CommandResult> => {
      const one = { node: name, words, options: shell, at: clock.now() };
      execs.push(one);
      return pair.answer(one);
    };
    hosts.push({
      name,
      files: filesBelow(root),
      shell: {
        run: (script, shell) => record(['/bin/sh', '-c', script], shell),
        exec: (words, shell) => record(words, shell),
        killAll: async () => undefined,
      },
    });
  }
  const { time: _, ...worldOptions } = options;
  const world = createWorld({
    hosts,
    warn: (text) => {
      throw new Error(text);
    },
    ...worldOptions,
    clock,
  });
  const pair: Pair = {
    world,
    clock,
    dir,
    execs,
    answer: async () => ({ code: 0, stdout: '', stderr: '' }),
    run: (node, words, run = {}) => {
      const [name = '', ...args] = typeof words === 'string' ? words.split(' ') : words;
      const command = world.commands[name];
      if (command === undefined) throw new Error(`no simulated program ${name}`);
      pids += 1;
      return command({
        node,
        name,
        args,
        cwd: run.cwd ?? '/root',
        env: {},
        pid: pids,
        stdin: async () => run.stdin ?? '',
        signal: run.signal ?? new AbortController().signal,
      });
    },
    read: async (node, path) => {
      // Any command ends only when what was logged before it is in its file.
      await pair.run(node, 'hostname');
      return readFile(join(dir, node, 'root', path), 'utf8');
    },
    write: async (node, path, text) => {
      await hosts.find((host) => host.name === node)?.files.write(path, text);
    },
    stop: async () => {
      clock.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
  for (const host of hosts) await world.prepare(host.name);
  return pair;
}

export const HAST_CONF = `resource disk0 {
	on hasta {
		local /dev/vtbd1
		remote tcp4://10.77.0.2
	}
	on hastb {
		local /dev/vtbd1
		remote tcp4://10.77.0.1
	}
}
`;

/** Both nodes booted, with hast.conf and metadata, hastd running, roles still init. */
export async function startHastPair(options: Parameters<typeof startPair>[0] = {}): Promise<Pair> {
  const pair = await startPair(options);
  for (const node of ['hasta', 'hastb']) {
    await pair.write(node, '/etc/hast.conf', HAST_CONF);
    await pair.world.boot(node);
    await pair.run(node, 'hastctl create disk0');
    await pair.run(node, 'sysrc hastd_enable=YES');
    await pair.run(node, 'service hastd start');
  }
  return pair;
}

/** Lets simulated time pass. */
export async function pass(pair: Pair, seconds: number): Promise<void> {
  await pair.clock.sleep(seconds * 1000);
}
