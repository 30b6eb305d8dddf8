import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Io } from '../io.js';
import { stateHome } from '../local-user.js';
import type { NodeReading } from '../report/status-types.js';

/** When each node was last reached from this machine, ISO 8601. */
export interface LastSeen {
  read(): Promise<Readonly<Record<string, string>>>;
  /** Never throws: a full disk here must not hide the nodes' state. */
  write(seen: Readonly<Record<string, string>>): Promise<void>;
}

/** Kept in `$XDG_STATE_HOME/hastconf/CLUSTER.seen.json`, beside the log. */
export function lastSeenFile(io: Io, cluster: string): LastSeen {
  const directory = stateHome(io.env);
  if (directory === undefined) return { read: async () => ({}), write: async () => undefined };
  const path = join(directory, `${cluster}.seen.json`);
  return {
    async read() {
      const text = await readFile(path, 'utf8').catch(() => '{}');
      return timesOf(text);
    },
    async write(seen) {
      const temporary = `${path}.${process.pid}`;
      await mkdir(directory, { recursive: true, mode: 0o700 })
        .then(() => writeFile(temporary, `${JSON.stringify(seen)}\n`, { mode: 0o600 }))
        .then(() => rename(temporary, path))
        .catch(() => undefined);
    },
  };
}

/** Remembers who answered; what was known of the others before. */
export async function noteSeen(
  now: Date,
  readings: readonly NodeReading[],
  seen: LastSeen,
): Promise<Readonly<Record<string, string>>> {
  const before = await seen.read();
  const answered = readings.filter((reading) => 'facts' in reading);
  const after = { ...before, ...Object.fromEntries(answered.map(({ node }) => [node, now.toISOString()])) };
  if (answered.length > 0) await seen.write(after);
  return before;
}

function timesOf(text: string): Record<string, string> {
  let known: unknown;
  try {
    known = JSON.parse(text);
  } catch {
    return {};
  }
  if (typeof known !== 'object' || known === null) return {};
  return Object.fromEntries(
    Object.entries(known).flatMap(([node, time]) =>
      typeof time === 'string' && !Number.isNaN(Date.parse(time)) ? [[node, time] as const] : [],
    ),
  );
}
