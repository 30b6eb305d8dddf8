import { addPoint, type Point, rateOf } from '../sync/rate.js';
import type { ClusterStatus } from './status-types.js';

/** Samples that are kept: what fits one line. */
const KEPT = 40;

/** Dirty bytes over the last samples: rates of copying, and a small picture. */
export class DirtyHistory {
  readonly #windows = new Map<string, readonly Point[]>();
  #totals: { atMs: number; dirty: number | null }[] = [];

  /** `atMs`: when it was sampled, on a clock that only goes forward. */
  add(status: Pick<ClusterStatus, 'resources' | 'dirty'>, atMs: number): void {
    for (const { resource, dirty, status: connection } of status.resources) {
      // A rate over the time without a connection says nothing.
      if (dirty === null || connection !== 'complete') this.#windows.delete(resource);
      else {
        const window = this.#windows.get(resource) ?? [];
        this.#windows.set(resource, addPoint(window, { t: atMs / 1000, dirty }));
      }
    }
    this.#totals = [...this.#totals, { atMs, dirty: status.dirty }].slice(-KEPT);
  }

  /** Bytes a second by which each resource gets less dirty; those that are clean or do not move are left out. */
  rates(): Map<string, number> {
    const known = [...this.#windows].flatMap(([resource, window]) => {
      const rate = rateOf(window);
      const dirty = window.at(-1)?.dirty ?? 0;
      return rate === undefined || rate === 0 || dirty === 0 ? [] : [[resource, rate] as const];
    });
    return new Map(known);
  }

  /** Total of all resources, oldest first; null: not known. */
  totals(): readonly (number | null)[] {
    return this.#totals.map(({ dirty }) => dirty);
  }

  /** Milliseconds from the oldest sample kept to the newest. */
  spanMs(): number {
    return (this.#totals.at(-1)?.atMs ?? 0) - (this.#totals[0]?.atMs ?? 0);
  }
}

const BARS = { unicode: '▁▂▃▄▅▆▇█', ascii: '_.-=+*%#' } as const;

/** One character a sample, the highest for the largest; a space where it is not known. */
export function sparkline(values: readonly (number | null)[], unicode: boolean): string {
  const bars = unicode ? BARS.unicode : BARS.ascii;
  const most = Math.max(0, ...values.map((value) => value ?? 0));
  return values
    .map((value) => {
      if (value === null) return ' ';
      const level = most === 0 || value === 0 ? 0 : Math.max(1, Math.ceil((value / most) * 7));
      return bars[level]!;
    })
    .join('');
}
