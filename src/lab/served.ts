import type { Readable, Writable } from 'node:stream';

/** A program that runs in a node. */
export interface RunningProgram {
  stdin: Writable;
  stdout: Readable;
  stderr: Readable;
  ended: Promise<{ code: number } | { signal: string }>;
  /** Nobody listens any more. */
  abandon(): void;
}

/** What the background process of a lab offers to `hastconf lab …`, whatever its nodes are. */
export interface ServedLab {
  dir: string;
  nodes: readonly { name: string; port: number }[];
  spawn(
    node: string,
    words: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<RunningProgram>;
  /** The node's SFTP as raw bytes; `end` closes it. */
  sftp?(node: string): Promise<SftpStream>;
  fault(name: string, args: readonly string[]): Promise<FaultAnswer>;
  /** Of the kind's own shape, for `lab status --json`. */
  status(): Promise<Record<string, unknown>>;
  /** Keeps the state of all nodes; answers where. */
  save?(name: string): Promise<string>;
  /** Starts the nodes anew, from a saved state where one is named. */
  restart?(from: string | undefined): Promise<void>;
  stop(): Promise<void>;
}

export interface FaultAnswer {
  text: string;
  /** The fault that is in force now, or all of them when they were asked for. */
  data?: unknown;
}

export interface SftpStream {
  channel: Readable & Writable;
  end: () => void;
}
