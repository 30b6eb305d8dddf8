import { performance } from 'node:perf_hooks';
import { table } from '../report/text.js';

/** Of several runs, in the unit of what was measured. */
export interface Figures {
  min: number;
  median: number;
  max: number;
  runs: number;
}

export function figures(values: readonly number[]): Figures {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
  return {
    min: sorted[0] ?? Number.NaN,
    median: middle,
    max: sorted.at(-1) ?? Number.NaN,
    runs: sorted.length,
  };
}

/** Several subjects in turn, so that whatever else the machine does falls on all of them alike. */
export async function timedInTurn(
  runs: number,
  subjects: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<Record<string, Figures>> {
  const names = Object.keys(subjects);
  const values = new Map(names.map((name) => [name, [] as number[]]));
  for (let run = 0; run <= runs; run += 1) {
    for (const [name, work] of Object.entries(subjects)) {
      const milliseconds = await once(work);
      if (run > 0) values.get(name)?.push(milliseconds);
    }
  }
  return Object.fromEntries([...values].map(([name, all]) => [name, figures(all)]));
}

async function once(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** One line of a section. */
export interface Row {
  subject: string;
  /** min, median, max as one figure each. */
  cells: readonly string[];
  /** What the figure means, or how it stands to its aim. */
  remark?: string;
}

export interface Section {
  title: string;
  columns: readonly string[];
  rows: readonly Row[];
  /** The same figures for machines. */
  data: Readonly<Record<string, unknown>>;
  /** Something could not be measured; its row says why. */
  failed?: boolean;
}

export const MILLISECONDS = ['min ms', 'median ms', 'max ms'] as const;

export function cellsOf(one: Figures): string[] {
  return [one.min, one.median, one.max].map((value) => value.toFixed(0));
}

export function aim(reached: boolean, text: string): string {
  return `aim ${text}: ${reached ? 'met' : 'MISSED'}`;
}

/** The section as text. */
export function sectionText({ title, columns, rows }: Section): string {
  const lines = table([
    ['', ...columns, ''],
    ...rows.map(({ subject, cells, remark }) => [subject, ...cells, remark ?? '']),
  ]);
  return [title, ...lines.map((line) => `  ${line}`)].join('\n');
}
