import { ExitCode } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import { duration } from '../report/text.js';
import { stalledError } from '../sync/explain.js';
import type { SyncOutcome } from '../sync/types.js';
import { type ConnectionFlags, openSession, type Session } from './session.js';
import { type SyncLimits, stallTimeoutMs, watchSync } from './watch-sync.js';

export interface WaitOptions extends ConnectionFlags, SyncLimits {}

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
    const outcome = await watchSync(context, session, options);
    report(context.io, context.global.json, session.spec, outcome);
    if (outcome.result === 'stalled') throw stalledError(outcome, stallTimeoutMs(options));
    return ExitCode.Done;
  } finally {
    await session.close();
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
