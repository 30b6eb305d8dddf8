import { arch, cpus, totalmem } from 'node:os';
import { table } from '../../src/report/text.js';
import type { Gap, Outcome } from './types.js';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

export function countsOf(outcomes: readonly Outcome[]): Counts {
  const of = (verdict: Outcome['verdict']) => outcomes.filter((one) => one.verdict === verdict).length;
  return { passed: of('passed'), failed: of('failed'), skipped: of('skipped') };
}

const HEAD = ['scenario', 'without storage', 'from', 'to', 'served', 'lines', 'lost', 'alarms', 'verdict'];

/** A row for each event of a scenario, and one for a scenario without. */
function rowsOf(outcome: Outcome): string[][] {
  const { name, measured, acknowledged, lost, served, alarms, verdict } = outcome;
  const who = served.length > 4 ? `${served.slice(0, 4).join(' ')} …` : served.join(' ');
  const judged = [who || '-', String(acknowledged), String(lost), alarms.join(' ') || '-', verdict];
  const first = [outcome.contender === 'recipe' ? `${name} (recipe)` : name];
  if (measured.length === 0) return [[...first, '-', '-', '-', ...judged]];
  return measured.map(({ what, gap }, index) => {
    const subject = index === 0 ? `${first[0]}: ${what}` : `  ${what}`;
    return [subject, ...cellsOf(gap), ...(index === 0 ? judged : ['', '', '', '', ''])];
  });
}

function cellsOf({ from, to, after }: Gap): [string, string, string] {
  const second = (ms: number) => (ms / 1000).toFixed(1);
  const length = `${second(to - from)} s`;
  return after === undefined ? [`${length}, and on`, second(from), '-'] : [length, second(from), second(to)];
}

/** The table for people, and below it why something failed. */
export function textOf(outcomes: readonly Outcome[]): string {
  const lines = table([HEAD, ...outcomes.flatMap(rowsOf)]);
  for (const { name, verdict, reason, mendedBy, notes } of outcomes) {
    if (verdict !== 'passed') {
      const issue = mendedBy === undefined ? '' : ` (expected until issue ${mendedBy} is done)`;
      lines.push('', `${name} ${verdict}${issue}: ${reason ?? ''}`);
    }
    if (notes.length > 0) lines.push('', `${name}:`, ...notes.map((note) => `  ${note}`));
  }
  return lines.join('\n');
}

/** The same for the README: every event once, hastconf's column beside the recipe's. */
export function markdownOf(outcomes: readonly Outcome[], now: Date): string {
  const events = new Map<string, Record<string, string>>();
  for (const outcome of outcomes) {
    for (const { what, gap } of outcome.measured) {
      const key = `${outcome.title}: ${what}`;
      const cells = events.get(key) ?? {};
      cells[outcome.contender] ??= cellsOf(gap)[0];
      cells[`${outcome.contender} lost`] ??= String(outcome.lost);
      events.set(key, cells);
    }
  }
  const rows = [...events].map(
    ([what, cells]) =>
      `| ${what} | ${cells.hastconf ?? '–'} | ${cells['hastconf lost'] ?? '–'} | ${cells.recipe ?? '–'} | ${cells['recipe lost'] ?? '–'} |`,
  );
  return [
    `Measured on ${now.toISOString().slice(0, 10)} with \`npm run live\`: two FreeBSD 13.2 machines under QEMU, ${machineText()}.`,
    '',
    '| event | without storage | lines lost | published recipe | lines lost |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function machineText(): string {
  const [first] = cpus();
  const memory = Math.round(totalmem() / 2 ** 30);
  const model = first?.model.trim() || arch();
  return `emulated without hardware virtualisation on ${cpus().length} cores (${model}, ${memory} GB)`;
}
