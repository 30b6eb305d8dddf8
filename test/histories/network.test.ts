import { expect } from 'vitest';
import { NAMES, PASSWORD } from './install.js';
import type { AgentStatus } from './pair.js';
import { scene } from './scene.js';

const PLAN = { agent: 'witness: [192.168.50.1]' };

scene('networks', PLAN, ['/hast/disk0'], ({ history, lastHistory }) => {
  history(
    'the replication link is cut and comes back: the standby is stale meanwhile, then fresh again',
    async (pair) => {
      const start = pair.now;
      await pair.fault('cut-link', 'replication');
      await pair.until('hastb is stale', 40, async () => (await pair.published('hastb'))?.fresh === 'stale');
      await pair.write('hasta');
      expect(await pair.agent('hastb', 'promote')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('refused'),
      });
      expect(pair.carp('hastb').advskew).toBe(240);
      await pair.fault('restore-link', 'replication');
      await pair.settled('hasta');
      pair.note('writes stalled', pair.watcher.outage(start));
      // With its carrier gone the primary learns at once that the peer is lost.
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(1);
    },
  );

  history(
    'the replication link goes and later the primary as well: the stale copy stays down (3, 11)',
    async (pair) => {
      await pair.fault('cut-link', 'replication');
      await pair.until('hastb is stale', 40, async () => (await pair.published('hastb'))?.fresh === 'stale');
      await pair.write('hasta');
      await pair.fault('power-cut', 'hasta');
      await pair.pass(30);
      expect(pair.mounted('hastb')).toBe(false);
      expect(await pair.published('hastb')).toMatchObject({ reason: 'not-fresh' });
      await pair.fault('restore-link', 'replication');
      await pair.fault('power-on', 'hasta');
      await pair.settled('hasta');
    },
  );

  history(
    'the serving node loses the LAN: its standby takes over, CARP’s demotion is undone (§3.19)',
    async (pair) => {
      const start = pair.now;
      await pair.write('hasta');
      await pair.fault('cut-link', 'lan', 'hasta');
      await pair.serves('hastb', 30);
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(6);
      await pair.fault('restore-link', 'lan', 'hasta');
      const back = pair.now;
      await pair.settled('hastb');
      expect(pair.watcher.outage(back)).toBe(0);
    },
  );

  history('the standby loses the LAN: nothing moves, and it is no standby until it is back', async (pair) => {
    const start = pair.now;
    await pair.fault('cut-link', 'lan', 'hastb');
    await pair.pass(15);
    expect(await pair.agent('hastb', 'promote')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('isolated'),
    });
    expect(await pair.agent('hasta', 'demote')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('peer-not-ready'),
    });
    await pair.fault('restore-link', 'lan', 'hastb');
    await pair.settled('hasta');
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history('the switch dies: nobody has carrier, the storage stays where it is', async (pair) => {
    await pair.fault('cut-link', 'lan');
    await pair.pass(20);
    expect(pair.mounted('hasta')).toBe(true);
    expect((await pair.published('hasta'))?.alarms).toContain('disconnected');
    await pair.fault('restore-link', 'lan');
    await pair.settled('hasta');
  });

  for (const node of NAMES)
    history(
      `the LAN of ${node} flaps, shorter than settle: the storage does not move (1, 18)`,
      async (pair) => {
        const before = (await pair.published('hasta'))?.lastTransition;
        const start = pair.now;
        await pair.fault('carp-flap', node);
        await pair.pass(8);
        await pair.settled('hasta');
        expect((await pair.published('hasta'))?.lastTransition).toEqual(before);
        expect((await pair.published('hastb'))?.epoch).toBe((await pair.published('hasta'))?.epoch);
        pair.note('', pair.watcher.outage(start));
        if (node === 'hastb') expect(pair.watcher.outage(start)).toBe(0);
      },
    );

  history('CARP makes the standby MASTER for a moment: nothing moves (1, 17, 18)', async (pair) => {
    const start = pair.now;
    await pair.sh('hastb', 'ifconfig vtnet1 vhid 1 state master');
    await pair.pass(10);
    await pair.settled('hasta');
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history(
    'different CARP passwords make both MASTER: the standby does not promote and says so (3, §3.20)',
    async (pair) => {
      const start = pair.now;
      await pair.sh('hastb', 'ifconfig vtnet1 vhid 1 pass other');
      await pair.until('both are MASTER', 10, () => pair.carp('hastb').state === 'MASTER');
      await pair.alarm('hastb', 'peer-serving');
      await pair.pass(20);
      expect(pair.mounted('hastb')).toBe(false);
      expect(pair.watcher.outage(start)).toBe(0);
      expect(pair.carp('hastb').advskew).toBe(240);
      await pair.sh('hastb', `ifconfig vtnet1 vhid 1 pass ${PASSWORD}`);
      await pair.settled('hasta');
    },
  );

  history('a foreign pair with the same vhid on the LAN disturbs nothing', async (pair) => {
    const start = pair.now;
    await pair.fault('foreign-carp', '1');
    await pair.pass(15);
    await pair.fault('no-foreign-carp', '1');
    expect(pair.mounted('hasta')).toBe(true);
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history(
    'hung userland of the serving node: its address stays, so does the storage; nobody else takes it (22)',
    async (pair) => {
      const start = pair.now;
      await pair.sh('hasta', 'service sshd onestop >/dev/null');
      await pair.pass(25);
      expect(pair.mounted('hasta')).toBe(true);
      expect(pair.mounted('hastb')).toBe(false);
      expect(pair.watcher.outage(start)).toBe(0);
      await pair.sh('hasta', 'service sshd onestart >/dev/null');
    },
  );

  lastHistory(
    'a primary cut off on every network steps down; both went on alone: a split-brain that keeps both copies, until a person gives one up (12, §3.2)',
    async (pair) => {
      const start = pair.now;
      await pair.fault('cut-link', 'replication');
      await pair.fault('cut-link', 'lan', 'hasta');
      const lost = await pair.write('hasta');
      await pair.serves('hastb', 60);
      pair.note('isolated primary', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(8);
      expect((await pair.published('hasta'))?.lastTransition).toMatchObject({ reason: 'isolated' });
      await pair.write('hastb');
      await pair.fault('restore-link', 'replication');
      await pair.fault('restore-link', 'lan', 'hasta');
      await pair.alarm('hasta', 'split-brain');
      await pair.alarm('hastb', 'split-brain');
      await pair.pass(30);
      expect(pair.roles('hasta')).toBe('init');
      expect(pair.roles('hastb')).toBe('primary');
      expect(pair.mounted('hastb')).toBe(true);
      const { epoch } = (await pair.published('hastb')) as AgentStatus;
      expect((await pair.published('hasta'))?.epoch).toBeLessThanOrEqual(epoch);
      // Restarted agents and a reboot do not forget it.
      await pair.fault('reboot', 'hasta');
      await pair.alarm('hasta', 'split-brain', 30);
      expect(pair.roles('hasta')).toBe('init');
      // A person decides: hasta's copy goes.
      await pair.sh(
        'hasta',
        'service carp_hast stop >/dev/null; rm /var/db/hastconf/record; hastctl role init disk0; hastctl create disk0; service carp_hast start >/dev/null',
      );
      pair.acknowledged.delete(lost);
      await pair.settled('hastb');
      expect(await pair.missing('hastb')).toEqual([]);
    },
  );

  lastHistory(
    'the same, and the other copy is chosen by force: it serves, nothing is overwritten by itself (12)',
    async (pair) => {
      await pair.fault('cut-link', 'replication');
      await pair.fault('cut-link', 'lan', 'hasta');
      const kept = await pair.write('hasta');
      await pair.serves('hastb', 60);
      const lost = await pair.write('hastb');
      await pair.fault('restore-link', 'replication');
      await pair.fault('restore-link', 'lan', 'hasta');
      await pair.alarm('hasta', 'split-brain');
      expect(await pair.agent('hasta', 'promote --force')).toMatchObject({ code: 1 });
      expect(await pair.agent('hastb', 'maintenance on 600')).toMatchObject({ code: 0 });
      expect(await pair.agent('hastb', 'demote')).toMatchObject({ code: 0 });
      expect(await pair.agent('hasta', 'promote --force')).toMatchObject({ code: 0, stdout: 'serving\n' });
      expect(await pair.missing('hasta')).toEqual([lost]);
      expect(await pair.sh('hasta', 'ls /hast/disk0')).toContain(kept);
      await pair.pass(30);
      expect(pair.roles('hastb')).toBe('init');
      await pair.sh(
        'hastb',
        'service carp_hast stop >/dev/null; rm /var/db/hastconf/record; hastctl role init disk0; hastctl create disk0; service carp_hast start >/dev/null',
      );
      expect(await pair.agent('hastb', 'maintenance off')).toMatchObject({ code: 0 });
      pair.acknowledged.delete(lost);
      await pair.settled('hasta');
    },
  );
});
