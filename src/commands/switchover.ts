import { checkLines, failedChecks } from '../cluster/check.js';
import { MOVE_SECONDS } from '../cluster/move-step.js';
import { decideSwitchover, type SwitchoverDecision } from '../cluster/switchover.js';
import { ExitCode, HastconfError, ProblemsError } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import { rounded, totalSeconds } from '../measure/outage.js';
import { Prober } from '../measure/prober.js';
import type { PairFacts } from '../plan/types.js';
import { type MoveMeasures, type MoveReport, measureRows } from '../report/move-text.js';
import { table } from '../report/text.js';
import { type Moved, move } from './move.js';
import { type ConnectionFlags, gatherAll, noSuchNode, openSession, type Session } from './session.js';
import { settled } from './settled.js';
import { locked } from './steps.js';

export interface SwitchoverOptions extends ConnectionFlags {
  to?: string;
  dryRun: boolean;
  breakLock: boolean;
  /** Seconds for the agents. */
  timeout?: number;
}

/**
 * `hastconf switchover`: a planned move with its measured interruption. 0 moved, or nothing to do · 1 the target could
 * not take over · 3 a check failed before anything was touched · 5 an agent refused · 6 it has not ended in time.
 */
export async function run(context: CommandContext, options: SwitchoverOptions): Promise<ExitCode> {
  const session = await openSession(context, options);
  try {
    knownNode(session, options.to);
    const facts = await gatherAll(session.targets, session.spec);
    const decision = decideSwitchover(session.spec, facts, options.to);
    const nothing = report(session, decision, { dryRun: options.dryRun });
    if (decision.nothingToDo) {
      tell(context, nothing, `Nothing to do: ${decision.to} serves already.`);
      return ExitCode.Done;
    }
    refuseFailed(decision);
    if (!context.global.json) for (const line of checkLines(decision.checks)) say(context.io, line);
    if (options.dryRun) {
      tell(context, nothing, `${decision.to} could take over from ${decision.from}; nothing was changed.`);
      return ExitCode.Done;
    }
    await consent(context, decision);
    return await moveNow(context, session, options, decision);
  } finally {
    await session.close();
  }
}

function knownNode({ spec }: Session, to: string | undefined): void {
  if (to !== undefined && !spec.nodes.some(({ name }) => name === to)) throw noSuchNode(spec, to);
}

function refuseFailed({ to, checks }: SwitchoverDecision): void {
  const problems = failedChecks(checks);
  if (problems.length === 0) return;
  throw new ProblemsError(ExitCode.Preflight, `${to} cannot take over now`, problems, {
    remedy: 'nothing was changed',
  });
}

/** Typing the command is consent where nobody can be asked. */
async function consent({ io, global }: CommandContext, { from, to }: SwitchoverDecision): Promise<void> {
  if (global.yes || !global.input) return;
  const { createAsker } = await import('../wizard/ask.js');
  const question = `Move the storage from ${from} to ${to}? Clients are without it for some seconds.`;
  if (await createAsker(io).confirm(question)) return;
  throw new HastconfError(ExitCode.Interrupted, 'not moved', { remedy: 'nothing was changed' });
}

async function moveNow(
  context: CommandContext,
  session: Session,
  options: SwitchoverOptions,
  shown: SwitchoverDecision,
): Promise<ExitCode> {
  const { io } = context;
  return await locked(context, session, 'switchover', options.breakLock, async (run) => {
    const facts = await gatherAll(session.targets, session.spec);
    const decision = decideSwitchover(session.spec, facts, shown.to);
    refuseFailed(decision);
    const { from, to } = decision;
    if (from === undefined || decision.nothingToDo) {
      tell(context, report(session, decision, {}), `Nothing to do: ${to} serves already.`);
      return ExitCode.Done;
    }
    const { moved, measured } = await measuredMove(session, facts, (prober) =>
      move({ run, session, prober, from, to, seconds: options.timeout ?? MOVE_SECONDS }),
    );
    run.log.write({ event: 'switchover', from, to, ...measured });
    say(
      io,
      `${to} serves after ${rounded(moved.servedAt - moved.askedAt).toFixed(1)} s; waiting until ${from} is its standby`,
    );
    const { problems } = await settled(session, io.signal);
    const lines = [`Moved from ${from} to ${to}.`, '', ...table(measureRows(measured))];
    tell(context, report(session, decision, { measured, problems }), lines.join('\n'));
    return finish(problems, from, to);
  });
}

/** A move under the eyes of a prober. */
export async function measuredMove(
  session: Session,
  facts: PairFacts,
  work: (prober: Prober) => Promise<Moved>,
): Promise<{ moved: Moved; measured: MoveMeasures }> {
  const prober = new Prober(session.spec, session.targets, facts);
  try {
    await prober.ready();
    const moved = await work(prober);
    return { moved, measured: measuresOf(prober, moved.askedAt, performance.now(), moved) };
  } finally {
    await prober.stop();
  }
}

/** What was seen between two moments. */
export function measuresOf(prober: Prober, from: number, to: number, moved: Moved): MoveMeasures {
  const { storage, address, service } = prober.outages(from, to);
  const here = prober.fromHere(from, to);
  return {
    total: rounded(moved.servedAt - moved.askedAt),
    withoutStorage: totalSeconds(storage),
    withoutAddress: totalSeconds(address),
    withoutService: totalSeconds(service),
    fromHere: here === undefined ? null : totalSeconds(here),
  };
}

/** The storage has moved; what is left is the standby's way back to a fresh copy. */
function finish(problems: MoveReport['problems'], from: string, to: string): ExitCode {
  if (problems.length === 0) return ExitCode.Done;
  throw new ProblemsError(ExitCode.Timeout, `${to} serves, but the pair is not protected yet`, problems, {
    remedy: `${from} may still catch up: hastconf wait, then hastconf status`,
  });
}

function report(
  { spec }: Session,
  { from, to, checks }: SwitchoverDecision,
  rest: { dryRun?: boolean; measured?: MoveMeasures; problems?: MoveReport['problems'] },
): MoveReport {
  return {
    version: 1,
    cluster: spec.name,
    from: from ?? null,
    to,
    moved: rest.measured !== undefined,
    dryRun: rest.dryRun ?? false,
    checks,
    measured: rest.measured ?? null,
    problems: rest.problems ?? [],
  };
}

function tell({ io, global }: CommandContext, document: MoveReport, text: string): void {
  printResult(io, global.json ? JSON.stringify(document, null, 2) : text);
}
