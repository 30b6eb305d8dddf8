import { afterEach, describe, expect, test } from 'vitest';
import { BEAT, FakeNode } from './node.js';

let node: FakeNode;
afterEach(() => node.remove());

const seconds = () => BEAT;
/** A fresh standby that is MASTER for ten seconds, although its peer serves. */
const start = (words: object = {}) => {
  node = new FakeNode();
  node
    .standby()
    .set('carp', 'MASTER\n')
    .set('run/misplaced', `${seconds() - 10}\n`);
  return node.peer({
    state: 'serving',
    roles: 'all-primary',
    mounts: 'all',
    carp: 'BACKUP',
    ready: 'no',
    ...words,
  });
};
const asks = async (kind = 'tick') => {
  // Its answer never changes here, so it is asked for a while.
  const { code } = await node.run(
    `take_over() { echo asked >>"$FAKE/asked"; return 1; }\nload_config\nverb_locked ${kind}`,
  );
  expect(code).toBe(0);
  return node.get('asked') !== '';
};

describe('the address that has left the node that serves', () => {
  test('takes the storage along, as a planned move', async () => {
    start();
    expect(await asks()).toBe(true);
    expect(node.get('log')).toContain('the address has come here and stays');
  });

  test('not before it has lasted', async () => {
    start().unset('run/misplaced');
    expect(await asks()).toBe(false);
    expect(Number(node.get('run/misplaced'))).toBeGreaterThan(seconds() - 10);
  });

  test('a refusal is taken for ten minutes', async () => {
    start();
    await asks();
    node.unset('asked');
    expect(await asks()).toBe(false);
    node.set('run/misplaced', `${seconds() - 5}\n`);
    expect(await asks()).toBe(true);
  });

  test.each<[string, () => unknown]>([
    ['both are MASTER: they do not hear each other', () => start({ carp: 'MASTER' })],
    ['it has no carrier: it lets go by itself', () => start({ carp: 'INIT' })],
    ['it is still coming up', () => start({ state: 'promoting' })],
    ['our copy is not fresh', () => start().record({ fresh: 'stale' })],
    ['its copy is newer', () => start({ epoch: 6, agreed: 6 })],
    ['we are in maintenance', () => start().set('db/maintenance', '99999999999\n')],
    ['we do not have it', () => start().set('carp', 'BACKUP\n')],
  ])('not: %s', async (_name, prepare) => {
    prepare();
    expect(await asks()).toBe(false);
    expect(node.get('run/misplaced')).toBe('');
  });

  test('events do not count', async () => {
    start();
    expect(await asks('wake')).toBe(false);
    expect(node.get('run/misplaced')).not.toBe('');
  });
});
