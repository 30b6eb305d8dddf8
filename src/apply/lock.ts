import { ExitCode, HastconfError } from '../errors.js';
import type { ExecResult, Target } from '../remote/target.js';
import { quoteWord } from '../remote/words.js';
import { LOCK_DIR, LOCK_GUARD, STATE_DIR } from '../spec/paths.js';
import { exclusive } from './exclusive.js';
import { type Life, type LockOwner, lifeOf, parseOwner } from './lock-owner.js';

const HELD = 3;
const GUARD_SECONDS = 10;
/** The line may be what ended the run. */
const RELEASE_MS = 20_000;

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
  const taken = new Set<string>();
  const release = async () => {
    // By name: a node that was rebooted meanwhile has another line now.
    const held = targets.filter(({ node }) => taken.has(node));
    const ends = await Promise.allSettled(held.map((target) => releaseOne(target, owner)));
    return held.flatMap(({ node }, at) => (isReleased(ends[at]) ? [] : [node]));
  };
  try {
    for (const target of targets) {
      await takeOne(target, owner, breakLock);
      taken.add(target.node);
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
  if (owner && (await lifeOf(owner)) === 'gone') await releaseOne(target, owner);
}

async function takeOne(target: Target, owner: LockOwner, breakLock: boolean): Promise<void> {
  const first = await target.script(takeScript(owner, ''));
  if (first.code === 0) return;
  if (first.code !== HELD) throw cannotLock(target, first.stderr);
  const holder = parseOwner(first.stdout);
  const life = holder && (await lifeOf(holder));
  if (!breakLock && holder && life !== 'gone') throw locked(target, holder, life);
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
	printf '%s\\n' ${quoteWord(JSON.stringify(owner))} > ${LOCK_DIR}/owner && { fsync ${LOCK_DIR}/owner 2>/dev/null; exit 0; }
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

function locked(target: Target, holder: LockOwner | undefined, life: Life = 'unknown'): HastconfError {
  const who = holder ? describeOwner(holder) : 'somebody unknown';
  const where = holder ? `on ${holder.host}` : `on ${target.node} (${LOCK_DIR}/owner)`;
  return new HastconfError(ExitCode.Locked, `another hastconf works on ${target.node}: ${who}`, {
    node: target.node,
    remedy:
      life === 'lives'
        ? 'wait for it'
        : `whether it still runs cannot be told from here: look ${where}, and if it is gone for good, add --break-lock`,
  });
}

function describeOwner({ user, host, pid, command, since }: LockOwner): string {
  return `${user}@${host} (pid ${pid}, ${command}, since ${since})`;
}

/** Shell condition: the lock is still this run's. */
export function holdsLock(id: string): string {
  return `case $(cat ${LOCK_DIR}/owner 2>/dev/null) in *${quoteWord(`"id":"${id}"`)}*) ;; *) false ;; esac`;
}

/** For a step that was not begun because its run's lock has gone. */
export function lostLock(node: string, title: string, owner: string): HastconfError {
  const holder = parseOwner(owner);
  const who = holder ? `it is ${describeOwner(holder)}'s now` : 'nobody holds it now';
  return new HastconfError(
    ExitCode.Locked,
    `${node}: this run's lock was taken away, so "${title}" was not begun; ${who}`,
    {
      node,
      remedy: 'somebody gave --break-lock; once that run has ended, hastconf apply looks again and goes on',
    },
  );
}

function cannotLock(target: Target, stderr: string): HastconfError {
  return new HastconfError(ExitCode.StepFailed, `cannot take the lock on ${target.node}`, {
    node: target.node,
    detail: stderr.trim(),
    remedy: `make ${STATE_DIR} writable (is the disk full?), then run it again`,
  });
}
