import type { Standing } from './classify.js';
import { addPoint, type Point } from './rate.js';
import type { SyncSample, SyncStateWord } from './types.js';

/** What is remembered of one resource between two looks. */
export interface Track {
  resource: string;
  word: SyncStateWord;
  detail: string;
  primary?: string;
  dirty?: number;
  total: number;
  window: readonly Point[];
  everConnected: boolean;
  /** Best rank reached: falling back and forth below it is no progress. */
  rank: number;
  movedAtMs: number;
  /** Looks of each node since the resource became clean; undefined while it is not. */
  cleanLooks?: ReadonlyMap<string, number>;
}

const RANK: Readonly<Record<SyncStateWord, number>> = {
  waiting: 0,
  split: 0,
  init: 1,
  degraded: 2,
  lost: 2,
  stalled: 2,
  synchronising: 3,
  'in-sync': 4,
};

/** The track after one look, or after the passing of time when there is no sample. */
export function advance(
  track: Track,
  standing: Standing,
  sample: SyncSample | undefined,
  axis: ReadonlyMap<string, number>,
  nodes: readonly string[],
  nowMs: number,
): Track {
  const cleanLooks = countCleanLooks(track, standing, sample?.node);
  const word = nextWord(track, standing, cleanLooks, nodes);
  const connected = word === 'synchronising' || word === 'in-sync';
  const reconnected = connected && RANK[track.word] < RANK.synchronising && track.word !== 'stalled';
  const samePrimary = standing.primary !== undefined && standing.primary === track.primary;
  const fell = samePrimary && (standing.dirty ?? 0) < (track.dirty ?? 0);
  const moved = reconnected || fell || RANK[word] > track.rank;
  const next: Track = {
    resource: track.resource,
    word,
    detail: standing.detail,
    total: Math.max(track.total, standing.dirty ?? 0),
    window: nextWindow(track, standing, sample, axis, samePrimary && !reconnected),
    everConnected: track.everConnected || connected,
    rank: Math.max(track.rank, RANK[word]),
    movedAtMs: moved ? nowMs : track.movedAtMs,
  };
  if (standing.primary !== undefined) next.primary = standing.primary;
  const dirty = standing.dirty ?? track.dirty;
  if (dirty !== undefined) next.dirty = dirty;
  if (cleanLooks) next.cleanLooks = cleanLooks;
  return next;
}

function countCleanLooks(
  track: Track,
  standing: Standing,
  node: string | undefined,
): ReadonlyMap<string, number> | undefined {
  if (!standing.clean) return undefined;
  if (!track.cleanLooks) return new Map();
  if (node === undefined) return track.cleanLooks;
  return new Map(track.cleanLooks).set(node, (track.cleanLooks.get(node) ?? 0) + 1);
}

function nextWord(
  track: Track,
  standing: Standing,
  cleanLooks: ReadonlyMap<string, number> | undefined,
  nodes: readonly string[],
): SyncStateWord {
  if (standing.word === 'degraded') return track.everConnected ? 'lost' : 'degraded';
  if (standing.word === 'synchronising') {
    return track.word === 'in-sync' && standing.detail === '' ? 'in-sync' : 'synchronising';
  }
  if (standing.word !== 'in-sync') return standing.word;
  const confirmed = track.word === 'in-sync' || nodes.every((node) => (cleanLooks?.get(node) ?? 0) > 0);
  return confirmed ? 'in-sync' : 'synchronising';
}

function nextWindow(
  track: Track,
  standing: Standing,
  sample: SyncSample | undefined,
  axis: ReadonlyMap<string, number>,
  keep: boolean,
): readonly Point[] {
  if (standing.primary === undefined || standing.dirty === undefined) return [];
  const window = keep ? track.window : [];
  if (sample?.node !== standing.primary) return window;
  return addPoint(window, { t: axis.get(standing.primary) ?? 0, dirty: standing.dirty });
}

/** Calls it stalled when nothing moved for too long. A lost connection is no stall: it may come back at any time. */
export function judgeStall(track: Track, stallTimeoutMs: number, nowMs: number): Track {
  const waits = track.word !== 'in-sync' && track.word !== 'lost';
  if (!waits || nowMs - track.movedAtMs < stallTimeoutMs) return track;
  return { ...track, word: 'stalled', detail: track.detail || describeStuck(track) };
}

function describeStuck(track: Track): string {
  if (track.word === 'synchronising') return 'connected, but the dirty bytes do not get fewer';
  if (track.word === 'degraded') return 'primary, but its secondary has never connected';
  return 'no change';
}

/** What must be said at once about the change from one track to the next. */
export function noticesOf(before: Track, after: Track): string[] {
  if (before.word === after.word) return [];
  const { resource } = after;
  const why = after.detail === '' ? '' : ` (${after.detail})`;
  if (after.word === 'lost') return [`${resource}: the connection between the nodes is lost${why}`];
  if (before.word === 'lost' && RANK[after.word] >= RANK.synchronising) {
    return [`${resource}: the nodes are connected again`];
  }
  if (after.word === 'split') return [`${resource}: both nodes are primary`];
  if (after.word === 'stalled') return [`${resource}: stalled${why}`];
  if (RANK[after.word] < RANK.degraded && before.rank >= RANK.degraded) {
    return [`${resource}: no primary any more${why}`];
  }
  return [];
}
