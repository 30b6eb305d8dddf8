import { expect } from 'vitest';
import type { LabWorld } from '../../src/lab/world/world.js';
import { NAMES, type NodeName, type PairPlan } from './install.js';
import type { Pair } from './pair.js';
import { scene } from './scene.js';

/** A pool over one resource and a mirror over two. */
const POOLS: PairPlan = {
  resources: { disk0: '/dev/vtbd1', disk1: '/dev/vtbd2', disk2: '/dev/vtbd3' },
  storage: [
    '{ type: zfs, pool: one, layout: stripe, resources: [disk0] }',
    '{ type: zfs, pool: two, layout: mirror, resources: [disk1, disk2] }',
  ],
  format: `kldload zfs
zpool create -o cachefile=none -O mountpoint=/one one /dev/hast/disk0 && zpool export one
zpool create -o cachefile=none -O mountpoint=/two two mirror /dev/hast/disk1 /dev/hast/disk2 && zpool export two`,
};
const MOUNTED = ['/one', '/two'];

/** Forgets which programs the node has run so far. */
const listen = (pair: Pair, node: NodeName) => {
  (pair.lab.world as LabWorld).core.machine(node).recent.length = 0;
};
/** The calls since then that changed pools or roles, in order. */
const changes = (pair: Pair, node: NodeName) =>
  (pair.lab.world as LabWorld).core
    .machine(node)
    .recent.map((call) => call.replace(/-N -o cachefile=none -d \/dev\/hast /, ''))
    .filter((call) => /^(hastctl role|zpool (im|ex)port) (?!-d)/.test(call));
/** Every resource to init, then one at a time (otherwise hastd and GEOM wait for each other). */
const PROMOTED = [
  'hastctl role init disk0 disk1 disk2',
  'hastctl role primary disk0',
  'hastctl role primary disk1',
  'hastctl role primary disk2',
];
const pools = (pair: Pair, node: NodeName) => pair.machine(node).pools.map(({ name }) => name);
/** Seconds without storage that a move of two pools may cost: an export takes 0.5 s here, an import 0.4 s. */
const MOVE = 5;

/** A program that works in a pool's file system until it is asked to stop. */
const work = (pair: Pair, node: NodeName) =>
  pair.sh(
    node,
    'daemon -f /bin/sh -c "cd /two; while :; do sleep 1; done"; until fuser -c /two 2>/dev/null; do :; done',
  );

scene('pools', POOLS, MOUNTED, ({ history, fromHasta }) => {
  fromHasta('a standby of pools loads the module at its start, not first in a promotion', async (pair) => {
    await pair.until(
      'the module is there',
      10,
      async () => (await pair.lab.exec('hastb', 'kldstat -q -m zfs')).code === 0,
    );
    expect(pools(pair, 'hastb')).toEqual([]);
  });

  history(
    'planned move of two pools: exported before the roles, imported after all of them (-f: a secondary has none)',
    async (pair, a, b) => {
      await pair.write(a);
      for (const node of NAMES) listen(pair, node);
      const start = pair.now;
      expect(await pair.agent(b, 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(MOVE);
      const all = 'disk0 disk1 disk2';
      expect(changes(pair, a)).toEqual([
        'zpool export two',
        'zpool export one',
        `hastctl role secondary ${all}`,
      ]);
      expect(changes(pair, b)).toEqual([...PROMOTED, 'zpool import -f one', 'zpool import -f two']);
      expect(await pair.sh(b, 'zpool list -H -o name,cachefile')).toBe('one\tnone\ntwo\tnone\n');
      expect(pools(pair, a)).toEqual([]);
      expect(await pair.missing(b)).toEqual([]);
    },
  );

  history('power cut with pools: the returning node imports nothing at boot (§3.7)', async (pair, a, b) => {
    await pair.write(a);
    listen(pair, b);
    const start = pair.now;
    await pair.fault('power-cut', a);
    await pair.serves(b, 30);
    pair.note('', pair.watcher.outage(start));
    expect(changes(pair, b)).toEqual([...PROMOTED, 'zpool import -f one', 'zpool import -f two']);
    expect(await pair.missing(b)).toEqual([]);
    await pair.write(b);
    await pair.fault('power-on', a);
    expect(pools(pair, a)).toEqual([]);
    await pair.settled(b);
    expect(pools(pair, a)).toEqual([]);
  });

  fromHasta(
    'both lose power while the second node serves: the preferred one must not need -f for what is the other’s (2)',
    async (pair) => {
      expect(await pair.agent('hastb', 'promote')).toMatchObject({ code: 0 });
      await pair.settled('hastb');
      await pair.write('hastb');
      await Promise.all(NAMES.map((node) => pair.fault('power-cut', node)));
      const start = pair.now;
      await Promise.all(NAMES.map((node) => pair.fault('power-on', node)));
      const serving = await pair.anySettled();
      pair.note(`from power-on to ${serving}`, pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(20);
      expect(await pair.missing(serving)).toEqual([]);
    },
  );

  history(
    'planned move with a program in the pool: it is exported by force, and nothing is lost (4)',
    async (pair, a, b) => {
      await pair.write(a);
      await work(pair, a);
      listen(pair, a);
      expect(await pair.agent(b, 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
      expect(changes(pair, a).slice(0, 2)).toEqual(['zpool export two', 'zpool export -f two']);
      expect(await pair.missing(b)).toEqual([]);
      await pair.sh(a, 'pkill -KILL -f "do sleep 1"; true');
    },
  );

  history(
    'a pool that cannot be exported: the move is called off, nobody else serves (4, 6)',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.fault('busy-pool', a, 'two');
      listen(pair, a);
      expect(await pair.agent(a, 'demote')).toMatchObject({ code: 1 });
      expect(changes(pair, a).filter((call) => call.startsWith('hastctl'))).toEqual([]);
      expect((await pair.published(a))?.lastTransition?.reason).toBe('called-off');
      expect(pair.roles(a)).toBe('primary primary primary');
      await pair.pass(15);
      expect(pools(pair, b)).toEqual([]);
      await pair.fault('free-pool', a, 'two');
      await pair.settled(a, 180);
      expect(await pair.missing(a)).toEqual([]);
    },
  );

  history(
    'hastd is killed under the pools: suspended, they stay imported, so the other node does not import them (5, 6, 14)',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.sh(a, 'service hastd stop >/dev/null');
      await pair.alarm(a, 'demote-failed');
      expect(pair.machine(a).pools.map(({ suspended }) => suspended)).toEqual([true, true]);
      await pair.pass(40);
      expect(pools(pair, b)).toEqual([]);
      // Only a reboot gets rid of them.
      await pair.fault('power-cut', a);
      await pair.serves(b, 60);
      expect(await pair.missing(b)).toEqual([]);
      await pair.fault('power-on', a);
      await pair.settled(b);
    },
  );

  history(
    'zpool hangs on the node that takes over: it gives up in time, and serves once zpool works (5, 10)',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.fault('hang-command', b, 'zpool');
      await pair.fault('power-cut', a);
      await pair.until(
        'it has given up',
        240,
        async () =>
          (await pair.published(b))?.alarms.includes('promote-failed') ||
          (await pair.published(b))?.alarms.includes('demote-failed') ||
          false,
      );
      expect(pair.rejects(b)).toBe(false);
      await pair.fault('heal-command', b, 'zpool');
      await pair.serves(b, 120);
      await pair.fault('power-on', a);
      await pair.settled(b);
    },
  );

  fromHasta(
    'one half of the mirror cannot become primary: neither pool is imported, all are secondary again (8, 9)',
    async (pair) => {
      await pair.write('hasta');
      await pair.fault('foreign-use', 'hastb', 'vtbd3', 'hast');
      listen(pair, 'hastb');
      await pair.fault('power-cut', 'hasta');
      await pair.alarm('hastb', 'promote-failed', 90);
      expect(changes(pair, 'hastb').filter((call) => call.startsWith('zpool'))).toEqual([]);
      expect(pair.roles('hastb')).not.toContain('primary');
      await pair.fault('power-on', 'hasta');
      await pair.serves('hasta', 90);
      await pair.sh('hastb', 'hastctl role init disk2; hastctl create disk2; hastctl role secondary disk2');
      await pair.settled('hasta', 180);
    },
  );
});

const FENCED: PairPlan = { ...POOLS, onDemoteFailure: 'reboot', agent: 'witness: [192.168.50.1]' };

scene('a pool that cannot be exported', FENCED, MOUNTED, ({ history }) => {
  history('by a node that is cut off: it fences itself (4, 5)', async (pair, a, b) => {
    await pair.write(a);
    await pair.fault('power-cut', b);
    await pair.alarm(a, 'replication-lost');
    await pair.fault('busy-pool', a, 'two');
    await pair.fault('cut-link', 'lan', a);
    await pair.until('it reboots', 90, async () =>
      (await pair.log(a)).some((line) => line.includes('rebooting, as onDemoteFailure says')),
    );
    await pair.fault('restore-link', 'lan', a);
    await pair.fault('power-on', b);
    await pair.settled(a, 240);
  });
});
