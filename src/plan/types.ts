import type { Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import type { FileAttributes } from '../remote/target.js';
import type { GeneratedFile } from '../render/types.js';
import type { Secret } from '../spec/secret.js';
import type { ClusterSpec } from '../spec/types.js';

/**
 * The order in which a pair comes up (design: "Setting up, in order"). Phases run one after the other;
 * within a phase the nodes work in parallel, and each node's steps in sequence. On a pair that runs already
 * the agents keep still from `pause` until the end of `agent`, what goes is let go of in `release`, the standby's hastd
 * reads its configuration before the primary's, and the CARP address of the standby is off (`withdraw`) while the
 * serving node changes its own.
 */
export const PHASES = [
  'directories',
  'keys',
  'exchange',
  'pause',
  'release',
  'files',
  'modules',
  'volumes',
  'hastd',
  'hastd-primary',
  'metadata',
  'secondary',
  'primary',
  'connect',
  'format',
  'withdraw',
  'carp',
  'rejoin',
  'agent',
  'synchronise',
  'prove',
  // Of the commands for a pair that lives: see src/cluster.
  'maintenance',
  'mark',
  'move',
  'verify',
  'keep',
  'retire',
  'rejoin-copy',
  'clean',
] as const;
export type Phase = (typeof PHASES)[number];

/**
 * What has to notice a changed file: hastd by a reload, devd by a restart, CARP by ifconfig. The agents' own mark says
 * that hastconf has told them to keep still.
 */
export type Noticer = 'hastd' | 'devd' | 'carp' | 'agent' | 'mountd' | 'ctld' | 'samba_server';

/** What a step may cost: nothing, a disturbance of what runs, or data. */
export type Risk = 'none' | 'disturbs' | 'destroys';

/**
 * What a step does to a running pair, in the order of harm. `reload`: settings change under way; `reconnect`:
 * replication is away for a moment, the storage is not; `roles-drop`: a resource ends; `interruption`: clients are
 * without storage or address for some seconds.
 */
export const IMPACTS = ['nothing', 'reload', 'reconnect', 'roles-drop', 'interruption'] as const;
export type ImpactKind = (typeof IMPACTS)[number];

export interface Impact {
  kind: ImpactKind;
  /** Of what and how long, for people. */
  detail: string;
  /** About how long clients are without it; with `interruption` only. */
  seconds?: number;
}

/** One change on one node; data only, nothing in it runs. */
export interface Step {
  /** Stable and unique: `hasta/files/etc/hast.conf`. */
  id: string;
  node: string;
  phase: Phase;
  /** Starts with a verb: `Write /etc/hast.conf`. */
  title: string;
  risk: Risk;
  /** Left out: nothing. */
  impact?: Impact;
  /** How this node differs from what the last apply left, when it does; a change of the cluster file alone is no drift. */
  drift?: string;
  /** Unified diff or one line `name: old -> new`; secrets already redacted. */
  diff?: string;
  action: Action;
  /** Script that exits 0 only when the step has had its effect; run right after the action. */
  verify?: string;
  /** The one that has noticed its changed file by this step. */
  notices?: Noticer;
  /** Part of a change that Ctrl-C does not leave half done. */
  atomic?: boolean;
  /** For sh as root on this node, should the other one be down for good before the rest of the change is made. */
  byHand?: string;
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
  /** What the node keeps of this write, so that the next plan can tell drift from a changed cluster file. */
  applies?: readonly Applied[];
  /** Keys that are no longer ours. */
  forgets?: readonly string[];
  secrets: readonly Secret[];
}

/** One thing that apply left on a node: a file of ours, the block in a file of somebody else's, or a variable. */
export interface Applied {
  /** `/etc/hast.conf`, `/etc/hosts#block`, `/etc/rc.conf#hastd_enable`. */
  key: string;
  /** SHA-256 of its text, hexadecimal. */
  sha256: string;
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

/** What a whole plan does to a pair that serves. */
export interface Effect {
  /** The worst of its steps. */
  impact: ImpactKind;
  /** About how long clients are without storage or address, all in all; 0: it stays available. */
  interruptionSeconds: number;
}

/** Facts of both nodes by node name. */
export type PairFacts = Readonly<Record<string, NodeFacts>>;

export interface PlanRequest {
  spec: ClusterSpec;
  facts: PairFacts;
  /** What render made for these nodes. */
  files: readonly GeneratedFile[];
  /** Consents to lose data, `NODE:WHAT` as given to --destroy. */
  destroy: readonly string[];
  /** Ids of preflight checks that the user chose to ignore. */
  ignoredChecks: readonly string[];
  /** VHIDs of strangers heard on the CARP network; empty when nobody listened. */
  foreignVhids?: readonly number[];
}

/** Data that a step would lose; done only with consent that names it. */
export interface Destruction {
  node: string;
  /** Provider, file or resource, as it has to be named in the consent. */
  what: string;
  /** What would be lost, for people. */
  loses: readonly string[];
  consented: boolean;
}

export interface Plan {
  steps: readonly Step[];
  /** Preflight findings; a plan with any is not applied. */
  problems: readonly Problem[];
  destructions: readonly Destruction[];
  /** Things worth knowing that stop nothing. */
  notes: readonly string[];
  /** Changes that are never made under a running pair; a plan with any is not applied, and no consent helps. */
  refusals?: readonly Problem[];
  /** What the plan does to a pair that serves; left out when none does. */
  effect?: Effect;
  /** Node that is or becomes primary. */
  primary: string;
}

/** What every step builder gets: the request and what was decided from it. */
export interface PlanInput extends PlanRequest {
  primary: string;
  secondary: string;
}
