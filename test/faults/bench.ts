import { createHash } from 'node:crypto';
import { closeSync, lstatSync, openSync, readdirSync, readlinkSync, readSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { stripVTControlCharacters } from 'node:util';
import { expect, vi } from 'vitest';
import { parse, stringify } from 'yaml';
import { type Lab, type LabOptions, startLab } from '../../src/lab/lab.js';
import { run } from '../../src/main.js';

/** A run takes a second; these are for machines that do ten other things. */
vi.setConfig({ testTimeout: 150_000, hookTimeout: 120_000 });

/** How one command line ended. */
export interface Outcome {
  code: number;
  stdout: string;
  stderr: string;
  /** stderr from the error message on; what is before it is preview and progress. */
  message: string;
  /** With --json: the lines of stdout. */
  // biome-ignore lint/suspicious/noExplicitAny: what a caller expects of them is what the test is about.
  events: any[];
}

export interface RunOptions {
  /** Lines typed at a terminal, one for each question; without it there is no terminal. */
  answers?: readonly string[];
  signal?: AbortSignal;
  /** Hears of each step as it begins and ends; with --json only. */
  onStep?: (id: string, state: 'start' | 'done' | 'failed') => void;
}

// biome-ignore lint/suspicious/noExplicitAny: a cluster file before it was checked may hold anything.
type ClusterFile = any;

/** A lab with what faults are told by: the command line in this process, and a look at the nodes' own state. */
export class Bench {
  #files = 0;

  private constructor(
    readonly lab: Lab,
    readonly password: string,
  ) {}

  static async start(options: Partial<LabOptions> = {}): Promise<Bench> {
    const dir = await mkdtemp(join(tmpdir(), 'hastconf-faults-'));
    const lab = await startLab({ dir, accelerate: 40, diskSize: 64 * 1024 * 1024, ...options });
    return new Bench(lab, (await readFile(join(dir, 'carp.password'), 'utf8')).trim());
  }

  async stop(): Promise<void> {
    await this.lab.stop();
    await rm(this.lab.dir, { recursive: true, force: true });
  }

  /** Runs `hastconf WORDS` and checks what holds for every run: no secret shown, no stack trace. */
  async run(words: readonly string[], options: RunOptions = {}): Promise<Outcome> {
    const out = capture();
    if (options.onStep) tellSteps(out.stream, options.onStep);
    const err = capture();
    const stdin = Object.assign(new PassThrough(), { isTTY: options.answers !== undefined });
    if (options.answers) {
      Object.assign(err.stream, { isTTY: true, columns: 100 });
      stdin.write(options.answers.map((line) => `${line}\n`).join(''));
    }
    const { dir } = this.lab;
    const code = await run(words, {
      stdin,
      stdout: out.stream,
      stderr: err.stream,
      env: { HOME: dir, XDG_STATE_HOME: join(dir, 'state') },
      cwd: dir,
      now: () => new Date(),
      signal: options.signal ?? new AbortController().signal,
      // Plain questions take what was typed ahead, and nothing depends on how they are drawn.
      plain: true,
    });
    const [stdout, stderr] = [out.text(), stripVTControlCharacters(err.text())];
    expect(`${stdout}${stderr}`).not.toContain(this.password);
    expect(stderr).not.toMatch(/^\s+at .+:\d+:\d+/m);
    const events = words.includes('--json') ? jsonLines(stdout) : [];
    return { code, stdout, stderr, events, message: /^hastconf: [\s\S]*/m.exec(stderr)?.[0] ?? '' };
  }

  apply(...words: string[]): Promise<Outcome> {
    return this.run(['apply', '-y', ...words]);
  }

  /** `apply -y --json` in which something happens when a step begins, and ends with it. */
  async applyWith(
    step: string,
    begin: () => Promise<unknown>,
    end?: () => Promise<unknown>,
  ): Promise<Outcome> {
    const waits: Promise<unknown>[] = [];
    const outcome = await this.run(['apply', '-y', '--json'], {
      onStep: (id, state) => {
        if (id === step && state === 'start') waits.push(begin());
      },
    });
    expect(waits, `${step} began`).toHaveLength(1);
    await Promise.all(waits);
    await end?.();
    return outcome;
  }

  /** Path of a copy of the lab's cluster file with a change made to it. */
  async clusterFile(change: (file: ClusterFile) => void): Promise<string> {
    const file: ClusterFile = parse(await readFile(this.lab.clusterFile, 'utf8'));
    change(file);
    const path = join(this.lab.dir, `cluster-${++this.#files}.yaml`);
    await writeFile(path, stringify(file));
    return path;
  }

  /** Everything of a node that a set-up could change, as one text to compare. */
  state(node: string): string[] {
    const root = join(this.lab.dir, 'nodes', node, 'root');
    const lines = TREES.flatMap((tree) => listing(root, tree));
    const { power, carp, hast, mounts, services } = this.lab.world.describe().nodes[node]!;
    return [...lines, JSON.stringify({ power, carp, hast, mounts, services })];
  }

  /** Runs `work` and holds that neither node is other than before. */
  async unchanged<T>(work: () => Promise<T>): Promise<T> {
    const names = this.lab.nodes.map(({ name }) => name);
    const before = names.map((name) => this.state(name));
    const result = await work();
    for (const [index, name] of names.entries()) expect(this.state(name)).toEqual(before[index]);
    return result;
  }

  /** A script on the node as root; throws when it fails. */
  async on(node: string, script: string): Promise<string> {
    const { code, stdout, stderr } = await this.lab.exec(node, script);
    if (code !== 0) throw new Error(`${node}: ${script}: exit ${code}: ${stderr}`);
    return stdout;
  }

  /** Names of files that a write in progress leaves, and of a lock. */
  leftovers(node: string): string[] {
    const root = join(this.lab.dir, 'nodes', node, 'root');
    return TREES.flatMap((tree) => listing(root, tree)).filter((line) =>
      /hastconf-new|\/\.hastconf\.|\/var\/db\/hastconf\/lock/.test(line),
    );
  }
}

/** What holds for every refusal: its exit code, nothing on stdout, one message with a way out, all these words. */
export function expectClear(outcome: Outcome, code: number, ...words: readonly (string | RegExp)[]): void {
  for (const word of words)
    if (typeof word === 'string') expect(outcome.message).toContain(word);
    else expect(outcome.message).toMatch(word);
  expect(outcome.code, outcome.stderr).toBe(code);
  if (outcome.events.length === 0) expect(outcome.stdout).toBe('');
  else expect(outcome.events.at(-1).error).toMatchObject({ exit: code, remedy: expect.any(String) });
  expect(outcome.stderr.match(/^hastconf: /gm)).toHaveLength(1);
  expect(outcome.message).toContain('->');
  expect(outcome.message).not.toMatch(/unexpected|undefined|\[object/);
}

const TREES = ['boot', 'etc', 'home', 'hast', 'root', 'tmp', 'usr/local', 'var/db', 'dev'];
const HEAD = 65536 + 8192;

function listing(root: string, path: string): string[] {
  const real = join(root, path);
  const stats = lstatSync(real, { throwIfNoEntry: false });
  if (!stats) return [];
  const mode = (stats.mode & 0o7777).toString(8);
  if (stats.isDirectory())
    return [`/${path} ${mode}`, ...readdirSync(real).flatMap((name) => listing(root, join(path, name)))];
  if (stats.isSymbolicLink()) return [`/${path} -> ${readlinkSync(real)}`];
  if (!stats.isFile()) return [`/${path} ${mode} special`];
  // Of a disk the front tells: metadata, labels and superblocks lie there.
  const content = front(real, path.startsWith('dev/') ? Math.min(HEAD, stats.size) : stats.size);
  return [`/${path} ${mode} ${stats.size} ${createHash('sha256').update(content).digest('hex')}`];
}

function front(path: string, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  const file = openSync(path, 'r');
  try {
    return bytes.subarray(0, readSync(file, bytes, 0, length, 0));
  } finally {
    closeSync(file);
  }
}

function jsonLines(text: string) {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));
}

function tellSteps(stream: PassThrough, onStep: NonNullable<RunOptions['onStep']>): void {
  stream.on('data', (chunk: Buffer) => {
    for (const { event, id, state } of jsonLines(chunk.toString())) if (event === 'step') onStep(id, state);
  });
}

function capture() {
  const stream = new PassThrough() as PassThrough & { isTTY?: boolean; columns?: number };
  let written = '';
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  return { stream, text: () => written };
}
