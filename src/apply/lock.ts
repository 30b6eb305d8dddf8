import { hostname, userInfo } from 'node:os';
import { ExitCode, HastconfError } from '../errors.js';
import type { ExecResult, Target } from '../remote/target.js';
import { quoteWord } from '../remote/words.js';
import { LOCK_DIR, LOCK_GUARD, STATE_DIR } from '../spec/paths.js';
import { exclusive } from './exclusive.js';

/** Who holds a pair's lock; written into it as JSON. */
export interface LockOwner {
  id: string;
  user: string;
  host: string;
  pid: number;
  /** ISO 8601. */
  since: string;
  command: string;
}

const HELD = 3;
const GUARD_SECONDS = 10;
/** The line may be what ended the run. */
const RELEASE_MS = 20_000;

/** This process as a lock owner. */
export function lockOwner(id: string, command: string, now: Date): LockOwner {
  return {
    id,
    user: userInfo().username,
    host: hostname(),
    pid: process.pid,
    since: now.toISOString(),
    command,
  };
}

/**
 * Takes the lock on every node, or on none (exit 8). A lock left behind by a process of this machine that
 * no longer lives is taken over; any other one only with `breakLock`. Answers what gives it back again, and that the
 * nodes on which it could not be.
 */
export async function takeLock(
  targets: readonly Target[],
  owner: LockOwner,
  breakLock: boolean,
): Promise<() => Promise<readonly string[]>> {
  const taken: Target[] = [];
  const release = async () => {
    const ends = await Promise.allSettled(taken.map((target) => releaseOne(target, owner)));
    return taken.flatMap(({ node }, at) => (isReleased(ends[at]) ? [] : [node]));
  };
  try {
    for (const target of targets) {
      await takeOne(target, owner, breakLock);
      taken.push(target);
    }
  } catch (error) {
    await release();
    throw error;
  }
  return release;
}

/** Takes a lock away that a process of this machine left behind when its connection was cut. */
export async function clearDeadLock(target: Target, lock: string | undefined): Promise<void> {
  const owner = lock === undefined ? undefined : parseOwner(lock);
  if (owner && isDead(owner)) await releaseOne(target, owner);
}

async function takeOne(target: Target, owner: LockOwner, breakLock: boolean): Promise<void> {
  const first = await target.script(takeScript(owner, ''));
  if (first.code === 0) return;
  if (first.code !== HELD) throw cannotLock(target, first.stderr);
  const holder = parseOwner(first.stdout);
  if (!breakLock && holder && !isDead(holder)) throw locked(target, holder);
  const second = await target.script(takeScript(owner, holder?.id ?? 'none'));
  if (second.code === 0) return;
  throw second.code === HELD ? locked(target, parseOwner(second.stdout)) : cannotLock(target, second.stderr);
}

/**
 * `replaces`: id of the dead owner whose lock is taken away first; never anybody else's. One without an owner was
 * left by somebody who died in taking it: nobody else is in this script meanwhile.
 */
function takeScript(owner: LockOwner, replaces: string): string {
  const clear = `case $(cat ${LOCK_DIR}/owner 2>/dev/null) in *${quoteWord(`"id":"${replaces}"`)}*|'') rm -rf ${LOCK_DIR} ;; esac`;
  const script = `
mkdir -p ${quoteWord(STATE_DIR)} || exit 1
${replaces === '' ? '' : clear}
if mkdir ${LOCK_DIR} 2>/dev/null; then
	printf '%s\\n' ${quoteWord(JSON.stringify(owner))} > ${LOCK_DIR}/owner && exit 0
	rm -rf ${LOCK_DIR}
	exit 1
fi
cat ${LOCK_DIR}/owner 2>/dev/null
[ -d ${LOCK_DIR} ] && exit ${HELD}
echo "cannot make ${LOCK_DIR}" >&2
exit 1
`;
  return exclusive(LOCK_GUARD, GUARD_SECONDS, script);
}

function isReleased(end: PromiseSettledResult<ExecResult> | undefined): boolean {
  return end?.status === 'fulfilled' && end.value.code === 0;
}

async function releaseOne(target: Target, owner: LockOwner): Promise<ExecResult> {
  const mine = quoteWord(`"id":"${owner.id}"`);
  const script = `case $(cat ${LOCK_DIR}/owner 2>/dev/null) in *${mine}*) rm -rf ${LOCK_DIR} ;; esac`;
  return target.script(exclusive(LOCK_GUARD, GUARD_SECONDS, script), { timeoutMs: RELEASE_MS });
}

function parseOwner(text: string): LockOwner | undefined {
  try {
    return JSON.parse(text) as LockOwner;
  } catch {
    return undefined;
  }
}

/** Only a process of this very machine can be seen to be gone. */
function isDead(owner: LockOwner): boolean {
  if (owner.host !== hostname()) return false;
  if (owner.pid === process.pid) return true;
  try {
    process.kill(owner.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function locked(target: Target, holder: LockOwner | undefined): HastconfError {
  const who = holder
    ? `${holder.user}@${holder.host} (pid ${holder.pid}, ${holder.command}, since ${holder.since})`
    : 'somebody unknown';
  return new HastconfError(ExitCode.Locked, `another hastconf works on ${target.node}: ${who}`, {
    node: target.node,
    remedy: 'wait for it; if it is gone for good, add --break-lock',
  });
}

function cannotLock(target: Target, stderr: string): HastconfError {
  return new HastconfError(ExitCode.StepFailed, `cannot take the lock on ${target.node}`, {
    node: target.node,
    detail: stderr.trim(),
    remedy: `make ${STATE_DIR} writable (is the disk full?), then run it again`,
  });
}
