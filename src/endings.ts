import type { EventEmitter } from 'node:events';
import type { Writable } from 'node:stream';
import { ExitCode } from './errors.js';
import { visible } from './terminal/visible.js';
import { Unfinished } from './unfinished.js';

/** What of the process is listened to; tests hand in their own. */
export interface Endable extends EventEmitter {
  stdout: Writable;
  stderr: Writable & { isTTY?: boolean };
  exit(code: number): void;
}

/** One Ctrl-C arrives twice where a wrapper (npm, npx) passes it on as well. */
const SAME_MS = 250;

/**
 * How a run is told to end from outside: by signals, and by outputs that take nothing any more (a reader that went
 * away, a full disk, a closed terminal). Either way the step in hand is finished and the locks are given back.
 */
export class Endings {
  readonly unfinished = new Unfinished();
  readonly #controller = new AbortController();
  readonly #process: Endable;
  readonly #lost = new Set<string>();
  #askedAt: number | undefined;

  constructor(endable: Endable) {
    this.#process = endable;
    endable.on('SIGINT', () => this.#ask('SIGINT'));
    endable.on('SIGTERM', () => this.#ask('SIGTERM'));
    endable.on('SIGHUP', () => this.#ask('SIGHUP'));
    endable.stdout.on('error', (error) => this.#lose('stdout', error));
    endable.stderr.on('error', (error) => this.#lose('stderr', error));
  }

  /** Aborted by the first of them. */
  get signal(): AbortSignal {
    return this.#controller.signal;
  }

  /** The exit code of a run that ended with `code`: never 0 when somebody has not got what it wrote. */
  async exitCode(code: number): Promise<number> {
    await Promise.all([flushed(this.#process.stdout), flushed(this.#process.stderr)]);
    const untold = code === ExitCode.Done || code === ExitCode.Interrupted;
    return this.#lost.size > 0 && untold ? ExitCode.StepFailed : code;
  }

  /** A terminal that closes sends SIGHUP more than once (kernel and shell): only the others end it at once. */
  #ask(signal: NodeJS.Signals): void {
    const now = performance.now();
    if (this.#askedAt === undefined) {
      this.#askedAt = now;
      const more = signal === 'SIGINT' ? '; Ctrl-C again stops at once' : '';
      this.#say(`\nfinishing the current step${more}\n`);
      this.#controller.abort();
    } else if (signal !== 'SIGHUP' && now - this.#askedAt > SAME_MS) this.#endAtOnce();
  }

  #endAtOnce(): void {
    const open = this.unfinished.sentences();
    const lines = open.length === 0 ? ['stopped at once'] : ['stopped at once; not finished:', ...open];
    // What is drawn in place hides the cursor.
    const cursor = this.#process.stderr.isTTY === true ? '\x1b[?25h' : '';
    this.#say(`${cursor}\n${visible(lines.join('\n  '))}\n`);
    this.#process.exit(ExitCode.Interrupted);
  }

  #lose(name: 'stdout' | 'stderr', { code, message }: NodeJS.ErrnoException): void {
    if (this.#lost.has(name)) return;
    this.#lost.add(name);
    // `status | head -1` is no failure to talk about: the reader has what it wanted.
    if (code !== 'EPIPE' || this.unfinished.sentences().length > 0)
      this.#say(`hastconf: cannot write to ${name} (${code ?? message}): finishing the current step\n`);
    this.#controller.abort();
  }

  #say(text: string): void {
    if (!this.#lost.has('stderr')) this.#process.stderr.write(text);
  }
}

/** Resolves when everything written so far has been handed over, or never can be. */
function flushed(stream: Writable): Promise<void> {
  return new Promise((resolve) => {
    // A stream that has failed before may call nobody back.
    if (stream.errored || stream.destroyed) return resolve();
    const end = () => setImmediate(resolve);
    stream.once('error', end);
    stream.write('', end);
  });
}
