import { performance } from 'node:perf_hooks';
import { ExitCode } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import { createProgressView, progressMode } from '../report/progress-view.js';
import { duration } from '../report/text.js';
import { stalledError } from '../sync/explain.js';
import type { SyncOutcome } from '../sync/types.js';
import { STALL_TIMEOUT_MS, waitForSync } from '../sync/wait.js';
import { type ConnectionFlags, openSession, type Session } from './session.js';

export interface WaitOptions extends ConnectionFlags {
  /** Seconds for the whole wait; undefined: no limit. */
  timeout?: number;
  /** Seconds without progress until it counts as stalled; default 60. */
  stallTimeout?: number;
}

type OpenSession = (
  context: CommandContext,
  flags: ConnectionFlags,
) => Promise<Pick<Session, 'spec' | 'targets' | 'close'>>;

/** `hastconf wait`: 0 in sync · 1 stalled · 4 a node cannot be reached · 6 timed out · 130 interrupted. */
export async function run(
  context: CommandContext,
  options: WaitOptions,
  open: OpenSession = openSession,
): Promise<ExitCode> {
  const session = await open(context, options);
  try {
    const outcome = await watchWithView(context, session, options);
    if (outcome.result === 'stalled') throw stalledError(outcome, stallTimeoutMs(options));
    return ExitCode.Done;
  } finally {
    await session.close();
  }
}

function stallTimeoutMs({ stallTimeout }: WaitOptions): number {
  return stallTimeout === undefined ? STALL_TIMEOUT_MS : stallTimeout * 1000;
}

async function watchWithView(
  { io, global }: CommandContext,
  { spec, targets }: Pick<Session, 'spec' | 'targets'>,
  options: WaitOptions,
): Promise<SyncOutcome> {
  const stream = global.json ? io.stdout : io.stderr;
  const view = createProgressView({
    mode: progressMode(stream, global.json),
    stream,
    color: global.color,
    now: () => performance.now(),
  });
  try {
    const outcome = await waitForSync(targets, spec, {
      stallTimeoutMs: stallTimeoutMs(options),
      ...(options.timeout === undefined ? {} : { timeoutMs: options.timeout * 1000 }),
      signal: io.signal,
      onProgress: (progress) => view.update(progress),
    });
    view.end();
    report(io, global.json, spec, outcome);
    return outcome;
  } finally {
    view.end();
  }
}

function report(io: CommandContext['io'], json: boolean, spec: Session['spec'], outcome: SyncOutcome): void {
  const { result, durationMs, progress } = outcome;
  if (json) {
    const seconds = Math.round(durationMs / 100) / 10;
    printResult(io, JSON.stringify({ event: 'result', result, dirty: progress.dirty, seconds }));
  } else if (result === 'in-sync') {
    const count = spec.resources.length;
    const what = count === 1 ? 'its resource is' : `all ${count} resources are`;
    say(io, `${spec.name}: ${what} in sync (waited ${duration(durationMs)})`);
  }
}
