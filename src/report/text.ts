import { styleText } from 'node:util';
import { foreign } from '../terminal/visible.js';

export type Style = 'good' | 'warn' | 'bad' | 'strong' | 'faint';

const COLOURS = { good: 'green', warn: 'yellow', bad: 'red', strong: 'bold', faint: 'dim' } as const;

/**
 * Colours `text` when `color` is on; the caller has already looked at --no-color, NO_COLOR and the terminal. Text that
 * brings its own sequences along has them shown: it is somebody else's.
 */
export function style(text: string, as: Style, color: boolean): string {
  return coloured(foreign(text), as, color);
}

/** The same for text that was made here and may have colours of its own. */
export function coloured(text: string, as: Style, color: boolean): string {
  return color ? styleText(COLOURS[as], text, { validateStream: false }) : text;
}

const UNITS = ['B', 'KB', 'MB', 'GB', 'TB', 'PB'];

/** Bytes as hastctl shows them: 1024 units, one decimal below ten (`0B`, `2.0MB`, `478MB`). */
export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (unit < UNITS.length - 1 && Math.round(value) >= 1000) {
    value /= 1024;
    unit += 1;
  }
  const shown = unit > 0 && value < 9.95 ? value.toFixed(1) : Math.round(value).toFixed(0);
  return `${shown}${UNITS[unit]}`;
}

/** Milliseconds as people say them: `0.9 s`, `2 s`, `42 s`, `3 min 20 s`, `2 h 05 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (ms < 9950 && ms % 1000 !== 0) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${seconds} s`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${two(seconds % 60)} s`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ${two(Math.floor(seconds / 60) % 60)} min`;
  return `${Math.floor(seconds / 86_400)} d ${Math.floor(seconds / 3600) % 24} h`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

const ANSI = /\x1b\[[0-9;]*m/g;

/** Columns that `text` takes on a terminal, colour sequences not counted. */
export function visibleWidth(text: string): number {
  return text.replace(ANSI, '').length;
}

/** Cuts plain text to `width` columns, the last one a `~` when something is missing. */
export function clip(text: string, width: number): string {
  if (text.length <= width) return text;
  return width < 2 ? text.slice(0, Math.max(0, width)) : `${text.slice(0, width - 1)}~`;
}

/** Left-aligned columns two spaces apart, no trailing spaces; cells may be coloured. */
export function table(rows: readonly (readonly string[])[], gap = 2): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, visibleWidth(cell));
    });
  }
  return rows.map((row) =>
    row
      .map((cell, column) => cell + ' '.repeat((widths[column] ?? 0) - visibleWidth(cell)))
      .join(' '.repeat(gap))
      .trimEnd(),
  );
}

/** Breaks a sentence into lines of at most `width` columns; a longer word gets a line of its own. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/).filter((part) => part !== '')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === '' ? word : `${line} ${word}`;
    }
  }
  return line === '' ? lines : [...lines, line];
}

/** `2026-11-20 12:00:00 UTC` from ISO 8601. */
export function utc(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)} UTC`;
}
