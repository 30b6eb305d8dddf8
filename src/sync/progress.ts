import { classify } from './classify.js';
import { rateOf, secondsBetween, secondsLeft } from './rate.js';
import { advance, judgeStall, noticesOf, type Track } from './track.js';
import type { ResourceProgress, SyncProgress, SyncSample } from './types.js';

/** A node that has said nothing for so long is taken as not answering (its hastctl may hang where there is no timeout(1)). */
export const SILENCE_MS = 30_000;

export interface SyncSettings {
  stallTimeoutMs: number;
  intervalSeconds: number;
}

/** What is remembered between two looks; a plain value, made anew by every {@link step}. */
export interface SyncState {
  settings: SyncSettings;
  samples: ReadonlyMap<string, SyncSample | undefined>;
  /** Seconds that each node's own time has run since the wait began. */
  axis: ReadonlyMap<string, number>;
  tracks: readonly Track[];
}

/** The state before the first look. `nodes` are those that are watched. */
export function begin(
  resources: readonly string[],
  nodes: readonly string[],
  settings: SyncSettings,
  nowMs: number,
): SyncState {
  return {
    settings,
    samples: new Map(nodes.map((node) => [node, undefined])),
    axis: new Map(nodes.map((node) => [node, 0])),
    tracks: resources.map((resource) => ({
      resource,
      word: 'waiting',
      detail: '',
      total: 0,
      window: [],
      everConnected: false,
      rank: 0,
      movedAtMs: nowMs,
    })),
  };
}

/**
 * Takes one look of one node, or only the passing of time, and answers the new state and the progress.
 *
 * A resource is in sync when it was seen clean by a look of every node after the one that first made it so:
 * a single clean look may be a primary that has not noticed yet that its secondary is gone. From then on it
 * stays in sync while both nodes are connected, because writes in flight make the counter twitch for ever.
 */
export function step(
  state: SyncState,
  sample: SyncSample | undefined,
  nowMs: number,
): { state: SyncState; progress: SyncProgress } {
  const axis = new Map(state.axis);
  const samples = new Map(state.samples);
  if (sample && samples.has(sample.node)) {
    const before = samples.get(sample.node);
    const passed = before ? secondsBetween(before, sample, state.settings.intervalSeconds) : 0;
    axis.set(sample.node, (axis.get(sample.node) ?? 0) + passed);
    samples.set(sample.node, sample);
  }
  for (const [node, known] of samples) {
    if (known && nowMs - known.atMs > SILENCE_MS) samples.set(node, undefined);
  }
  const notices: string[] = [];
  const tracks = state.tracks.map((track) => {
    const standing = classify(track.resource, samples);
    const next = advance(track, standing, sample, axis, [...samples.keys()], nowMs);
    const judged = judgeStall(next, state.settings.stallTimeoutMs, nowMs);
    notices.push(...noticesOf(track, judged));
    return judged;
  });
  const next = { ...state, axis, samples, tracks };
  return { state: next, progress: { ...summary(tracks), notices: [...new Set(notices)] } };
}

function summary(tracks: readonly Track[]): Omit<SyncProgress, 'notices'> {
  const resources = tracks.map(progressOf);
  const dirty = resources.reduce((sum, one) => sum + (one.dirty ?? 0), 0);
  const total = resources.reduce((sum, one) => sum + one.total, 0);
  const moving = resources.filter((one) => one.state !== 'in-sync');
  const result: Omit<SyncProgress, 'notices'> = { resources, dirty, total };
  if (moving.length === 0) return { ...result, secondsLeft: 0 };
  if (!moving.every((one) => one.state === 'synchronising' && one.rate !== undefined)) return result;
  const rate = moving.reduce((sum, one) => sum + (one.rate ?? 0), 0);
  const left = secondsLeft(dirty, rate);
  return left === undefined ? { ...result, rate } : { ...result, rate, secondsLeft: left };
}

function progressOf(track: Track): ResourceProgress {
  const { resource, word: state, detail, total } = track;
  const progress: ResourceProgress = { resource, state, detail, total };
  if (track.primary !== undefined) progress.primary = track.primary;
  if (track.dirty !== undefined) progress.dirty = track.dirty;
  if (state === 'in-sync') return { ...progress, secondsLeft: 0 };
  if (state !== 'synchronising') return progress;
  const rate = rateOf(track.window);
  const left = secondsLeft(track.dirty ?? 0, rate);
  if (rate !== undefined) progress.rate = rate;
  if (left !== undefined) progress.secondsLeft = left;
  return progress;
}
