import { afterEach, describe, expect, test } from 'vitest';
import { FakeNode } from './node.js';

let node: FakeNode;
afterEach(() => node.remove());

const BACK = 'ifconfig vtnet1 vhid 1 state backup';
/** A standby that is MASTER although its peer serves. */
const start = (carp = 'BACKUP') => {
  node = new FakeNode();
  node.standby().set('carp', 'MASTER\n');
  return node.peer({ state: 'serving', roles: 'all-primary', mounts: 'all', carp, ready: 'no' });
};

describe('the address of the serving node', () => {
  test('is given back at the next tick, after the advskew', async () => {
    start();
    await node.reconcile();
    expect(node.calls().filter((call) => call.startsWith('ifconfig'))).toEqual([
      'ifconfig vtnet1 vhid 1 advskew 240',
      BACK,
    ]);
    expect(node.get('log')).toContain('giving the address back to hastb');
  });

  test.each([
    ['both are MASTER: they do not hear each other', 'MASTER'],
    ['it has no carrier: its standby is about to take over', 'INIT'],
  ])('is not given to a peer that cannot take it: %s', async (_name, carp) => {
    start(carp);
    await node.reconcile();
    expect(node.calls()).not.toContain(BACK);
  });

  test('is not given at every event', async () => {
    start();
    await node.reconcile('wake');
    expect(node.calls()).not.toContain(BACK);
  });

  test('stays where nobody else serves', async () => {
    start();
    await node.peer({}).set('carp', 'BACKUP\n').reconcile();
    expect(node.calls()).not.toContain(BACK);
  });
});
