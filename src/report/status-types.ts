import type { HastconfError, Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';

/** What was learnt of one node: its facts, or why there are none. */
export type NodeReading = { node: string; facts: NodeFacts } | { node: string; error: HastconfError };

/**
 * `healthy` · `degraded`: served, but not protected or not in order · `synchronising`: served, the copy is not
 * complete yet · `split`: two primaries or diverged copies · `down`: not served · `not set up`.
 */
export type Verdict = 'healthy' | 'degraded' | 'synchronising' | 'split' | 'down' | 'not set up';

/** The document that `status --json` prints; its keys are stable, null means "not known" or "none". */
export interface ClusterStatus {
  version: 1;
  cluster: string;
  /** ISO 8601, UTC. */
  time: string;
  verdict: Verdict;
  /** Why the verdict is not `healthy`, worst first. */
  problems: readonly Problem[];
  /** Node that serves: primary of every resource. */
  serving: string | null;
  /** Sum over all resources. */
  dirty: number | null;
  carp: { address: string; vhid: number; masters: readonly string[] };
  resources: readonly ResourceStatus[];
  storage: readonly StorageStatus[];
  nodes: readonly NodeStatus[];
}

export interface ResourceStatus {
  resource: string;
  primary: string | null;
  /** Status as its primary says it. */
  status: 'complete' | 'degraded' | null;
  /** Bytes, as its primary says it. */
  dirty: number | null;
  /** Local I/O errors since the worker started, by node. */
  localErrors: Readonly<Record<string, number>>;
}

export interface StorageStatus {
  type: 'ufs' | 'zfs' | 'raw';
  /** Mount point, pool or resource. */
  name: string;
  /** Nodes that have it mounted, imported, or as a device. */
  on: readonly string[];
}

export interface NodeStatus {
  node: string;
  reachable: boolean;
  /** Why it could not be read. */
  error: string | null;
  release: string | null;
  hastd: 'running' | 'stopped' | null;
  /** By resource; null: hastd does not know it. */
  roles: Readonly<Record<string, { role: string; status: string | null } | null>>;
  carp: { state: string; advskew: number } | null;
  agent: AgentStatus | null;
  /** By rc name. */
  services: Readonly<Record<string, 'running' | 'stopped' | 'missing'>>;
}

export interface AgentStatus {
  version: string;
  state: string;
  fresh: string;
  epoch: number;
  /** The agent's reason code. */
  reason: string | null;
}
