import { afterEach, describe, expect, test } from 'vitest';
import { BEAT, FakeNode } from './node.js';

let node: FakeNode;
afterEach(() => node.remove());

const seconds = () => BEAT;
/** Not the preferred node, serving, with a peer that is ready to take over. */
const start = (view: object = {}) => {
  node = new FakeNode({ failback: 'auto', preferred: 0, ...view });
  return node.serving().peer({});
};
const gives = async (kind = 'tick') => {
  const before = node.calls().length;
  await node.reconcile(kind);
  return node.calls().slice(before).includes('hastctl role secondary disk0');
};

describe('failback: auto', () => {
  test('gives the storage to the preferred node, which is ready', async () => {
    start();
    expect(await gives()).toBe(true);
    expect(node.recorded('reason')).toBe('requested');
  });

  test.each<[string, () => unknown]>([
    ['manual', () => start({ failback: 'manual' })],
    ['the preferred node itself', () => start({ preferred: 1 })],
    ['a peer that is not ready', () => start().peer({ ready: 'no' })],
    ['a peer that is synchronised', () => start().set('dirty', '4096')],
    ['within a minute of the last move', () => start().set('run/moved', `${seconds() - 50}\n`)],
    ['in maintenance here', () => start().set('db/maintenance', '99999999999\n')],
    ['given a moment ago, and it could not serve', () => start().set('run/gave', `${seconds() - 3500}\n`)],
  ])('not: %s', async (_name, prepare) => {
    prepare();
    expect(await gives()).toBe(false);
  });

  test('only the timer gives it', async () => {
    start();
    expect(await gives('wake')).toBe(false);
  });

  test.each([
    ['after an hour', () => seconds() - 3601],
    ['when that was before the last boot', () => seconds() + 86_400],
  ])('a node that could not serve is tried again %s', async (_name, gave) => {
    start().set('run/gave', `${gave()}\n`);
    expect(await gives()).toBe(true);
  });

  test('a preferred node that served has done well: the next time it need not wait', async () => {
    start().standby().set('run/gave', `${seconds()}\n`);
    node.peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp: 'MASTER' });
    await node.reconcile();
    expect(node.get('run/gave')).toBe('');
  });
});
