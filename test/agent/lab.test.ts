import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type NodeName, Pair } from './pair.js';

/**
 * Whole histories: the real agent on both nodes of the lab, under a real sh, over the peer channel. Each
 * history starts from a pair at rest with hasta serving and ends in the next one's start.
 */
let pair: Pair;
beforeAll(async () => {
  pair = await Pair.start(8);
  await pair.settled('hasta', 'hastb');
}, 120_000);
afterAll(() => pair?.stop(), 60_000);

const write = (node: NodeName, name: string) =>
  pair.sh(node, `echo ${name} >/hast/disk0/${name} && fsync /hast/disk0/${name}`);
const read = async (node: NodeName, name: string) => (await pair.sh(node, `cat /hast/disk0/${name}`)).trim();
const agent = (node: NodeName, words: string) => pair.sh(node, `/usr/local/sbin/carp-hast-switch ${words}`);
const serves = (node: NodeName, limit: number) =>
  pair.until(`${node} serves`, limit, async () => (await pair.status(node)).state === 'serving');

describe('histories in the lab', { timeout: 120_000 }, () => {
  test('first set-up: the primary serves at epoch 1, the other is a fresh standby', async () => {
    expect(await pair.status('hasta')).toMatchObject({ epoch: 1, agreedEpoch: 1, carp: { advskew: 0 } });
    expect(await pair.status('hastb')).toMatchObject({ epoch: 1, fresh: 'fresh', mounts: [] });
  });

  test('planned move there and back: nothing is lost, epochs are counted on both', async () => {
    await write('hasta', 'one');
    expect((await agent('hastb', 'promote')).trim()).toBe('serving');
    expect(await read('hastb', 'one')).toBe('one');
    await pair.settled('hastb', 'hasta');
    expect((await pair.status('hasta')).epoch).toBe(2);
    await agent('hasta', 'promote');
    await pair.settled('hasta', 'hastb');
    expect((await pair.status('hastb')).lastTransition).toMatchObject({ to: 'standby', reason: 'requested' });
  });

  test('power cut of the primary: the other serves what was acknowledged; the crashed one returns as secondary', async () => {
    await write('hasta', 'two');
    await pair.lab.fault('power-cut', ['hasta']);
    await serves('hastb', 30);
    expect(await read('hastb', 'two')).toBe('two');
    await pair.until('the reject route is gone', 5, async () => (await pair.leftovers('hastb')) === '');
    await write('hastb', 'three');
    await pair.lab.fault('power-on', ['hasta']);
    await pair.settled('hastb', 'hasta');
    expect((await pair.status('hastb')).lastTransition).toMatchObject({ reason: 'peer-dead' });
    expect((await pair.status('hasta')).lastTransition).toMatchObject({ to: 'standby', reason: 'returning' });
  });

  test('shutdown of the serving node hands over; the restarted node does not take anything back', async () => {
    const down = pair.lab.world.shutdown('hastb');
    await serves('hasta', 30);
    await down;
    await pair.until('hasta misses it', 60, async () => (await pair.status('hasta')).link === 'degraded');
    expect(await read('hasta', 'three')).toBe('three');
    await pair.lab.world.boot('hastb');
    await pair.settled('hasta', 'hastb');
  });

  test('a CARP flap moves nothing', async () => {
    const before = (await pair.status('hasta')).lastTransition;
    await pair.lab.fault('carp-flap', ['hastb']);
    await pair.lab.clock.sleep(6_000);
    await pair.settled('hasta', 'hastb');
    expect((await pair.status('hasta')).lastTransition).toEqual(before);
  });

  test('the replication link is cut: the standby is stale, and stays down when the primary dies as well', async () => {
    await pair.lab.fault('cut-link', ['replication']);
    await write('hasta', 'alone');
    await pair.until(
      'hastb knows that it is stale',
      60,
      async () => (await pair.status('hastb')).fresh === 'stale',
    );
    await pair.lab.fault('power-cut', ['hasta']);
    await pair.lab.clock.sleep(15_000);
    expect(await pair.status('hastb')).toMatchObject({ state: 'standby', mounts: [], reason: 'not-fresh' });
    await pair.lab.fault('restore-link', ['replication']);
    await pair.lab.fault('power-on', ['hasta']);
    await pair.settled('hasta', 'hastb');
    expect(await read('hasta', 'alone')).toBe('alone');
  });

  test('both lose power at once: one serves again, the other follows', async () => {
    await pair.lab.fault('power-cut', ['hasta']);
    await pair.lab.fault('power-cut', ['hastb']);
    await Promise.all([pair.lab.fault('power-on', ['hasta']), pair.lab.fault('power-on', ['hastb'])]);
    await pair.settled('hasta', 'hastb');
    expect(await read('hasta', 'alone')).toBe('alone');
  });

  test('a primary cut off on every network steps down; what it wrote alone makes it a split-brain, and both copies stay', async () => {
    await pair.lab.fault('cut-link', ['replication']);
    await pair.lab.fault('cut-link', ['lan', 'hasta']);
    await serves('hastb', 60);
    expect(await pair.status('hasta')).toMatchObject({ mounts: [], lastTransition: { reason: 'isolated' } });
    await write('hastb', 'theirs');
    await pair.lab.fault('restore-link', ['replication']);
    await pair.lab.fault('restore-link', ['lan', 'hasta']);
    const split = async (node: NodeName) => (await pair.status(node)).alarms.includes('split-brain');
    await pair.until('both say so', 60, async () => (await split('hasta')) && (await split('hastb')));
    await pair.lab.clock.sleep(15_000);
    const roles = await Promise.all(
      ['hasta', 'hastb'].map((node) => pair.sh(node as NodeName, 'hastctl status')),
    );
    expect(roles.join('')).not.toContain('secondary');
    const mounted = await Promise.all(['hasta', 'hastb'].map((node) => pair.status(node as NodeName)));
    expect(mounted.filter(({ mounts }) => mounts.length > 0)).toHaveLength(1);
  });
});
