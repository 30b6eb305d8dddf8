import { takeLock } from '../apply/lock.js';
import { lockOwner } from '../apply/lock-owner.js';
import { type CommandContext, say } from '../io.js';
import type { Target } from '../remote/target.js';
import { whileDoing } from './while.js';

export interface LockWish {
  /** Names the run: what its lock, its journals and its backups go by. */
  id: string;
  /** The command, as others are told it. */
  command: string;
  breakLock: boolean;
}

/** Does the work under the pair's lock and gives it back whatever comes; a lock that stays behind is named. */
export async function underLock<T>(
  { io }: CommandContext,
  targets: readonly Target[],
  { id, command, breakLock }: LockWish,
  work: () => Promise<T>,
): Promise<T> {
  const owner = await lockOwner(id, command, io.now());
  const release = await whileDoing('taking the lock', takeLock(targets, owner, breakLock));
  const nodes = targets.map(({ node }) => node);
  const noted = io.unfinished?.add(() => nodes.map(left));
  try {
    return await work();
  } finally {
    for (const node of await release()) say(io, left(node));
    noted?.();
  }
}

function left(node: string): string {
  return `the lock on ${node} stays behind: the next hastconf on this machine takes it over, on another one it wants --break-lock`;
}
