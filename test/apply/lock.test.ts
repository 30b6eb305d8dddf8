import { hostname, userInfo } from 'node:os';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { clearDeadLock, type LockOwner, lockOwner, takeLock } from '../../src/apply/lock.js';
import { ExitCode } from '../../src/errors.js';
import { nodeTargets } from './node-target.js';

const OWNER = '/var/db/hastconf/lock/owner';
let nodes: Awaited<ReturnType<typeof nodeTargets>>;
beforeAll(async () => {
  nodes = await nodeTargets();
});
afterEach(async () => {
  for (const node of [nodes.hasta, nodes.hastb]) await node.script('rm -rf /var/db/hastconf/lock');
});
afterAll(() => nodes.stop());

const targets = () => [nodes.hasta, nodes.hastb];
const mine = (id = 'mine') => lockOwner(id, 'apply', new Date('2026-11-20T12:00:00Z'));
const holders = () =>
  Promise.all(targets().map(async (node) => JSON.parse((await node.readFile(OWNER)) ?? 'null')?.id));

/** What somebody else's lock looks like; by default of a process that lives: the one that started this one. */
async function held(node: 'hasta' | 'hastb', more: Partial<LockOwner> = {}): Promise<LockOwner> {
  const owner = { ...mine('theirs'), user: 'ann', pid: process.ppid, ...more };
  await nodes[node].script(
    `mkdir -p /var/db/hastconf/lock && cat >${OWNER} <<'END'\n${JSON.stringify(owner)}\nEND`,
  );
  return owner;
}

describe('the lock', () => {
  it('is taken on both nodes, tells whose it is, and is given back', async () => {
    const release = await takeLock(targets(), mine(), false);
    expect(JSON.parse((await nodes.hastb.readFile(OWNER)) ?? '')).toEqual({
      id: 'mine',
      user: userInfo().username,
      host: hostname(),
      pid: process.pid,
      since: '2026-11-20T12:00:00.000Z',
      command: 'apply',
    });
    await release();
    expect(await holders()).toEqual([undefined, undefined]);
  });

  it('of somebody who lives is left alone, and taken on no other node either', async () => {
    await held('hastb');
    await expect(takeLock(targets(), mine(), false)).rejects.toMatchObject({
      exit: ExitCode.Locked,
      node: 'hastb',
      message: `another hastconf works on hastb: ann@${hostname()} (pid ${process.ppid}, apply, since 2026-11-20T12:00:00.000Z)`,
      remedy: expect.stringContaining('--break-lock'),
    });
    expect(await holders()).toEqual([undefined, 'theirs']);
  });

  it('of another machine is broken only when that is asked for', async () => {
    await held('hasta', { host: 'elsewhere', pid: 1 });
    await expect(takeLock(targets(), mine(), false)).rejects.toMatchObject({ exit: ExitCode.Locked });
    await takeLock(targets(), mine(), true);
    expect(await holders()).toEqual(['mine', 'mine']);
  });

  it('of a process of this machine that has ended is taken over', async () => {
    await held('hasta', { pid: 0x7fffffff });
    await takeLock(targets(), mine(), false);
    expect(await holders()).toEqual(['mine', 'mine']);
  });

  it('without an owner was left by somebody who died in taking it', async () => {
    await nodes.hasta.script('mkdir -p /var/db/hastconf/lock');
    await takeLock(targets(), mine(), false);
    expect(await holders()).toEqual(['mine', 'mine']);
  });

  it('is not given back for others', async () => {
    const release = await takeLock(targets(), mine(), false);
    await held('hastb');
    await release();
    expect(await holders()).toEqual([undefined, 'theirs']);
  });

  it.each(['a free lock', 'a dead one’s'])('is won by one of many: %s', async (what) => {
    if (what !== 'a free lock') await held('hasta', { pid: 0x7fffffff });
    const owners = Array.from({ length: 8 }, (_, at) => ({ ...mine(`n${at}`), pid: process.ppid }));
    const all = await Promise.allSettled(owners.map((owner) => takeLock([nodes.hasta], owner, false)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const one of all)
      if (one.status === 'rejected') expect(one.reason).toMatchObject({ exit: ExitCode.Locked });
  });

  it('is cleared when it is a dead one’s', async () => {
    const living = await held('hasta');
    await clearDeadLock(nodes.hasta, JSON.stringify(living));
    expect((await holders())[0]).toBe('theirs');
    const dead = await held('hasta', { pid: 0x7fffffff });
    await clearDeadLock(nodes.hasta, JSON.stringify(dead));
    expect((await holders())[0]).toBeUndefined();
  });
});
