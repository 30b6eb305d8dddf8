import type { HastconfError, Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';

/** What was learnt of one node: its facts, or why there are none. */
export type NodeReading = { node: string; facts: NodeFacts } | { node: string; error: HastconfError };

/**
 * `healthy` · `degraded`: served, but not protected or not in order · `synchronising`: served, the copy is not
 * complete yet · `split`: two primaries or diverged copies · `down`: not served · `not set up`.
 */
export type Verdict = 'healthy' | 'degraded' | 'synchronising' | 'split' | 'down' | 'not set up';

/**
 * The document that `status --json` prints (docs/json.md); its keys are stable, more may come, null means "not known" or
 * "none".
 */
export interface ClusterStatus {
  version: 1;
  cluster: string;
  /** ISO 8601, UTC. */
  time: string;
  verdict: Verdict;
  /** Ids of the problems, each once, worst first; empty when the verdict is `healthy`. */
  reasons: readonly string[];
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
  /** Bytes a second by which `dirty` falls; null when it was not measured (nothing is being copied). */
  rate: number | null;
  /** Seconds until nothing is dirty at this rate. */
  secondsLeft: number | null;
  /** Requests on their way in hastd, by node; a standby's `local` are writes that its disk does not have yet. */
  queues: Readonly<Record<string, QueueStatus>>;
  /** Local I/O errors since the worker started, by node. */
  localErrors: Readonly<Record<string, number>>;
}

interface QueueStatus {
  local: number;
  send: number;
  recv: number;
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
  /** When this machine last had an answer from it, ISO 8601, UTC; null: never, or it answers now. */
  lastSeen: string | null;
  release: string | null;
  hastd: 'running' | 'stopped' | null;
  /** By resource; null: hastd does not know it. */
  roles: Readonly<Record<string, { role: string; status: string | null } | null>>;
  /** As this node sees it. */
  carp: { state: string; advskew: number; demotion: number | null } | null;
  agent: AgentStatus | null;
  /** By rc name. */
  services: Readonly<Record<string, 'running' | 'stopped' | 'missing'>>;
}

export interface AgentStatus {
  version: string;
  state: string;
  fresh: string;
  epoch: number;
  /** The last epoch at which both copies were the same. */
  agreedEpoch: number | null;
  /** The agent's reason code. */
  reason: string | null;
  /** What it knows of the other node: its state word, and whether it answered on each way. */
  peer: { state: string; evidence: Readonly<Record<string, boolean>> | null } | null;
  /** Until when there is no fail-over, ISO 8601, UTC. */
  maintenanceUntil: string | null;
  lastTransition: TransitionStatus | null;
  alarms: readonly AlarmStatus[];
}

export interface TransitionStatus {
  from: string;
  to: string;
  /** Reason code. */
  reason: string;
  /** How long it took. */
  seconds: number;
  /** When it was over, ISO 8601, UTC, by the node's clock. */
  at: string | null;
}

interface AlarmStatus {
  alarm: string;
  /** ISO 8601, UTC, by the node's clock; null: the agent does not say. */
  since: string | null;
}

/** What a single look at the nodes cannot say. */
export interface StatusExtras {
  /** Bytes a second, by resource. */
  rates?: ReadonlyMap<string, number>;
  /** When a node was last reached, by node, ISO 8601. */
  lastSeen?: Readonly<Record<string, string>>;
}
