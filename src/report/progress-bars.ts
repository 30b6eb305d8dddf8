import { stateText } from '../sync/explain.js';
import type { ResourceProgress, SyncProgress } from '../sync/types.js';
import { bytes, clip, duration, type Style, style } from './text.js';

export interface BarsOptions {
  /** Columns of the terminal. */
  width: number;
  /** Most lines to draw. */
  height: number;
  color: boolean;
}

const NAME_WIDTH = 14;
/** `  478MB left   95MB/s  2 h 05 min` */
const FIGURES_WIDTH = 36;

/** One line a resource, what is not finished first, and a count of what does not fit. ASCII only. */
export function progressBars(progress: SyncProgress, options: BarsOptions): string[] {
  const open = progress.resources.filter((one) => one.state !== 'in-sync');
  const done = progress.resources.filter((one) => one.state === 'in-sync');
  const all = progress.resources.length <= options.height ? progress.resources : [...open, ...done];
  const fits = all.length <= options.height ? all.length : options.height - 1;
  const lines = all.slice(0, fits).map((one) => barLine(one, options));
  if (fits < all.length) {
    lines.push(
      clip(`... and ${all.length - fits} more; ${done.length} of ${all.length} in sync`, options.width - 1),
    );
  }
  return lines;
}

function barLine(one: ResourceProgress, { width, color }: BarsOptions): string {
  const name = clip(one.resource, NAME_WIDTH).padEnd(NAME_WIDTH);
  const room = Math.min(40, width - 1 - NAME_WIDTH - FIGURES_WIDTH - 9);
  const share = shareDone(one);
  const percent = share === undefined ? '    ' : `${String(Math.floor(share * 100)).padStart(3)}%`;
  const picture = room >= 5 ? `[${bar(share ?? 0, room)}] ` : '';
  const head = `${name} ${picture}${percent} `;
  const text = clip(figures(one), Math.max(8, width - 1 - head.length));
  return head + style(text, colourOf(one), color);
}

/** 0 to 1; undefined as long as nothing is known. Only a resource in sync shows 100 %. */
function shareDone(one: ResourceProgress): number | undefined {
  if (one.state === 'in-sync') return 1;
  if (one.dirty === undefined) return undefined;
  return one.total === 0 ? 0 : Math.min(0.99, (one.total - one.dirty) / one.total);
}

function bar(share: number, width: number): string {
  const full = Math.round(share * width);
  return '#'.repeat(full) + '-'.repeat(width - full);
}

function figures(one: ResourceProgress): string {
  if (one.state !== 'synchronising') {
    return one.detail === '' ? stateText(one.state) : `${stateText(one.state)}: ${one.detail}`;
  }
  if (one.dirty === 0) return 'checking';
  const parts = [`${bytes(one.dirty ?? 0)} left`.padStart(11)];
  if (one.rate !== undefined) parts.push(`${bytes(one.rate)}/s`.padStart(8));
  if (one.secondsLeft !== undefined) parts.push(duration(one.secondsLeft * 1000));
  return parts.join('  ');
}

function colourOf(one: ResourceProgress): Style {
  if (one.state === 'in-sync') return 'good';
  if (one.state === 'lost' || one.state === 'stalled' || one.state === 'split') return 'bad';
  return one.state === 'synchronising' ? 'strong' : 'warn';
}
