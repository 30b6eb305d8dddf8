import { statusRows } from './status-rows.js';
import type { ClusterStatus, Verdict } from './status-types.js';
import { bytes, type Style, style, table, wrap } from './text.js';

export interface TextOptions {
  color: boolean;
  /** Columns; default 80. */
  width?: number;
}

const COLOURS: Readonly<Record<Verdict, Style>> = {
  healthy: 'good',
  degraded: 'warn',
  synchronising: 'warn',
  split: 'bad',
  down: 'bad',
  'not set up': 'warn',
};

/** The report for people: the verdict, both nodes side by side, then what is wrong and what helps. */
export function statusText(status: ClusterStatus, options: TextOptions): string {
  const width = Math.max(60, options.width ?? 80);
  const sections = [
    verdictLines(status, width, options.color),
    table(statusRows(status, width, options.color)),
    placeLines(status, width),
    problemLines(status, width, options.color),
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

function verdictLines(status: ClusterStatus, width: number, color: boolean): string[] {
  const word = status.verdict.toUpperCase();
  const rest = headline(status);
  const [first = '', ...more] = wrap(`${status.cluster}: ${word}${rest === '' ? '' : ` - ${rest}`}`, width);
  return [first.replace(word, style(word, COLOURS[status.verdict], color)), ...more];
}

function headline(status: ClusterStatus): string {
  const [worst, ...more] = status.problems;
  if (worst) return more.length === 0 ? worst.message : `${worst.message} (and ${more.length} more, below)`;
  return status.serving === null ? '' : `${status.serving} serves, everything is copied`;
}

function placeLines(status: ClusterStatus, width: number): string[] {
  if (status.verdict === 'not set up') return [];
  const { address, masters } = status.carp;
  const holder = masters.length === 0 ? 'nowhere to be seen' : `on ${masters.join(' and ')}`;
  const dirty = status.dirty === null ? 'dirty bytes not known' : `${bytes(status.dirty)} dirty`;
  return wrap(`Address ${address} is ${holder}; ${dirty}.`, width);
}

function problemLines(status: ClusterStatus, width: number, color: boolean): string[] {
  if (status.problems.length === 0) return [];
  const lines = [style('What is wrong', 'strong', color)];
  for (const problem of status.problems) {
    const [first = '', ...more] = wrap(problem.message, width - 4);
    lines.push(`  - ${first}`, ...more.map((line) => `    ${line}`));
    if (problem.remedy === undefined) continue;
    const [help = '', ...rest] = wrap(problem.remedy, width - 7);
    lines.push(`    -> ${help}`, ...rest.map((line) => `       ${line}`));
  }
  return lines;
}
