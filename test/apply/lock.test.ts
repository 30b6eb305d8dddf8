import { spawn } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { hostname, userInfo } from 'node:os';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { clearDeadLock, takeLock } from '../../src/apply/lock.js';
import { type LockOwner, lifeOf, lockOwner, parseOwner } from '../../src/apply/lock-owner.js';
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
/** One that lives, and is not this one. */
const other = spawn('sleep', ['600'], { stdio: 'ignore' });
afterAll(() => other.kill());
const holders = () =>
  Promise.all(targets().map(async (node) => JSON.parse((await node.readFile(OWNER)) ?? 'null')?.id));

async function living(): Promise<{ pid: number; started: string }> {
  const stat = await readFile(`/proc/${other.pid}/stat`, 'latin1');
  return { pid: other.pid!, started: `ticks ${stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]}` };
}

/** What somebody else's lock looks like; by default of a process that lives. */
async function held(node: 'hasta' | 'hastb', more: Partial<LockOwner> = {}): Promise<LockOwner> {
  const owner = { ...(await mine('theirs')), user: 'ann', ...(await living()), ...more };
  await nodes[node].script(
    `mkdir -p /var/db/hastconf/lock && cat >${OWNER} <<'END'\n${JSON.stringify(owner)}\nEND`,
  );
  return owner;
}

describe('the lock', () => {
  it('is taken on both nodes, tells whose it is, and is given back', async () => {
    const release = await takeLock(targets(), await mine(), false);
    expect(JSON.parse((await nodes.hastb.readFile(OWNER)) ?? '')).toEqual({
      id: 'mine',
      user: userInfo().username,
      host: hostname(),
      machine: expect.stringContaining(' pid:['),
      boot: expect.stringContaining(' pid:['),
      pid: process.pid,
      started: expect.stringMatching(/^ticks \d+$/),
      since: '2026-11-20T12:00:00.000Z',
      command: 'apply',
    });
    await release();
    expect(await holders()).toEqual([undefined, undefined]);
  });

  it('of somebody who lives is left alone, and taken on no other node either', async () => {
    await held('hastb');
    await expect(takeLock(targets(), await mine(), false)).rejects.toMatchObject({
      exit: ExitCode.Locked,
      node: 'hastb',
      message: `another hastconf works on hastb: ann@${hostname()} (pid ${other.pid}, apply, since 2026-11-20T12:00:00.000Z)`,
      remedy: 'wait for it',
    });
    expect(await holders()).toEqual([undefined, 'theirs']);
  });

  it.each([
    ['another machine, whatever its name', { machine: 'elsewhere', boot: 'elsewhere', pid: 0x7fffffff }],
    ['an older hastconf, which said less', { machine: undefined, boot: undefined, started: undefined }],
    ['a process that has the number now', { started: undefined }],
  ])('of %s is broken only when that is asked for', async (_what, more) => {
    await held('hasta', more as Partial<LockOwner>);
    await expect(takeLock(targets(), await mine(), false)).rejects.toMatchObject({
      exit: ExitCode.Locked,
      remedy: expect.stringMatching(/cannot be told from here: look on .*--break-lock/),
    });
    await takeLock(targets(), await mine(), true);
    expect(await holders()).toEqual(['mine', 'mine']);
  });

  it.each([
    ['has ended', { pid: 0x7fffffff }],
    ['had its number given to another one', { started: 'ticks 1' }],
    ['went with the boot before', { boot: 'an older one' }],
  ])('of a process of this machine that %s is taken over', async (_what, more) => {
    await held('hasta', more);
    await takeLock(targets(), await mine(), false);
    expect(await holders()).toEqual(['mine', 'mine']);
  });

  it('of another container on this machine, whose numbers mean nothing here, is not', async () => {
    const { machine = '', boot = '' } = await mine();
    const elsewhere = (id: string) => id.replace(/pid:.*/, 'pid:[1]');
    await held('hasta', { machine: elsewhere(machine), boot: elsewhere(boot), pid: 0x7fffffff });
    await expect(takeLock(targets(), await mine(), false)).rejects.toMatchObject({ exit: ExitCode.Locked });
  });

  it('without an owner was left by somebody who died in taking it', async () => {
    await nodes.hasta.script('mkdir -p /var/db/hastconf/lock');
    await takeLock(targets(), await mine(), false);
    expect(await holders()).toEqual(['mine', 'mine']);
  });

  it('is not given back for others', async () => {
    const release = await takeLock(targets(), await mine(), false);
    await held('hastb');
    await release();
    expect(await holders()).toEqual([undefined, 'theirs']);
  });

  it.each(['a free lock', 'a dead one’s'])('is won by one of many: %s', async (what) => {
    if (what !== 'a free lock') await held('hasta', { pid: 0x7fffffff });
    const one = { ...(await mine()), ...(await living()) };
    const owners = Array.from({ length: 8 }, (_, at) => ({ ...one, id: `n${at}` }));
    const all = await Promise.allSettled(owners.map((owner) => takeLock([nodes.hasta], owner, false)));
    expect(all.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    for (const end of all)
      if (end.status === 'rejected') expect(end.reason).toMatchObject({ exit: ExitCode.Locked });
  });

  it('that cannot be given back is named', async () => {
    const release = await takeLock(targets(), await mine(), false);
    vi.spyOn(nodes.hastb, 'script').mockRejectedValue(new Error('gone'));
    expect(await release()).toEqual(['hastb']);
    vi.restoreAllMocks();
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

describe('an owner', () => {
  it('that somebody else wrote is no owner, and nothing is thrown for it', () => {
    for (const text of [
      '',
      'null',
      '5',
      '[]',
      '{}',
      '{"id":1}',
      '{"id":"x","pid":"1"}',
      '{"__proto__":{"id":"x"}}',
    ])
      expect(parseOwner(text)).toBeUndefined();
    fc.assert(fc.property(fc.oneof(fc.json(), fc.string()), (text) => void parseOwner(text)));
  });

  it('of this very process is one that it could not give back', async () => {
    expect(await lifeOf(await mine())).toBe('gone');
  });
});
