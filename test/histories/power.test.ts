import { expect } from 'vitest';
import type { AgentStatus, Pair } from './pair.js';
import { scene } from './scene.js';

/** Cuts hasta's power; the seconds without storage, and those that CARP needed to notice. */
async function crash(pair: Pair): Promise<{ outage: number; detection: number }> {
  const start = pair.now;
  await pair.fault('power-cut', 'hasta');
  await pair.until('hastb holds the address', 10, () => pair.carp('hastb').state === 'MASTER');
  const detection = (pair.now - start) / 1000;
  await pair.serves('hastb', 30);
  await pair.pass(1);
  return { outage: pair.watcher.outage(start), detection };
}

scene('power', {}, ['/hast/disk0'], ({ history, lastHistory }) => {
  history(
    'power cut of the primary: at most CARP’s detection and 2 s; the reject route is gone (7, 22)',
    async (pair) => {
      await pair.write('hasta');
      const { outage, detection } = await crash(pair);
      pair.note(`detection ${detection}`, outage);
      expect(outage).toBeLessThanOrEqual(detection + 2);
      expect(await pair.missing('hastb')).toEqual([]);
      expect(await pair.leftovers('hastb')).toBe('');
      await pair.write('hastb');
      expect((await pair.published('hastb'))?.lastTransition).toMatchObject({
        to: 'serving',
        reason: 'peer-dead',
      });
      await pair.fault('power-on', 'hasta');
      await pair.settled('hastb');
    },
  );

  history(
    'the crashed node returns: no interruption, secondary first, fresh only after the synchronisation (19, §3.1, §3.7)',
    async (pair) => {
      await crash(pair);
      for (let count = 0; count < 3; count += 1) await pair.write('hastb');
      await pair.sh(
        'hastb',
        'dd if=/dev/zero of=/hast/disk0/big bs=1m count=40 2>/dev/null; fsync /hast/disk0/big',
      );
      await pair.fault('slow-sync', String(1024 * 1024));
      const start = pair.now;
      const lines = (await pair.log('hasta')).length;
      await pair.fault('power-on', 'hasta');
      await pair.until('hasta is secondary', 30, () => pair.roles('hasta') === 'secondary');
      const syncing = () =>
        pair.machine('hastb').hast.some(({ status, dirty }) => status === 'complete' && dirty > 0);
      await pair.until('the synchronisation runs', 30, syncing);
      await pair.pass(10);
      expect(syncing()).toBe(true);
      expect(await pair.published('hasta')).toMatchObject({
        state: 'standby',
        fresh: expect.not.stringMatching(/^fresh$/),
      });
      expect(pair.carp('hasta').advskew).toBe(240);
      expect(await pair.agent('hasta', 'promote')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('not-fresh'),
      });
      await pair.fault('slow-sync', '200M');
      await pair.settled('hastb');
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBe(0);
      expect((await pair.log('hasta')).slice(lines).join('\n')).not.toMatch(/promot/);
      await pair.sh('hastb', 'rm /hast/disk0/big');
    },
  );

  history(
    'power cut of the standby: the writes go on, an alarm says so, the returning one catches up',
    async (pair) => {
      const start = pair.now;
      await pair.fault('power-cut', 'hastb');
      await pair.alarm('hasta', 'replication-lost');
      await pair.write('hasta');
      const { epoch, agreedEpoch } = (await pair.published('hasta')) as AgentStatus;
      expect(epoch).toBe(agreedEpoch + 1);
      await pair.fault('power-on', 'hastb');
      await pair.settled('hasta');
      // hastd stalls the writes until its timeout; the storage answers all the time from outside of it.
      pair.note('stall', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(11);
    },
  );

  history(
    'the primary dies in mid-synchronisation: the half copy is refused, the old primary serves again (11)',
    async (pair) => {
      await pair.fault('power-cut', 'hastb');
      await pair.alarm('hasta', 'replication-lost');
      await pair.sh(
        'hasta',
        'dd if=/dev/zero of=/hast/disk0/big bs=1m count=40 2>/dev/null; fsync /hast/disk0/big',
      );
      await pair.write('hasta');
      await pair.fault('slow-sync', String(1024 * 1024));
      await pair.fault('power-on', 'hastb');
      const syncing = () =>
        pair.machine('hasta').hast.some(({ status, dirty }) => status === 'complete' && dirty > 0);
      await pair.until('the synchronisation runs', 60, syncing);
      await pair.fault('power-cut', 'hasta');
      await pair.fault('slow-sync', '200M');
      await pair.pass(45);
      expect(pair.mounted('hastb')).toBe(false);
      expect(await pair.published('hastb')).toMatchObject({ state: 'standby', reason: 'not-fresh' });
      expect((await pair.published('hastb'))?.alarms).toContain('not-fresh');
      expect(pair.carp('hastb').advskew).toBe(240);
      await pair.fault('power-on', 'hasta');
      await pair.settled('hasta');
      await pair.sh('hasta', 'rm /hast/disk0/big');
    },
  );

  history('both lose power and boot together: one serves, the other follows (1, 2)', async (pair) => {
    await pair.write('hasta');
    await Promise.all(['hasta', 'hastb'].map((node) => pair.fault('power-cut', node)));
    const start = pair.now;
    await Promise.all(['hasta', 'hastb'].map((node) => pair.fault('power-on', node)));
    await pair.settled('hasta');
    pair.note('from power-on', pair.watcher.outage(start));
    expect(pair.watcher.outage(start)).toBeLessThanOrEqual(20);
  });

  history(
    'both lose power; the one that served boots long before the other: it waits, then goes on alone (2)',
    async (pair) => {
      await pair.write('hasta');
      await pair.fault('power-cut', 'hastb');
      await pair.alarm('hasta', 'replication-lost');
      await pair.write('hasta');
      await pair.fault('power-cut', 'hasta');
      await pair.pass(5);
      const start = pair.now;
      await pair.fault('power-on', 'hasta');
      await pair.says('hasta', { reason: 'waiting-peer' }, 20);
      await pair.serves('hasta', 60);
      pair.note('from power-on, bootWait 30', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeGreaterThan(25);
      await pair.write('hasta');
      const alone = pair.now;
      await pair.pass(60);
      await pair.fault('power-on', 'hastb');
      await pair.settled('hasta');
      expect(pair.watcher.outage(alone)).toBe(0);
    },
  );

  history(
    'both were down and only the stale one returns: it stays down and says why, until the other is back (2)',
    async (pair) => {
      await pair.fault('power-cut', 'hastb');
      await pair.alarm('hasta', 'replication-lost');
      await pair.write('hasta');
      await pair.fault('power-cut', 'hasta');
      await pair.fault('power-on', 'hastb');
      await pair.pass(60);
      expect(pair.mounted('hastb')).toBe(false);
      const said = (await pair.published('hastb')) as AgentStatus;
      expect(said.reason).toMatch(/not-fresh|last-data-unknown/);
      expect(said.alarms).toContain(said.reason);
      expect(await pair.agent('hastb', 'promote')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining(said.reason),
      });
      await pair.fault('power-on', 'hasta');
      await pair.settled('hasta');
    },
  );

  history(
    'power goes again in the middle of taking over: the next boot finds no route and loses nothing',
    async (pair) => {
      await pair.write('hasta');
      await pair.fault('power-cut', 'hasta');
      await pair.until('hastb is about to take over', 20, () => pair.rejects('hastb'));
      await pair.fault('power-cut', 'hastb');
      await Promise.all(['hasta', 'hastb'].map((node) => pair.fault('power-on', node)));
      await pair.until('one serves', 90, () => pair.mounted('hasta') || pair.mounted('hastb'));
    },
  );

  history(
    'the agent is killed in the middle of taking over: the next wake-up takes the route away and finishes',
    async (pair) => {
      await pair.write('hasta');
      await pair.fault('power-cut', 'hasta');
      await pair.until('hastb is about to take over', 20, () => pair.rejects('hastb'));
      await pair.sh('hastb', "pkill -KILL -f 'carp-hast-switch locked'; true");
      await pair.serves('hastb', 60);
      await pair.until('the route is gone', 20, () => !pair.rejects('hastb'));
      await pair.fault('power-on', 'hasta');
      await pair.settled('hastb');
    },
  );

  lastHistory(
    'only the stale one returns and is forced: it serves; the other, when it returns, keeps its own copy (2, 12)',
    async (pair) => {
      await pair.fault('power-cut', 'hastb');
      await pair.alarm('hasta', 'replication-lost');
      const alone = await pair.write('hasta');
      await pair.fault('power-cut', 'hasta');
      await pair.fault('power-on', 'hastb');
      await pair.says('hastb', { state: 'down' }, 30);
      await pair.pass(10);
      expect(await pair.agent('hastb', 'promote --force')).toMatchObject({ code: 0, stdout: 'serving\n' });
      expect(await pair.missing('hastb')).toEqual([alone]);
      await pair.fault('power-on', 'hasta');
      await pair.alarm('hasta', 'split-brain');
      await pair.alarm('hastb', 'split-brain');
      await pair.pass(30);
      expect(pair.roles('hasta')).toBe('init');
      expect(pair.mounted('hastb')).toBe(true);
      expect(pair.mounted('hasta')).toBe(false);
    },
  );
});
