import { StringDecoder } from 'node:string_decoder';
import { execa } from 'execa';
import { HastconfError } from '../errors.js';
import { EndlessAnswer, LARGEST_ANSWER } from './channel.js';
import { endlessAnswer, notRoot, unreachable } from './failure.js';
import { checkContent, checkPath, readByScript, writeByScript } from './file-scripts.js';
import { limited } from './limits.js';
import { labelOf, NOT_ROOT, NOT_ROOT_CODE, wrapScript } from './script.js';
import type { ExecOptions, ExecResult, FileAttributes, Target, TargetCounters } from './target.js';
import { shScript } from './words.js';

/** The machine that hastconf itself runs on, for `local: true`: the same scripts, fed to a child's stdin. */
export class LocalTarget implements Target {
  readonly node: string;
  /** No connection; a "channel" is a child process, the bytes are its stdin and its outputs. */
  readonly counters: TargetCounters = { connections: 0, channels: 0, bytesSent: 0, bytesReceived: 0 };
  #rooted = false;
  #closed = false;

  constructor(node: string) {
    this.node = node;
  }

  async script(script: string, options: ExecOptions = {}): Promise<ExecResult> {
    return this.#run(script, labelOf(script), options);
  }

  async exec(words: readonly string[], options: ExecOptions = {}): Promise<ExecResult> {
    return this.script(shScript(words), options);
  }

  async #run(script: string, label: string, options: ExecOptions = {}): Promise<ExecResult> {
    if (this.#closed) throw unreachable(this.node, `already closed, cannot run: ${label}`);
    const checkRoot = !this.#rooted;
    let pid: number | undefined;
    const work = () => {
      const child = this.#start(wrapScript(script, { checkRoot }), options.onStdout);
      pid = child.pid;
      return child.end;
    };
    const kill = () => killGroup(pid);
    const result = await limited(this.node, label, options, work, kill).catch((error: unknown) => {
      if (error instanceof HastconfError) throw error;
      if (error instanceof EndlessAnswer) throw endlessAnswer(this.node, label, error);
      throw unreachable(this.node, 'cannot start /bin/sh', { cause: error });
    });
    if (checkRoot && result.code === NOT_ROOT_CODE && result.stderr.includes(NOT_ROOT)) {
      throw notRoot(this.node, result.stderr.split(NOT_ROOT)[1]?.trim() || 'unknown');
    }
    this.#rooted = true;
    return result;
  }

  /** Its own process group: a Ctrl-C on the terminal is hastconf's to handle, and killing takes children along. */
  #start(
    input: string,
    onStdout?: (text: string) => void,
  ): { pid: number | undefined; end: Promise<ExecResult> } {
    this.counters.channels += 1;
    this.counters.bytesSent += Buffer.byteLength(input);
    const child = execa('/bin/sh', ['-s'], { input, reject: false, buffer: false, detached: true });
    const collect = (stream: NodeJS.ReadableStream, listener?: (text: string) => void) => {
      const decoder = new StringDecoder('utf8');
      const pieces: string[] = [];
      let kept = 0;
      const take = (text: string) => {
        if (text !== '') listener?.(text);
        kept += text.length;
        if (kept <= LARGEST_ANSWER) pieces.push(text);
        else if (!listener) tooMuch();
      };
      stream.on('data', (chunk: Buffer) => {
        this.counters.bytesReceived += chunk.length;
        take(decoder.write(chunk));
      });
      stream.on('end', () => take(decoder.end()));
      return () => pieces.join('');
    };
    let flooded = false;
    const tooMuch = () => {
      flooded = true;
      killGroup(child.pid);
    };
    const stdout = collect(child.stdout, onStdout);
    const stderr = collect(child.stderr);
    const end = child.then((result) => {
      if (flooded) throw new EndlessAnswer();
      if (result.exitCode === undefined && result.signal === undefined) throw result;
      return {
        code: result.exitCode ?? null,
        signal: result.signal ?? null,
        stdout: stdout(),
        stderr: stderr(),
      };
    });
    return { pid: child.pid, end };
  }

  async readFile(path: string): Promise<string | undefined> {
    checkPath(path);
    return readByScript(this.node, (script, label) => this.#run(script, label), path);
  }

  async writeFile(path: string, content: string, attributes: FileAttributes): Promise<void> {
    checkPath(path);
    checkContent(this.node, path, content);
    await writeByScript(this.node, (script, label) => this.#run(script, label), path, content, attributes);
  }

  close(): Promise<void> {
    this.#closed = true;
    return Promise.resolve();
  }
}

/** TERM to the whole group; it is gone already when that fails. */
function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // ESRCH: nothing left to kill
  }
}
