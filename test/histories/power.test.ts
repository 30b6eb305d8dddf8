import { expect } from 'vitest';
import type { NodeName } from './install.js';
import type { AgentStatus, Pair } from './pair.js';
import { scene } from './scene.js';

/** Cuts the power of the serving node; the seconds without storage, and those that CARP needed to notice. */
async function crash(pair: Pair, a: NodeName, b: NodeName): Promise<{ outage: number; detection: number }> {
  const start = pair.now;
  await pair.fault('power-cut', a);
  await pair.until('the standby holds the address', 10, () => pair.carp(b).state === 'MASTER');
  const detection = (pair.now - start) / 1000;
  await pair.serves(b, 30);
  await pair.pass(1);
  return { outage: pair.watcher.outage(start), detection };
}

scene('power', {}, ['/hast/disk0'], ({ history, lastHistory }) => {
  history(
    'power cut of the primary: at most CARP’s detection and 2 s; the reject route goes with its return (7, 22)',
    async (pair, a, b) => {
      await pair.write(a);
      const { outage, detection } = await crash(pair, a, b);
      pair.note(`detection ${detection}`, outage);
      expect(outage).toBeLessThanOrEqual(detection + 2);
      expect(await pair.missing(b)).toEqual([]);
      await pair.write(b);
      expect((await pair.published(b))?.lastTransition).toMatchObject({
        to: 'serving',
        reason: 'peer-dead',
      });
      await pair.fault('power-on', a);
      await pair.settled(b);
      expect(pair.rejects(b)).toBe(false);
    },
  );

  history(
    'the crashed node returns: no interruption, secondary first, fresh only after the synchronisation (19, §3.1, §3.7)',
    async (pair, a, b) => {
      await crash(pair, a, b);
      for (let count = 0; count < 3; count += 1) await pair.write(b);
      await pair.sh(
        b,
        'dd if=/dev/zero of=/hast/disk0/big bs=1m count=40 2>/dev/null; fsync /hast/disk0/big',
      );
      await pair.fault('slow-sync', String(1024 * 1024));
      const start = pair.now;
      const lines = (await pair.log(a)).length;
      await pair.fault('power-on', a);
      await pair.until('it is secondary', 30, () => pair.roles(a) === 'secondary');
      const syncing = () =>
        pair.machine(b).hast.some(({ status, dirty }) => status === 'complete' && dirty > 0);
      await pair.until('the synchronisation runs', 30, syncing);
      await pair.pass(10);
      expect(syncing()).toBe(true);
      expect(await pair.published(a)).toMatchObject({
        state: 'standby',
        fresh: expect.not.stringMatching(/^fresh$/),
      });
      expect(pair.carp(a).advskew).toBe(240);
      expect(await pair.agent(a, 'promote')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('not-fresh'),
      });
      await pair.fault('slow-sync', '200M');
      await pair.settled(b);
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(5);
      expect((await pair.log(a)).slice(lines).join('\n')).not.toMatch(/promot/);
      await pair.sh(b, 'rm /hast/disk0/big');
    },
  );

  history(
    'power cut of the standby: the writes go on, an alarm says so, the returning one catches up',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.fault('power-cut', b);
      await pair.alarm(a, 'replication-lost');
      await pair.write(a);
      const { epoch, agreedEpoch } = (await pair.published(a)) as AgentStatus;
      expect(epoch).toBe(agreedEpoch + 1);
      await pair.fault('power-on', b);
      await pair.settled(a);
      // hastd stalls the writes until its timeout, and the agent until it knows the peer's state.
      pair.note('stall', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(15);
    },
  );

  history(
    'the primary dies in mid-synchronisation: the half copy is refused, the old primary serves again (11)',
    async (pair, a, b) => {
      await pair.fault('power-cut', b);
      await pair.alarm(a, 'replication-lost');
      await pair.sh(
        a,
        'dd if=/dev/zero of=/hast/disk0/big bs=1m count=40 2>/dev/null; fsync /hast/disk0/big',
      );
      await pair.write(a);
      await pair.fault('slow-sync', String(1024 * 1024));
      await pair.fault('power-on', b);
      const syncing = () =>
        pair.machine(a).hast.some(({ status, dirty }) => status === 'complete' && dirty > 0);
      await pair.until('the synchronisation runs', 60, syncing);
      await pair.fault('power-cut', a);
      await pair.fault('slow-sync', '200M');
      await pair.pass(45);
      expect(pair.mounted(b)).toBe(false);
      expect(await pair.published(b)).toMatchObject({ state: 'standby', reason: 'not-fresh' });
      expect((await pair.published(b))?.alarms).toContain('not-fresh');
      expect(pair.carp(b).advskew).toBe(240);
      await pair.fault('power-on', a);
      await pair.settled(a);
      await pair.sh(a, 'rm /hast/disk0/big');
    },
  );

  history('both lose power and boot together: one serves, the other follows (1, 2)', async (pair, a, b) => {
    await pair.write(a);
    await Promise.all([a, b].map((node) => pair.fault('power-cut', node)));
    const start = pair.now;
    await Promise.all([a, b].map((node) => pair.fault('power-on', node)));
    expect(await pair.anySettled()).toBe('hasta');
    pair.note('from power-on', pair.watcher.outage(start));
    expect(pair.watcher.outage(start)).toBeLessThanOrEqual(20);
  });

  history(
    'both lose power; the one that served boots long before the other: it waits, then goes on alone (2)',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.fault('power-cut', b);
      await pair.alarm(a, 'replication-lost');
      await pair.write(a);
      await pair.fault('power-cut', a);
      await pair.pass(5);
      const start = pair.now;
      await pair.fault('power-on', a);
      await pair.says(a, { reason: 'waiting-peer' }, 20);
      await pair.serves(a, 60);
      pair.note('from power-on, bootWait 30', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeGreaterThan(25);
      await pair.write(a);
      const alone = pair.now;
      await pair.pass(60);
      await pair.fault('power-on', b);
      await pair.settled(a);
      expect(pair.watcher.outage(alone)).toBe(0);
    },
  );

  history(
    'both were down and only the stale one returns: it stays down and says why, until the other is back (2)',
    async (pair, a, b) => {
      await pair.fault('power-cut', b);
      await pair.alarm(a, 'replication-lost');
      await pair.write(a);
      await pair.fault('power-cut', a);
      await pair.fault('power-on', b);
      await pair.pass(60);
      expect(pair.mounted(b)).toBe(false);
      const said = (await pair.published(b)) as AgentStatus;
      expect(said.reason).toMatch(/not-fresh|last-data-unknown/);
      expect(said.alarms).toContain(said.reason);
      expect(await pair.agent(b, 'promote')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(said.reason),
      });
      await pair.fault('power-on', a);
      await pair.settled(a);
    },
  );

  history(
    'power goes again in the middle of taking over: the next boot finds no route and loses nothing',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.fault('power-cut', a);
      await pair.until('the standby is about to take over', 20, () => pair.rejects(b));
      await pair.fault('power-cut', b);
      await Promise.all([a, b].map((node) => pair.fault('power-on', node)));
      await pair.until('one serves', 90, () => pair.mounted(a) || pair.mounted(b));
    },
  );

  history(
    'the agent is killed in the middle of taking over: the next wake-up takes the route away and finishes',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.fault('power-cut', a);
      await pair.until('the standby is about to take over', 20, () => pair.rejects(b));
      await pair.sh(b, "pkill -KILL -f 'carp-hast-switch locked'; true");
      await pair.serves(b, 60);
      await pair.until('the route is gone', 60, () => !pair.rejects(b));
      await pair.fault('power-on', a);
      await pair.settled(b);
    },
  );

  lastHistory(
    'only the stale one returns and is forced: it serves; the other, when it returns, keeps its own copy (2, 12)',
    async (pair, a, b) => {
      await pair.fault('power-cut', b);
      await pair.alarm(a, 'replication-lost');
      const alone = await pair.write(a);
      await pair.fault('power-cut', a);
      await pair.fault('power-on', b);
      await pair.says(b, { state: 'down' }, 30);
      await pair.pass(10);
      expect(await pair.agent(b, 'promote --force')).toMatchObject({ code: 0, stdout: 'serving\n' });
      expect(await pair.missing(b)).toEqual([alone]);
      await pair.fault('power-on', a);
      await pair.alarm(a, 'split-brain');
      await pair.alarm(b, 'split-brain');
      await pair.pass(30);
      expect(pair.roles(a)).toBe('init');
      expect(pair.mounted(b)).toBe(true);
      expect(pair.mounted(a)).toBe(false);
    },
  );
});
