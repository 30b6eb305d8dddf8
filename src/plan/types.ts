import type { FileAttributes } from '../remote/target.js';
import type { Secret } from '../spec/secret.js';

/**
 * The order in which a pair comes up (design: "Setting up, in order"). Phases run one after the other;
 * within a phase the nodes work in parallel, and each node's steps in sequence.
 */
export const PHASES = [
  'directories',
  'keys',
  'exchange',
  'files',
  'modules',
  'volumes',
  'hastd',
  'metadata',
  'secondary',
  'primary',
  'connect',
  'format',
  'carp',
  'agent',
  'synchronise',
  'prove',
] as const;
export type Phase = (typeof PHASES)[number];

/** What has to notice a changed file: hastd by a reload, devd by a restart, CARP by ifconfig. */
export type Noticer = 'hastd' | 'devd' | 'carp';

/** What a step may cost: nothing, a disturbance of what runs, or data. */
export type Risk = 'none' | 'disturbs' | 'destroys';

/** One change on one node; data only, nothing in it runs. */
export interface Step {
  /** Stable and unique: `hasta/files/etc/hast.conf`. */
  id: string;
  node: string;
  phase: Phase;
  /** Starts with a verb: `Write /etc/hast.conf`. */
  title: string;
  risk: Risk;
  /** What it does to a running pair, for people. */
  impact?: string;
  /** Unified diff or one line `name: old -> new`; secrets already redacted. */
  diff?: string;
  action: Action;
  /** Script that exits 0 only when the step has had its effect; run right after the action. */
  verify?: string;
  /** The one that has noticed its changed file by this step. */
  notices?: Noticer;
}

export type Action = ScriptAction | WriteAction | AuthorizeAction;

/** Runs as root under /bin/sh. Exit 5: the guard inside it refused; its stderr says why. */
export interface ScriptAction {
  kind: 'script';
  script: string;
  /** Milliseconds; default 60 000. */
  timeoutMs?: number;
}

/** Replaces a file after a backup; `validate` runs with the new file's path as $1 before it goes live. */
export interface WriteAction {
  kind: 'write';
  path: string;
  content: string;
  attributes: FileAttributes;
  /** The content the plan was made against; a different one at apply time stops the step. undefined: no file. */
  replaces: string | undefined;
  validate?: string;
  /** Who has to notice the change, in a later step. */
  noticedBy?: Noticer;
  secrets: readonly Secret[];
}

/** Puts a public key that another node makes in this run into this node's authorized_keys. */
export interface AuthorizeAction {
  kind: 'authorize';
  /** Node whose key is let in. */
  from: string;
  /** Where that node keeps its public key. */
  publicKeyPath: string;
  /** Addresses it may come from. */
  addresses: readonly string[];
  path: string;
  attributes: FileAttributes;
}
