import { appendFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Io } from '../io.js';
import { stateHome } from '../local-user.js';

/** The local log of one run; the nodes keep their own journal in /var/db/hastconf/journal. */
export interface RunLog {
  path: string;
  /** Appends one JSON line; never throws: a full disk here must not stop a set-up there. */
  write(entry: Readonly<Record<string, unknown>>): void;
}

/** Opens `$XDG_STATE_HOME/hastconf/CLUSTER.log` (0600). Entries carry no secrets: steps are named, not shown. */
export async function openRunLog(io: Io, cluster: string, runId: string): Promise<RunLog> {
  const directory = stateHome(io.env);
  if (directory === undefined) return { path: '', write: () => undefined };
  const path = join(directory, `${cluster}.log`);
  await mkdir(directory, { recursive: true, mode: 0o700 }).catch(() => undefined);
  let queue: Promise<void> = Promise.resolve();
  return {
    path,
    write(entry) {
      const line = `${JSON.stringify({ at: io.now().toISOString(), run: runId, ...entry })}\n`;
      queue = queue.then(() => appendFile(path, line, { mode: 0o600 })).catch(() => undefined);
    },
  };
}
