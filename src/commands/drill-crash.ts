import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted } from '../apply/executor.js';
import { clearDeadLock } from '../apply/lock.js';
import { ExitCode, HastconfError } from '../errors.js';
import { say } from '../io.js';
import { connect } from '../remote/connect.js';
import type { Target } from '../remote/target.js';
import { nodeOf } from '../spec/types.js';
import { type Drill, mark, moveTo, phase, settle, verify } from './drill-run.js';
import { connectOptions, gatherAll, type Session } from './session.js';

/** Milliseconds for the script that ends its own machine: nobody answers any more. */
const CUT_MS = 15_000;
/** Milliseconds for the other node to serve; CARP's own detection is three seconds. */
const TAKE_OVER_MS = 120_000;
const LOOK_EVERY_MS = 2000;

/**
 * Cuts the primary off, waits for the standby to serve and for the other to return, and moves back. A machine that is back
 * before CARP has missed it may serve again itself.
 */
export async function crashPrimary(drill: Drill): Promise<void> {
  const { primary, standby } = drill.decision;
  await mark(drill, primary);
  await cut(drill.session, primary);
  const back = returned(drill, primary);
  const taker = await phase(drill, 'take over', standby, () => served(drill, performance.now(), back));
  await verify(drill, taker);
  await mark(drill, taker);
  await phase(drill, 'return', primary, () => back);
  await settle(drill, taker);
  if (taker !== primary) await moveTo(drill, taker, primary);
  await verify(drill, primary);
  await settle(drill, primary);
}

/** Cuts the standby off: the primary goes on, and what it writes meanwhile is copied when the other is back. */
export async function crashStandby(drill: Drill): Promise<void> {
  const { primary, standby } = drill.decision;
  await mark(drill, primary);
  await phase(drill, 'crash', standby, () => cut(drill.session, standby));
  await mark(drill, primary);
  await phase(drill, 'return', standby, () => returned(drill, standby));
  await settle(drill, primary);
  await verify(drill, primary);
}

/** No buffers written, no processes told: the nearest to a power cut that a script can do (reboot(8)). */
async function cut({ targets }: Session, node: string): Promise<void> {
  const target = targets.find((one) => one.node === node)!;
  const ended = await target.script('reboot -n -q\n', { timeoutMs: CUT_MS }).catch((error: unknown) => {
    if (
      error instanceof HastconfError &&
      [ExitCode.Unreachable, ExitCode.Timeout].includes(error.exit as never)
    )
      return undefined;
    throw error;
  });
  if (ended === undefined || ended.code === 0 || ended.code === null) return;
  throw new HastconfError(ExitCode.StepFailed, `${node} did not reboot`, {
    node,
    detail: ended.stderr.trim(),
    remedy: 'nothing was moved',
  });
}

/** The node that serves after the crash. */
async function served(
  { prober, run, decision }: Drill,
  since: number,
  back: Promise<number>,
): Promise<string> {
  const { primary, standby } = decision;
  let backAt = Number.POSITIVE_INFINITY;
  // Its failure is for whoever waits for it in the end.
  back.then(
    (at) => {
      backAt = at;
    },
    () => undefined,
  );
  const until = since + TAKE_OVER_MS;
  for (;;) {
    if (prober.firstServed(standby, since) !== undefined) return standby;
    if (prober.firstServed(primary, backAt) !== undefined) return primary;
    if (run.context.io.signal.aborted) throw interrupted();
    if (performance.now() > until) {
      throw new HastconfError(
        ExitCode.StepFailed,
        `${standby} has not taken over within ${TAKE_OVER_MS / 1000} s`,
        {
          node: standby,
          remedy: `carp-hast-switch status on ${standby} says why; hastconf status shows both nodes`,
        },
      );
    }
    await sleep(100);
  }
}

/** Waits until the node answers on a new connection, which takes the place of the old one; answers when that was. */
async function returned(drill: Drill, node: string): Promise<number> {
  const { session, run, prober, seconds } = drill;
  say(run.context.io, `waiting for ${node} to return, for at most ${seconds} s`);
  const target = await answering(drill, node);
  const targets = session.targets as Target[];
  const index = targets.findIndex((one) => one.node === node);
  await targets[index]!.close().catch(() => undefined);
  targets[index] = target;
  prober.watch(target);
  // Our own lock, which outlived the machine's crash on its disk, goes with this drill.
  drill.atEnd.push(async () => {
    const facts = await gatherAll(session.targets, session.spec);
    await clearDeadLock(target, facts[node]?.lock);
  });
  return performance.now();
}

async function answering({ session, run, seconds, over }: Drill, node: string): Promise<Target> {
  const { context } = run;
  const how = await connectOptions(context, { acceptNewHostKeys: false }, session.specPath);
  const until = performance.now() + seconds * 1000;
  for (;;) {
    if (over.aborted) throw interrupted();
    const target = await connect(nodeOf(session.spec, node), how).catch((error: unknown) => {
      if (error instanceof HastconfError && error.exit === ExitCode.Unreachable) return undefined;
      throw error;
    });
    if (target && (await target.exec(['true']).catch(() => undefined))?.code === 0) return target;
    await target?.close().catch(() => undefined);
    if (performance.now() > until) throw notReturned(node, seconds);
    await sleep(LOOK_EVERY_MS, undefined, { signal: over }).catch(() => undefined);
  }
}

function notReturned(node: string, seconds: number): HastconfError {
  return new HastconfError(ExitCode.Timeout, `${node} has not returned within ${seconds} s`, {
    node,
    remedy: `look at its console; the other node goes on alone, and hastconf status says when ${node} is back`,
  });
}
