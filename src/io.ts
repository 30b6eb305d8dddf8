import type { Readable, Writable } from 'node:stream';
import type { Target } from './remote/target.js';
import type { GivenFlag } from './spec/flags/types.js';
import { visible } from './terminal/visible.js';
import type { Unfinished } from './unfinished.js';

/** Everything a command may touch of its own process; tests hand in their own. */
export interface Io {
  stdin: Readable & { isTTY?: boolean };
  /** Results only. */
  stdout: Writable & { isTTY?: boolean; columns?: number; rows?: number };
  /** Progress, messages and questions. */
  stderr: Writable & { isTTY?: boolean; columns?: number };
  env: Readonly<Record<string, string | undefined>>;
  cwd: string;
  now: () => Date;
  /** Aborted by the first Ctrl-C, and when an output takes nothing any more. */
  signal: AbortSignal;
  /** Where what is half done is noted, for the second Ctrl-C. */
  unfinished?: Unfinished;
  /** Questions are asked in plain lines, for screen readers. */
  plain?: boolean;
  /** Stands in for this machine where a node is `local: true`; for tests. */
  localTarget?: (node: string) => Promise<Target>;
}

/** The options every command takes. */
export interface GlobalOptions {
  file: string;
  yes: boolean;
  json: boolean;
  /** false with `--no-input`, or when stdin is no terminal: never ask. */
  input: boolean;
  verbose: boolean;
  /** Whether to colour stderr and stdout text; false with --no-color, NO_COLOR or no terminal. */
  color: boolean;
  /** Values of the cluster file that the command line gives. */
  flags?: readonly GivenFlag[];
  /** Keep them in the cluster file. */
  save?: boolean;
}

export interface CommandContext {
  io: Io;
  global: GlobalOptions;
}

/** Called once by the command that was chosen; what it returns is the process's exit code. */
export type Finish = (work: Promise<number>) => Promise<void>;

/** Writes one line of result to stdout. */
export function printResult(io: Io, text: string): void {
  io.stdout.write(`${visible(text)}\n`);
}

/** Writes one line of progress or message to stderr. */
export function say(io: Io, text: string): void {
  io.stderr.write(`${visible(text)}\n`);
}
