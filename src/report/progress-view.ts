import type { Writable } from 'node:stream';
import { describeResource, stateText } from '../sync/explain.js';
import type { ResourceProgress, SyncProgress } from '../sync/types.js';
import { visible } from '../terminal/visible.js';
import { progressBars } from './progress-bars.js';
import { bytes, duration } from './text.js';

export type ProgressMode = 'bars' | 'lines' | 'json';

type Out = Writable & { isTTY?: boolean; columns?: number; rows?: number };

export interface ProgressViewOptions {
  mode: ProgressMode;
  /** Where it goes: stderr for bars and lines, stdout for json. */
  stream: Out;
  color: boolean;
  /** Monotonic milliseconds. */
  now: () => number;
  /** Least milliseconds between two plain lines; default 5000. */
  lineEveryMs?: number;
}

export interface ProgressView {
  update(progress: SyncProgress): void;
  /** Leaves the last picture standing; nothing may be drawn after it. */
  end(): void;
}

/** Bars on a terminal, otherwise plain lines; with --json one object a line. */
export function progressMode(stream: Out, json: boolean): ProgressMode {
  if (json) return 'json';
  return stream.isTTY === true ? 'bars' : 'lines';
}

/** Shows the progress of a synchronisation in the given way. */
export function createProgressView(options: ProgressViewOptions): ProgressView {
  if (options.mode === 'json') return jsonView(options);
  return options.mode === 'bars' ? barsView(options) : linesView(options);
}

/**
 * One object a line. Keys of a `sync` event: resource, state, detail, primary, dirty, total, rate, secondsLeft
 * (bytes, bytes a second, seconds; null: not known). Only what changed is said again.
 */
function jsonView({ stream }: ProgressViewOptions): ProgressView {
  const said = new Map<string, string>();
  return {
    update(progress) {
      for (const message of progress.notices) {
        stream.write(`${visible(JSON.stringify({ event: 'notice', message }))}\n`);
      }
      for (const one of progress.resources) {
        const line = JSON.stringify(syncEvent(one));
        if (said.get(one.resource) === line) continue;
        said.set(one.resource, line);
        stream.write(`${visible(line)}\n`);
      }
    },
    end() {},
  };
}

/** One resource as a JSON-ready object with every key present. */
export function syncEvent(one: ResourceProgress): Record<string, string | number | null> {
  return {
    event: 'sync',
    resource: one.resource,
    state: one.state,
    detail: one.detail,
    primary: one.primary ?? null,
    dirty: one.dirty ?? null,
    total: one.total,
    rate: one.rate === undefined ? null : Math.round(one.rate),
    secondsLeft: one.secondsLeft ?? null,
  };
}

/** A line at most every few seconds and only when something changed; notices at once. */
function linesView({ stream, now, lineEveryMs = 5000 }: ProgressViewOptions): ProgressView {
  let lastAt = Number.NEGATIVE_INFINITY;
  let lastLine = '';
  let pending = '';
  const say = (line: string) => {
    lastLine = line;
    pending = '';
    stream.write(`${visible(line)}\n`);
  };
  return {
    update(progress) {
      for (const notice of progress.notices) stream.write(`${visible(notice)}\n`);
      const line = plainLine(progress);
      pending = line === lastLine ? '' : line;
      if (pending === '' || now() - lastAt < lineEveryMs) return;
      lastAt = now();
      say(line);
    },
    end() {
      if (pending !== '') say(pending);
    },
  };
}

/** The whole progress in one line; resources in sync are only counted. */
export function plainLine(progress: SyncProgress): string {
  const { resources } = progress;
  const open = resources.filter((one) => one.state !== 'in-sync');
  const done = `${resources.length - open.length} of ${resources.length} in sync`;
  if (open.length === 0) return `Synchronisation: ${done}`;
  const known = open.every((one) => one.dirty !== undefined);
  const sums = known ? [`${bytes(progress.dirty)} left`] : [];
  if (progress.rate !== undefined) sums.push(`${bytes(progress.rate)}/s`);
  if (progress.secondsLeft !== undefined) sums.push(`about ${duration(progress.secondsLeft * 1000)}`);
  const odd = open.filter((one) => one.state !== 'synchronising');
  const few = odd.slice(0, 3).map((one) => describeOdd(one));
  if (odd.length > few.length) few.push(`${odd.length - few.length} more`);
  return [`Synchronisation: ${[done, ...sums].join(', ')}`, ...few].join('; ');
}

function describeOdd(one: ResourceProgress): string {
  return one.detail === '' ? `${one.resource}: ${stateText(one.state)}` : describeResource(one);
}

/** Redraws the same lines in place; never more lines than the terminal has, or the cursor could not get back. */
function barsView({ stream, color }: ProgressViewOptions): ProgressView {
  let drawn = 0;
  let shown = '';
  return {
    update(progress) {
      const lines = progressBars(progress, {
        width: Math.max(40, stream.columns ?? 80),
        height: Math.max(4, (stream.rows ?? 24) - 2),
        color,
      });
      const picture = lines.map((line) => `\r\x1b[K${visible(line)}\n`).join('');
      if (progress.notices.length === 0 && picture === shown) return;
      const back = drawn > 0 ? `\x1b[${drawn}A` : '';
      const notices = progress.notices.map((notice) => `${visible(notice)}\n`).join('');
      const clear = notices === '' ? '' : '\r\x1b[J';
      stream.write(`${back}${clear}${notices}${picture}\x1b[J`);
      drawn = lines.length;
      shown = picture;
    },
    end() {},
  };
}
