import { createHash } from 'node:crypto';
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AGENT } from '../node.js';
import { DecisionTable, INPUTS, type Observation } from '../table.js';

/** What decide() set: skew -1 is "keep". */
export interface Thought {
  action: string;
  reason: string;
  skew: number;
}

/** decide() over all its inputs: cells[row(...)] is an index into thoughts. */
export interface Brain {
  cells: Uint8Array;
  thoughts: Thought[];
}

/**
 * The agent's real decision function as a flat array. Tabulating takes dash several seconds, so the answer is kept in
 * the system's temporary directory under the checksum of the script and of the inputs.
 */
export async function loadBrain(): Promise<Brain> {
  const key = createHash('sha256').update(readFileSync(AGENT)).update(JSON.stringify(INPUTS)).digest('hex');
  const path = join(tmpdir(), `hastconf-decisions-${key.slice(0, 24)}.json`);
  try {
    return thaw(readFileSync(path, 'utf8'));
  } catch {
    const brain = fromTable(await DecisionTable.tabulate());
    writeFileSync(`${path}.${process.pid}`, freeze(brain));
    renameSync(`${path}.${process.pid}`, path);
    return brain;
  }
}

function fromTable(table: DecisionTable): Brain {
  const cells: number[] = [];
  const thoughts: Thought[] = [];
  const known = new Map<object, number>();
  table.each((_seen, verdict) => {
    let index = known.get(verdict);
    if (index === undefined) {
      index = thoughts.length;
      known.set(verdict, index);
      const skew = verdict.skew === 'keep' ? -1 : Number(verdict.skew);
      thoughts.push({ action: verdict.action, reason: verdict.reason, skew });
    }
    cells.push(index);
  });
  return { cells: Uint8Array.from(cells), thoughts };
}

function freeze(brain: Brain): string {
  return JSON.stringify({ thoughts: brain.thoughts, cells: Buffer.from(brain.cells).toString('base64') });
}

function thaw(text: string): Brain {
  const { thoughts, cells } = JSON.parse(text) as { thoughts: Thought[]; cells: string };
  return { thoughts, cells: new Uint8Array(Buffer.from(cells, 'base64')) };
}

/** A brain with another mind: change returns the new thought for a row, or undefined to leave it. */
export function alter(
  brain: Brain,
  change: (seen: Observation, thought: Thought) => Thought | undefined,
): Brain {
  const thoughts = [...brain.thoughts];
  const cells = Uint8Array.from(brain.cells);
  const names = Object.keys(INPUTS) as (keyof typeof INPUTS)[];
  for (let code = 0; code < cells.length; code += 1) {
    const thought = thoughts[cells[code] ?? 0];
    if (thought === undefined) continue;
    const changed = change(observation(code, names), thought);
    if (changed === undefined) continue;
    let index = thoughts.findIndex((t) => JSON.stringify(t) === JSON.stringify(changed));
    if (index < 0) index = thoughts.push(changed) - 1;
    cells[code] = index;
  }
  return { cells, thoughts };
}

function observation(code: number, names: (keyof typeof INPUTS)[]): Observation {
  const seen: Record<string, string> = {};
  let rest = code;
  for (let position = names.length - 1; position >= 0; position -= 1) {
    const values: readonly string[] = INPUTS[names[position] ?? 'carp'];
    seen[names[position] ?? ''] = values[rest % values.length] ?? '';
    rest = Math.floor(rest / values.length);
  }
  return seen as unknown as Observation;
}
