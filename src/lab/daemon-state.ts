import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

/** What `lab up` leaves in DIR/lab.json for the other commands. */
const stateSchema = z.object({
  pid: z.number(),
  /** Kernel's start time of that process: a pid alone may be somebody else's by now. */
  startTime: z.string(),
  /** Unix socket; not in DIR, whose path may be too long for one. */
  socket: z.string(),
  nodes: z.array(z.object({ name: z.string(), port: z.number() })),
});
export type DaemonState = z.infer<typeof stateSchema>;

const fileOf = (dir: string) => join(dir, 'lab.json');

/** The kernel's start time of a process, `` when it has ended. */
export function startTimeOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? '' : (fields[19] ?? '');
  } catch {
    return '';
  }
}

export async function writeState(dir: string, state: DaemonState): Promise<void> {
  await writeFile(fileOf(dir), `${JSON.stringify(state, null, 2)}\n`, { mode: 0o600 });
}

/** The lab that runs in `dir`; undefined when none does. What a dead one left behind is taken away. */
export async function runningLab(dir: string): Promise<DaemonState | undefined> {
  const text = await readFile(fileOf(dir), 'utf8').catch(() => undefined);
  if (text === undefined) return undefined;
  const state = stateSchema.safeParse(parseJson(text));
  if (state.success && startTimeOf(state.data.pid) === state.data.startTime) return state.data;
  await removeState(dir, state.success ? state.data : undefined);
  return undefined;
}

export async function removeState(dir: string, state: DaemonState | undefined): Promise<void> {
  if (state) await rm(join(state.socket, '..'), { recursive: true, force: true });
  await rm(fileOf(dir), { force: true });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
