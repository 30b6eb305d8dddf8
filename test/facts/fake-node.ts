import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execa } from 'execa';
import type { ExecOptions, ExecResult, Target } from '../../src/remote/target.js';

/** What a program answers to exactly these arguments. `sh` is run instead, for the few that must look at files. */
export type Answer = string | { out?: string; err?: string; code?: number; sh?: string };
export type Programs = Readonly<Record<string, Readonly<Record<string, Answer>>>>;

/** Absolute paths in a script that mean the node, not the machine that runs the test. */
const NODE_PATHS = /(?<![\w/.])\/(?=etc\/|usr\/local\/|var\/db\/|dev\/(?:hast|vtbd|zvol|\$name)|hast\b)/g;

/**
 * A directory that looks like a FreeBSD node to a script: files below it, and small programs that replay answers
 * before the host's own in PATH. It runs the real shell; nothing is confined, so only for read-only scripts.
 */
export class FakeNode {
  readonly root: string;
  readonly #programs: Programs;

  private constructor(root: string, programs: Programs) {
    this.root = root;
    this.#programs = programs;
  }

  static async create(
    programs: Programs,
    files: Readonly<Record<string, string | Buffer>>,
  ): Promise<FakeNode> {
    const root = await mkdtemp(join(tmpdir(), 'hastconf-facts-'));
    await mkdir(join(root, 'bin'));
    await writeFile(join(root, 'unexpected'), '');
    for (const [name, answers] of Object.entries(programs)) {
      await writeFile(join(root, 'bin', name), program(root, name, answers), { mode: 0o755 });
    }
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(root, path)), { recursive: true });
      await writeFile(join(root, path), content);
      await chmod(join(root, path), 0o644);
    }
    return new FakeNode(root, programs);
  }

  /** A Target whose script runs here, with the node's paths moved below the root and back. */
  target(node: string): Target {
    const script = async (text: string, options: ExecOptions = {}): Promise<ExecResult> => {
      const moved = text.replaceAll(NODE_PATHS, `${this.root}/`);
      const path = `${join(this.root, 'bin')}:/usr/bin:/bin`;
      const child = execa('sh', ['-s'], {
        input: moved,
        env: { PATH: path },
        extendEnv: false,
        reject: false,
        stripFinalNewline: false,
      });
      child.stdout.on('data', (data: Buffer) => options.onStdout?.(data.toString('utf8')));
      const { stdout, stderr, exitCode, signal } = await child;
      const back = (output: string): string => output.replaceAll(this.root, '');
      return { code: exitCode ?? null, signal: signal ?? null, stdout: back(stdout), stderr: back(stderr) };
    };
    return { node, script } as unknown as Target;
  }

  /** Calls that no program was told to answer. */
  async unexpected(): Promise<string[]> {
    const calls = (await readFile(join(this.root, 'unexpected'), 'utf8')).split('\n');
    return calls.filter((call) => call !== '');
  }

  get programs(): Programs {
    return this.#programs;
  }

  async remove(): Promise<void> {
    await rm(this.root, { recursive: true, force: true });
  }
}

function program(root: string, name: string, answers: Readonly<Record<string, Answer>>): string {
  const cases = Object.entries(answers).map(([args, answer]) => `  ${quote(args)}) ${act(answer)} ;;\n`);
  return `#!/bin/sh
args=$(printf '%s' "$*" | sed 's#${root}##g')
case $args in
${cases.join('')}  *) echo "${name} $args" >>${root}/unexpected; echo "${name}: not replayed: $args" >&2; exit 127 ;;
esac
`;
}

function act(answer: Answer): string {
  const { out = '', err = '', code = 0, sh } = typeof answer === 'string' ? { out: answer } : answer;
  if (sh !== undefined) return sh;
  return `printf '%s' ${quote(out)}; printf '%s' ${quote(err)} >&2; exit ${code}`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
