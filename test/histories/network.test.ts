import { expect } from 'vitest';
import { type NodeName, PASSWORD } from './install.js';
import type { Pair } from './pair.js';
import { scene } from './scene.js';

const PLAN = { agent: 'witness: [192.168.50.1]' };

scene('networks', PLAN, ['/hast/disk0'], ({ history, lastHistory }) => {
  history(
    'the replication link is cut and comes back: the standby is stale meanwhile, then fresh again',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.fault('cut-link', 'replication');
      await pair.until('the standby is stale', 40, async () => (await pair.published(b))?.fresh === 'stale');
      await pair.write(a);
      expect(await pair.agent(b, 'promote')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('refused'),
      });
      expect(pair.carp(b).advskew).toBe(240);
      await pair.fault('restore-link', 'replication');
      await pair.settled(a);
      pair.note('writes stalled', pair.watcher.outage(start));
      // With its carrier gone the primary learns at once that the peer is lost, and stands still until that one knows it.
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(4);
    },
  );

  history(
    'the replication link goes and later the primary as well: the stale copy stays down (3, 11)',
    async (pair, a, b) => {
      await pair.fault('cut-link', 'replication');
      await pair.until('the standby is stale', 40, async () => (await pair.published(b))?.fresh === 'stale');
      await pair.write(a);
      await pair.fault('power-cut', a);
      await pair.pass(30);
      expect(pair.mounted(b)).toBe(false);
      expect(await pair.published(b)).toMatchObject({ reason: 'not-fresh' });
      await pair.fault('restore-link', 'replication');
      await pair.fault('power-on', a);
      await pair.settled(a);
    },
  );

  history(
    'the serving node loses the LAN: its standby takes over, CARP’s demotion is undone (§3.19)',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.write(a);
      await pair.fault('cut-link', 'lan', a);
      await pair.serves(b, 30);
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(6);
      await pair.fault('restore-link', 'lan', a);
      const back = pair.now;
      await pair.settled(b);
      expect(pair.watcher.outage(back)).toBe(0);
    },
  );

  history(
    'the standby loses the LAN: nothing moves, and it is no standby until it is back',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.fault('cut-link', 'lan', b);
      await pair.pass(15);
      expect(await pair.agent(b, 'promote')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('isolated'),
      });
      expect(await pair.agent(a, 'demote')).toMatchObject({
        code: 1,
        stderr: expect.stringContaining('peer-not-ready'),
      });
      await pair.fault('restore-link', 'lan', b);
      await pair.settled(a);
      expect(pair.watcher.outage(start)).toBe(0);
    },
  );

  history('the switch dies: nobody has carrier, the storage stays where it is', async (pair, a) => {
    await pair.fault('cut-link', 'lan');
    await pair.pass(20);
    expect(pair.mounted(a)).toBe(true);
    expect((await pair.published(a))?.alarms).toContain('disconnected');
    await pair.fault('restore-link', 'lan');
    await pair.settled(a);
  });

  for (const which of ['serving', 'standby'] as const)
    history(
      `the LAN of the ${which} node flaps, shorter than settle: the storage does not move (1, 18)`,
      async (pair, a, b) => {
        const before = (await pair.published(a))?.lastTransition;
        const start = pair.now;
        await pair.fault('carp-flap', which === 'serving' ? a : b);
        await pair.pass(8);
        await pair.settled(a);
        expect((await pair.published(a))?.lastTransition).toEqual(before);
        expect((await pair.published(b))?.epoch).toBe((await pair.published(a))?.epoch);
        pair.note('', pair.watcher.outage(start));
        if (which === 'standby') expect(pair.watcher.outage(start)).toBe(0);
      },
    );

  history('CARP makes the standby MASTER for a moment: nothing moves (1, 17, 18)', async (pair, a, b) => {
    const start = pair.now;
    await pair.sh(b, 'ifconfig vtnet1 vhid 1 state master');
    await pair.pass(10);
    await pair.settled(a);
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history(
    'different CARP passwords make both MASTER: the standby does not promote and says so (3, §3.20)',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.sh(b, 'ifconfig vtnet1 vhid 1 pass other');
      await pair.until('both are MASTER', 10, () => pair.carp(b).state === 'MASTER');
      await pair.alarm(b, 'peer-serving');
      await pair.pass(20);
      expect(pair.mounted(b)).toBe(false);
      expect(pair.watcher.outage(start)).toBe(0);
      expect(pair.carp(b).advskew).toBe(240);
      await pair.sh(b, `ifconfig vtnet1 vhid 1 pass ${PASSWORD}`);
      await pair.settled(a);
    },
  );

  history('a foreign pair with the same vhid on the LAN disturbs nothing', async (pair, a) => {
    const start = pair.now;
    await pair.fault('foreign-carp', '1');
    await pair.pass(15);
    await pair.fault('no-foreign-carp', '1');
    expect(pair.mounted(a)).toBe(true);
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history(
    'hung userland of the serving node: its address stays, so does the storage; nobody else takes it (22)',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.sh(a, 'service sshd onestop >/dev/null');
      await pair.pass(25);
      expect(pair.mounted(a)).toBe(true);
      expect(pair.mounted(b)).toBe(false);
      expect(pair.watcher.outage(start)).toBe(0);
      await pair.sh(a, 'service sshd onestart >/dev/null');
    },
  );

  history(
    'a primary cut off on every network gives its devices up: one history, and no person is needed (§5.3)',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.fault('cut-link', 'replication');
      await pair.fault('cut-link', 'lan', a);
      await pair.serves(b, 60);
      pair.note('isolated primary', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(8);
      expect((await pair.published(a))?.lastTransition?.reason).toMatch(/^(isolated|roles-lost)$/);
      await pair.write(b);
      await pair.fault('restore-link', 'replication');
      await pair.fault('restore-link', 'lan', a);
      await pair.settled(b);
    },
  );

  lastHistory(
    'a node that is cut off and forced: a split-brain that keeps both copies, until a person gives one up (12, §3.2)',
    async (pair, a, b) => {
      await bothAlone(pair, a, b);
      await pair.alarm(a, 'split-brain');
      await pair.alarm(b, 'split-brain');
      await pair.pass(30);
      expect(pair.roles(a)).toBe('init');
      expect(pair.roles(b)).toBe('primary');
      expect(pair.mounted(b)).toBe(true);
      // Restarted agents and a reboot do not forget it.
      await pair.fault('reboot', a);
      await pair.alarm(a, 'split-brain', 30);
      expect(pair.roles(a)).toBe('init');
      // A person decides: the copy that served alone first goes.
      await pair.sh(
        a,
        'service carp_hast stop >/dev/null; rm /var/db/hastconf/record; hastctl role init disk0; hastctl create disk0; service carp_hast start >/dev/null',
      );
      await pair.settled(b);
      expect(await pair.missing(b)).toEqual([]);
    },
  );

  lastHistory(
    'the same, and the other copy is chosen by force: it serves, nothing is overwritten by itself (12)',
    async (pair, a, b) => {
      const lost = await bothAlone(pair, a, b);
      await pair.alarm(a, 'split-brain');
      expect(await pair.agent(a, 'promote --force')).toMatchObject({ code: 1 });
      expect(await pair.agent(b, 'maintenance on 600')).toMatchObject({ code: 0 });
      expect(await pair.agent(b, 'demote')).toMatchObject({ code: 0 });
      expect(await pair.agent(a, 'promote --force')).toMatchObject({ code: 0, stdout: 'serving\n' });
      expect(await pair.missing(a)).toEqual([lost]);
      await pair.pass(30);
      expect(pair.roles(b)).toBe('init');
      await pair.sh(
        b,
        'service carp_hast stop >/dev/null; rm /var/db/hastconf/record; hastctl role init disk0; hastctl create disk0; service carp_hast start >/dev/null',
      );
      expect(await pair.agent(b, 'maintenance off')).toMatchObject({ code: 0 });
      pair.acknowledged.delete(lost);
      await pair.settled(a);
    },
  );
});

/** One is cut off and lets go, the other one serves, and a person forces the first one as well: what the second wrote. */
async function bothAlone(pair: Pair, a: NodeName, b: NodeName): Promise<string> {
  await pair.fault('cut-link', 'replication');
  await pair.fault('cut-link', 'lan', a);
  await pair.serves(b, 60);
  await pair.until('the other one has let go', 30, async () => !pair.mounted(a));
  const written = await pair.write(b);
  await pair.agent(a, 'promote --force');
  await pair.until('the forced one has let go', 30, async () => !pair.mounted(a));
  // Both had it mounted, as was asked for.
  pair.watcher.violations.splice(0);
  await pair.fault('restore-link', 'replication');
  await pair.fault('restore-link', 'lan', a);
  return written;
}
