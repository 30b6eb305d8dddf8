import { appendFile, readFile } from 'node:fs/promises';
import type { DrillReport } from '../report/drill-text.js';

/** Beside the cluster file: `cluster.drills.jsonl`, a line for each drill. */
export function historyPath(specPath: string): string {
  return `${specPath.replace(/\.ya?ml$/, '')}.drills.jsonl`;
}

/** The last drill of this kind; undefined: none, or the file cannot be read. Lines that are no report are passed over. */
export async function lastDrill(path: string, kind: DrillReport['kind']): Promise<DrillReport | undefined> {
  const text = await readFile(path, 'utf8').catch(() => '');
  return text
    .split('\n')
    .flatMap((line) => {
      try {
        const entry = JSON.parse(line) as Partial<DrillReport>;
        const fits =
          entry.kind === kind && typeof entry.longestGap === 'number' && typeof entry.time === 'string';
        return fits ? [entry as DrillReport] : [];
      } catch {
        return [];
      }
    })
    .at(-1);
}

export async function keepDrill(path: string, report: DrillReport): Promise<void> {
  await appendFile(path, `${JSON.stringify(report)}\n`);
}
