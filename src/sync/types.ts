import type { HastResourceFacts } from '../facts/types.js';

/** One look at a node's hastd. */
export interface SyncSample {
  node: string;
  /** This machine's monotonic clock, milliseconds, when the look was complete. */
  atMs: number;
  /** The node's own clock, seconds since the epoch; may jump. */
  epoch: number;
  /** Exit code of hastctl; 124 when it did not answer within its time limit. */
  code: number;
  /** hastctl's own words on stderr, empty when there were none. */
  words: string;
  resources: Readonly<Record<string, HastResourceFacts>>;
}

/**
 * `waiting`: hastd does not answer, or does not know the resource yet · `init`: no node is primary ·
 * `degraded`: primary, never connected since the wait began · `lost`: was connected, is not any more ·
 * `synchronising` · `in-sync` · `stalled` · `split`: both nodes are primary.
 */
export type SyncStateWord =
  | 'waiting'
  | 'init'
  | 'degraded'
  | 'lost'
  | 'synchronising'
  | 'in-sync'
  | 'stalled'
  | 'split';

export interface ResourceProgress {
  resource: string;
  state: SyncStateWord;
  /** Why it is in this state, for people; empty when the word says it all. */
  detail: string;
  /** Node whose figures these are. */
  primary?: string;
  /** Bytes still to copy; undefined until a primary was seen. */
  dirty?: number;
  /** Most bytes that were to be copied since the wait began: the base of the percentage. */
  total: number;
  /** Bytes a second, smoothed; undefined while unknown, 0 when nothing moves. */
  rate?: number;
  /** Seconds left at this rate; undefined while unknown. */
  secondsLeft?: number;
}

export interface SyncProgress {
  resources: readonly ResourceProgress[];
  /** Sums over all resources. */
  dirty: number;
  total: number;
  rate?: number;
  secondsLeft?: number;
  /** What happened since the last report and must be said at once: lost and regained connections, stalls. */
  notices: readonly string[];
}

export interface SyncOutcome {
  result: 'in-sync' | 'stalled';
  progress: SyncProgress;
  durationMs: number;
}
