import { expect } from 'vitest';
import type { AgentStatus, Pair } from './pair.js';
import { scene } from './scene.js';

const moves = async (pair: Pair, node: 'hasta' | 'hastb') =>
  (await pair.log(node)).filter((line) => / -> (serving|standby|down): /.test(line)).length;

/** hasta, the preferred node, has crashed and hastb serves. */
async function crashed(pair: Pair): Promise<void> {
  // One that dies before the other has seen it serve has not served: it would not get the storage back for an hour.
  await pair.says('hastb', { peerState: 'serving' }, 30);
  await pair.write('hasta');
  await pair.fault('power-cut', 'hasta');
  await pair.serves('hastb', 20);
  await pair.write('hastb');
}

scene('failback: auto', { agent: 'failback: auto' }, ['/hast/disk0'], ({ fromHasta }) => {
  fromHasta(
    'the preferred node gets the storage back after the synchronisation, as a planned move, and once (19)',
    async (pair) => {
      await crashed(pair);
      await pair.sh(
        'hastb',
        'dd if=/dev/zero of=/hast/disk0/big bs=1m count=40 2>/dev/null; fsync /hast/disk0/big',
      );
      await pair.fault('slow-sync', String(512 * 1024));
      const start = pair.now;
      await pair.fault('power-on', 'hasta');
      await pair.until('it is synchronised', 60, () => pair.roles('hasta') === 'secondary');
      await pair.pass(70);
      expect(pair.machine('hastb').hast[0]?.dirty).toBeGreaterThan(0);
      expect(pair.mounted('hastb')).toBe(true);
      const { epoch } = (await pair.published('hastb')) as AgentStatus;
      await pair.fault('slow-sync', '200M');
      await pair.settled('hasta', 180);
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(2);
      const said = (await pair.published('hasta')) as AgentStatus;
      expect(said.lastTransition).toMatchObject({ from: 'standby', to: 'serving' });
      expect(said.epoch).toBe(epoch + 1);
      expect((await pair.published('hastb'))?.lastTransition).toMatchObject({ reason: 'requested' });
      const before = (await moves(pair, 'hasta')) + (await moves(pair, 'hastb'));
      await pair.pass(80);
      expect((await moves(pair, 'hasta')) + (await moves(pair, 'hastb'))).toBe(before);
      await pair.sh('hasta', 'rm /hast/disk0/big');
    },
  );

  fromHasta('not while either node is in maintenance, and soon after it (19, 21)', async (pair) => {
    await crashed(pair);
    expect((await pair.agent('hastb', 'maintenance on 3600')).code).toBe(0);
    const start = pair.now;
    await pair.fault('power-on', 'hasta');
    await pair.says('hasta', { state: 'standby', fresh: 'fresh' });
    await pair.pass(80);
    expect(pair.mounted('hastb')).toBe(true);
    expect((await pair.agent('hasta', 'maintenance on 3600')).code).toBe(0);
    expect((await pair.agent('hastb', 'maintenance off')).code).toBe(0);
    await pair.pass(80);
    expect(pair.mounted('hastb')).toBe(true);
    expect((await pair.agent('hasta', 'maintenance off')).code).toBe(0);
    await pair.settled('hasta', 120);
    expect(pair.watcher.outage(start)).toBeLessThanOrEqual(2);
  });

  fromHasta(
    'a preferred node that cannot serve is tried once, not again and again, and once more when it works (10, 16)',
    async (pair) => {
      await crashed(pair);
      await pair.fault('power-on', 'hasta');
      await pair.fault('fail-command', 'hasta', 'fsck_ufs', '8');
      const start = pair.now;
      await pair.until('it has tried', 240, async () =>
        (await pair.log('hasta')).some((line) => line.includes('promotion failed')),
      );
      await pair.serves('hastb', 60);
      await pair.pass(1); // until the watcher has seen it as well
      const tried = pair.now;
      await pair.pass(150);
      expect(pair.watcher.outage(tried)).toBe(0);
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(15);
      await pair.fault('heal-command', 'hasta', 'fsck_ufs');
      expect(await pair.agent('hasta', 'promote')).toMatchObject({ code: 0 });
    },
  );
});

scene('failback: manual', {}, ['/hast/disk0'], ({ fromHasta }) => {
  fromHasta('the storage stays where it is, synchronised or not (19)', async (pair) => {
    await crashed(pair);
    const start = pair.now;
    await pair.fault('power-on', 'hasta');
    await pair.settled('hastb');
    await pair.pass(80);
    await pair.settled('hastb');
    expect(pair.watcher.outage(start)).toBe(0);
  });
});
