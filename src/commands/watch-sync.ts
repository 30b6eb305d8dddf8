import { performance } from 'node:perf_hooks';
import type { CommandContext } from '../io.js';
import { createProgressView, progressMode } from '../report/progress-view.js';
import type { SyncOutcome } from '../sync/types.js';
import { STALL_TIMEOUT_MS, waitForSync } from '../sync/wait.js';
import type { Session } from './session.js';

/** How long to wait for the nodes to be in sync, in seconds. */
export interface SyncLimits {
  /** For the whole wait; undefined: no limit. */
  timeout?: number;
  /** Without progress until it counts as stalled; default 60. */
  stallTimeout?: number;
}

export function stallTimeoutMs({ stallTimeout }: SyncLimits): number {
  return stallTimeout === undefined ? STALL_TIMEOUT_MS : stallTimeout * 1000;
}

/** Waits for zero dirty bytes and shows it: JSON lines on stdout, anything else on stderr. */
export async function watchSync(
  { io, global }: CommandContext,
  { spec, targets }: Pick<Session, 'spec' | 'targets'>,
  limits: SyncLimits,
): Promise<SyncOutcome> {
  const stream = global.json ? io.stdout : io.stderr;
  const view = createProgressView({
    mode: progressMode(stream, global.json),
    stream,
    color: global.color,
    now: () => performance.now(),
  });
  try {
    return await waitForSync(targets, spec, {
      stallTimeoutMs: stallTimeoutMs(limits),
      ...(limits.timeout === undefined ? {} : { timeoutMs: limits.timeout * 1000 }),
      signal: io.signal,
      onProgress: (progress) => view.update(progress),
    });
  } finally {
    view.end();
  }
}
