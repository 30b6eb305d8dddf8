/** How one command ended; exit code, signal and both outputs stay together. */
export interface ExecResult {
  /** Exit code, or null when a signal or a time limit ended it. */
  code: number | null;
  signal: string | null;
  stdout: string;
  stderr: string;
}

export interface ExecOptions {
  /** Wall-clock limit in milliseconds; default 60 000. Past it a HastconfError with exit 6 is thrown. */
  timeoutMs?: number;
  /** Ends the command's channel when aborted. */
  signal?: AbortSignal;
  /** Called with every piece of stdout as it arrives; for streams. */
  onStdout?: (text: string) => void;
}

export interface FileAttributes {
  /** User name, for example `root`. */
  owner: string;
  /** Group name, for example `wheel`. */
  group: string;
  /** Permission bits, for example 0o600. */
  mode: number;
}

/** What a connection has cost so far; read by the benchmarks. */
export interface TargetCounters {
  connections: number;
  channels: number;
  bytesSent: number;
  bytesReceived: number;
}

/**
 * One node's shell and files, over SSH or locally. It knows nothing of HAST.
 * A command that ran and failed is an ExecResult; only a lost or refused connection throws (exit 4).
 */
export interface Target {
  /** The node's name in the cluster file. */
  readonly node: string;
  readonly counters: TargetCounters;
  /** Feeds `script` to `/bin/sh -s` on stdin, as root (through `become` if set). */
  script(script: string, options?: ExecOptions): Promise<ExecResult>;
  /** Runs one command given as words; quoted once, here. */
  exec(words: readonly string[], options?: ExecOptions): Promise<ExecResult>;
  /** The file's content, or undefined when it does not exist. */
  readFile(path: string): Promise<string | undefined>;
  /** Atomic: temporary file beside the target, fsync, owner, mode, rename. */
  writeFile(path: string, content: string, attributes: FileAttributes): Promise<void>;
  close(): Promise<void>;
}
