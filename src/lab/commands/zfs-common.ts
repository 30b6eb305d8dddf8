import type { CommandResult } from '../types.js';
import { type Pool, ZfsError } from '../world/pool.js';
import { fail, type Invocation, type Program } from './program.js';

/** zpool(8) and zfs(8) load zfs.ko by themselves (measured §3.11). */
export function loaded(program: Program): Program {
  return async (run) => {
    if (!run.machine.modules.has('zfs')) {
      run.machine.modules.add('zfs');
      run.machine.kernel('ZFS storage pool version: features support (5000)');
    }
    try {
      return await program(run);
    } catch (error) {
      if (error instanceof ZfsError) return fail(1, error.message);
      throw error;
    }
  };
}

export type Verb = (run: Invocation, words: readonly string[]) => Promise<CommandResult>;

export function pools(run: Invocation, names: readonly string[]): { list: Pool[]; stderr: string } {
  const all = run.machine.zfs.pools;
  if (names.length === 0) return { list: [...all.values()], stderr: '' };
  const list: Pool[] = [];
  let stderr = '';
  for (const name of names) {
    const pool = all.get(name);
    if (pool === undefined) stderr += `cannot open '${name}': no such pool\n`;
    else list.push(pool);
  }
  return { list, stderr };
}

/** What a new pool allocates, as measured; contents are not counted. */
export const ALLOCATED = 587_776;

/** With the reservations of its volumes. */
export function used(pool: Pool): number {
  return ALLOCATED + pool.label.volumes.reduce((sum, one) => sum + one.size, 0);
}
