import { setTimeout as sleep } from 'node:timers/promises';
import { agentView } from '../cluster/agent-view.js';
import { moveStep } from '../cluster/move-step.js';
import { ExitCode, HastconfError } from '../errors.js';
import { gather } from '../facts/gather.js';
import { factsRequest } from '../facts/request.js';
import { say } from '../io.js';
import type { Prober } from '../measure/prober.js';
import type { Session } from './session.js';
import { carryOut, isExit, type StepRun } from './steps.js';

/** Milliseconds for what comes by itself after a move: CARP's election, a failed promotion that is undone. */
const PATIENCE_MS = 60_000;
const LOOK_EVERY_MS = 1000;

export interface Move {
  run: Omit<StepRun, 'remedy'>;
  session: Session;
  prober: Prober;
  from: string;
  to: string;
  /** Seconds for the agents. */
  seconds: number;
}

/** When a move began and ended; monotonic milliseconds. */
export interface Moved {
  askedAt: number;
  /** The agent said that it serves. */
  answeredAt: number;
  /** Storage and address were seen on the target. */
  servedAt: number;
}

/**
 * Moves the storage through the agents and waits until storage and address are seen on the target. When the target
 * cannot take over, the old primary has it in the end: exit 1, or 5 where an agent refused. A time-out is none of that:
 * exit 6, with what is going on.
 */
export async function move(work: Move): Promise<Moved> {
  const { run, to, seconds, prober } = work;
  const askedAt = performance.now();
  try {
    await carryOut({ ...run, remedy: 'hastconf status shows who serves' }, [moveStep(to, seconds)]);
  } catch (error) {
    if (isExit(error, ExitCode.Timeout) || isExit(error, ExitCode.Unreachable))
      throw await stillGoing(work, error);
    if (!isExit(error, ExitCode.StepFailed)) throw error;
    const failure = await fallBack(work, error);
    if (failure) throw failure;
  }
  const answeredAt = performance.now();
  const until = answeredAt + PATIENCE_MS;
  for (;;) {
    const servedAt = prober.firstServed(to, askedAt);
    if (servedAt !== undefined) return { askedAt, answeredAt, servedAt: Math.max(servedAt, askedAt) };
    if (performance.now() > until) throw await stillGoing(work, undefined);
    await sleep(100);
  }
}

/** What both agents say now, in a line each; a node that does not answer says nothing. */
async function said({ spec, targets }: Session): Promise<{ states: Map<string, string>; lines: string[] }> {
  const looks = targets.map((target) => gather(target, factsRequest(spec, target.node)).then(agentView));
  const views = await Promise.allSettled(looks);
  const states = new Map<string, string>();
  const lines = targets.map(({ node }, index) => {
    const look = views[index]!;
    const view = look.status === 'fulfilled' ? look.value : undefined;
    if (!view) return `${node}: no answer`;
    states.set(node, view.state);
    return `${node}: ${view.state}${view.reason === '' ? '' : ` (${view.reason})`}, copy ${view.fresh}`;
  });
  return { states, lines };
}

async function stillGoing(
  { session, to, seconds }: Move,
  error: HastconfError | undefined,
): Promise<HastconfError> {
  const { lines } = await said(session);
  const what =
    error?.exit === ExitCode.Unreachable
      ? `the connection to ${error.node ?? to} was lost during the move to ${to}; the agents go on without it`
      : error === undefined
        ? `${to} took the storage over, but storage and address were not seen there within ${PATIENCE_MS / 1000} s`
        : `the move to ${to} has not ended within ${seconds} s; the agents are still at it, and nothing was undone`;
  return new HastconfError(error?.exit ?? ExitCode.Timeout, what, {
    detail: lines.join('\n'),
    remedy: `follow it with: hastconf status --watch\non ${to}, its log: grep carp-hast-switch /var/log/messages`,
    ...(error === undefined ? {} : { cause: error }),
  });
}

/** The target could not take over: whoever served before is to serve again. Undefined: the target serves all the same. */
async function fallBack(work: Move, error: HastconfError): Promise<HastconfError | undefined> {
  const { session, run, from, to, seconds } = work;
  const refused = refusalOf(error);
  const until = performance.now() + PATIENCE_MS;
  let asked = false;
  for (;;) {
    const { states, lines } = await said(session);
    if (states.get(to) === 'serving') return undefined;
    const serving = states.get(from) === 'serving' ? from : undefined;
    if (serving !== undefined) return notMoved(error, { to, refused, serving, lines });
    if (states.get(from) === 'standby' && !asked) {
      asked = true;
      say(run.context.io, `${to} could not take over: ${from} takes the storage back`);
      await carryOut({ ...run, remedy: '' }, [moveStep(from, seconds)]).catch(() => undefined);
    } else if (performance.now() > until) return notMoved(error, { to, refused, serving: undefined, lines });
    else await sleep(LOOK_EVERY_MS);
  }
}

/** Why the agent would not begin; undefined when it began, for then it names the request itself. */
function refusalOf({ detail = '' }: HastconfError): string | undefined {
  const reason = /refused: (.*)/.exec(detail)?.[1]?.trim();
  return reason === 'requested' ? undefined : reason;
}

interface Outcome {
  to: string;
  refused: string | undefined;
  serving: string | undefined;
  lines: readonly string[];
}

function notMoved(error: HastconfError, { to, refused, serving, lines }: Outcome): HastconfError {
  const who = serving === undefined ? 'no node serves now' : `${serving} serves`;
  const why = refused === undefined ? `${to} could not take over` : `the agent on ${to} refused: ${refused}`;
  return new HastconfError(refused === undefined ? ExitCode.StepFailed : ExitCode.Refused, `${why}; ${who}`, {
    node: to,
    detail: [error.detail ?? error.message, ...lines].join('\n'),
    remedy: `carp-hast-switch status on ${to} says why, and so does its log: grep carp-hast-switch /var/log/messages`,
    cause: error,
  });
}
