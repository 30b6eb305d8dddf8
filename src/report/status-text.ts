import { changeLines, noticeLines, resourceLines } from './status-lines.js';
import { statusRows } from './status-rows.js';
import type { ClusterStatus, Verdict } from './status-types.js';
import { bytes, clip, type Style, style, table, utc, wrap } from './text.js';

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

/**
 * The report for people: both nodes side by side, what is being copied, what changed last, alarms, what is wrong and what
 * helps; the verdict last, in one line, where it is not scrolled away.
 */
export function statusText(status: ClusterStatus, options: TextOptions): string {
  const width = Math.max(60, options.width ?? 80);
  const sections = [
    [`${status.cluster} at ${utc(status.time)}`],
    table(statusRows(status, width, options.color)),
    status.verdict === 'not set up' ? [] : [...resourceLines(status), ...placeLines(status, width)],
    changeLines(status, width),
    noticeLines(status, width, options.color),
    problemLines(status, width, options.color),
    [verdictLine(status, width, options.color)],
  ];
  return sections
    .filter((lines) => lines.length > 0)
    .map((lines) => lines.join('\n'))
    .join('\n\n');
}

/** `pair1: DEGRADED - hasta serves; not-replicated, unreachable`: who serves, and the reason codes. */
export function verdictLine(status: ClusterStatus, width: number, color: boolean): string {
  const word = status.verdict.toUpperCase();
  const line = clip(`${status.cluster}: ${word} - ${headline(status)}`, width);
  return line.replace(word, style(word, COLOURS[status.verdict], color));
}

function headline(status: ClusterStatus): string {
  const serves = status.serving === null ? 'nothing serves' : `${status.serving} serves`;
  switch (status.verdict) {
    case 'healthy':
      return `${serves}, everything is copied`;
    case 'not set up':
      return 'hastconf apply sets it up';
    case 'split':
      return `decide which copy to keep; ${status.reasons.join(', ')}`;
    case 'down': {
      const known = status.nodes.some((node) => node.reachable);
      return `${known ? 'not served' : 'no node answers'}; ${status.reasons.join(', ')}`;
    }
    default:
      return `${serves}; ${status.reasons.join(', ')}`;
  }
}

function placeLines(status: ClusterStatus, width: number): string[] {
  const { address, masters } = status.carp;
  const known = status.nodes.some((node) => node.reachable);
  const holder = masters.length > 0 ? `on ${masters.join(' and ')}` : known ? 'on no node' : 'not known';
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
