/** The seam between real machines and those who use them: `hastconf lab …`, the live suite. */

/** What a script on a machine ended with. */
export interface MachineResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface MachineExecOptions {
  /** Limit in seconds; a machine with a stuck GEOM answers nothing. Default 60. */
  seconds?: number;
}

/** A fault that is in force. */
export interface MachineFault {
  /** What `undo` wants, unique in its lab: `silent-lan-hasta`. */
  name: string;
  /** One line for people. */
  text: string;
}

export interface MachineNode {
  name: string;
  /** Of its sshd on 127.0.0.1. */
  port: number;
  power: 'on' | 'off' | 'frozen';
}

export interface MachineUpOptions {
  /** A saved state: its name in this lab, or the path of its directory. Default: the image, as new. */
  from?: string;
}

/**
 * A lab of real machines, from outside: everything goes through the background process of the lab, so several
 * programs may hold one. All promises reject with a HastconfError: exit 4 when a machine is off or does not
 * answer, 6 when a limit has passed, 2 for wrong names.
 */
export interface MachineLab {
  dir: string;
  /** Path of the ready-made cluster file. */
  clusterFile: string;
  /** Machines in order: hasta, hastb and, with `--client`, client. */
  nodes(): Promise<readonly MachineNode[]>;
  /** Runs a script under the machine's /bin/sh as root (fed to `/bin/sh -s`), over a connection that is kept. */
  exec(node: string, script: string, options?: MachineExecOptions): Promise<MachineResult>;
  /** Makes something go wrong, in the words of `hastconf lab fault`: `['cut-link', 'lan', 'hasta']`. */
  fault(words: readonly string[]): Promise<MachineFault>;
  /** Takes one fault back, or with `all` every one in the reverse order. */
  undo(name: string): Promise<void>;
  faults(): Promise<readonly MachineFault[]>;
  /** Keeps the state of all machines, disks and memory, under that name; they go on afterwards. */
  save(name: string): Promise<void>;
  /** Drops the machines as they are and starts them anew; ends when all answer. Faults are gone. */
  up(options?: MachineUpOptions): Promise<void>;
  /** Takes the power away at once (SIGKILL to QEMU). */
  powerCut(node: string): Promise<void>;
  /** Boots; ends when the machine answers by SSH. */
  powerOn(node: string): Promise<void>;
  /** Milliseconds since the epoch; the machines' clocks are set to it when they start. */
  now(): number;
  /** Ends the machines and the background process; files stay. */
  down(): Promise<void>;
}
