/**
 * The seams inside the lab. `world/` and `commands/` model FreeBSD; `shell/`, `ssh/` and the daemon
 * let a real sh and a real SSH client reach that model. Each side knows the other only through this file.
 */

/** Simulated time. It runs at the speed of real time while a node's shell is busy and fast while all of them wait. */
export interface LabClock {
  /** Simulated milliseconds since the epoch. */
  now(): number;
  /** Resolves after simulated milliseconds, or rejects with the signal's reason. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
  /** Calls back after simulated milliseconds; the answer cancels it. */
  after(ms: number, callback: () => void): () => void;
}

/** One call of a simulated program, made by a real shell inside a node. */
export interface CommandCall {
  node: string;
  /** argv[0] without directories, for example `hastctl`. */
  name: string;
  args: readonly string[];
  cwd: string;
  env: Readonly<Record<string, string>>;
  /** Process id of the caller inside the node. */
  pid: number;
  /** Reads the call's stdin to its end; only some programs do. */
  stdin(): Promise<string>;
  /** Its stdin and stdout while it runs, for what talks; absent where no real shell is behind the call. */
  talk?(): Talk;
  /** Aborted when the calling process is killed or the node loses power. */
  signal: AbortSignal;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

/** Both directions of a program that runs. */
export interface Talk {
  /** What it reads; ignored after its end. */
  write(text: string): void;
  /** End of what it reads. */
  end(): void;
  /** Hears what it writes, and undefined at its end; once. */
  listen(hear: (text: string | undefined) => void): void;
}

/** A simulated program. What it does not model it must answer with 127 and `lab: not modelled: …` on stderr. */
export type LabCommand = (call: CommandCall) => Promise<CommandResult>;

/** Program name -> model. Everything else in a node is "command not found" (127). */
export type CommandTable = Readonly<Record<string, LabCommand>>;

/** Files below a node's root. Paths are absolute inside the node; a path can never leave it, also through links. */
export interface NodeFiles {
  read(path: string): Promise<string | undefined>;
  write(path: string, content: string, mode?: number): Promise<void>;
  exists(path: string): Promise<boolean>;
  remove(path: string): Promise<void>;
  mkdir(path: string): Promise<void>;
  list(path: string): Promise<readonly string[] | undefined>;
  /** The real directory or file on this machine, links resolved inside the node's root; for moving whole trees. */
  real(path: string): Promise<string>;
}

/** Runs programs of a node under a real sh, confined to its root. */
export interface NodeShell {
  /** Runs `/bin/sh -c` with the node's standard environment and waits. */
  run(script: string, options?: ShellOptions): Promise<CommandResult>;
  /** Runs a program with its words and waits; for hooks, rc scripts, forced commands. */
  exec(words: readonly string[], options?: ShellOptions): Promise<CommandResult>;
  /** Starts `/bin/sh -c` and leaves it running; the signal kills it. Absent where no real shell is. */
  talk?(script: string, options?: Omit<ShellOptions, 'stdin'>): Promise<Talk>;
  /** Ends every process of the node at once, as a power cut does. */
  killAll(): Promise<void>;
}

export interface ShellOptions {
  env?: Readonly<Record<string, string>>;
  stdin?: string;
  cwd?: string;
  signal?: AbortSignal;
}

/** A real process of a node, as the simulated ps, pgrep, fuser and umount see it. */
export interface NodeProcess {
  /** Process id inside the node. */
  pid: number;
  ppid: number;
  /** Name and arguments. */
  words: readonly string[];
  /** Process group. */
  pgid: number;
  /** Working directory inside the node. */
  cwd: string;
  /** Paths inside the node of what it has open. */
  open: readonly string[];
}

/** What the world is given for each node. */
export interface NodeHost {
  name: string;
  files: NodeFiles;
  shell: NodeShell;
  /** Real processes; without it ps, pgrep, fuser and a busy umount know only calls of simulated programs. */
  processes?(): Promise<readonly NodeProcess[]>;
  /** Sends a signal (`TERM`, `KILL`) to a real process of the node. */
  signal?(pid: number, signal: string): Promise<void>;
}
