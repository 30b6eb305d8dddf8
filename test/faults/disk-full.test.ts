import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, expectClear } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const fileOf = (node: string, path: string) =>
  bench.state(node).filter((line) => line.startsWith(`${path} `));

/** One file of each phase that writes some, and the agent, the largest. */
const FILES = [
  '/var/db/hastconf/peer/.ssh/authorized_keys',
  '/etc/rc.conf',
  '/usr/local/sbin/carp-hast-switch',
  '/etc/hast.conf',
  '/usr/local/etc/hastconf/agent.conf',
];

describe('a disk that fills up', () => {
  it('before anything is written is found by the preflight', async () => {
    await bench.lab.fault('fill-disk', ['hastb']);
    const outcome = await bench.unchanged(() => bench.apply());
    await bench.lab.fault('free-disk', ['hastb']);
    expectClear(outcome, 3, 'hastb', 'full');
  });

  it.each(FILES)('at %s: the old one stays whole, nothing is left over', async (path) => {
    let before: string[] | undefined;
    const outcome = await bench.run(['apply', '-y', '--json'], {
      onStep: (id, state) => {
        if (state !== 'start' || !id.startsWith('hasta/') || !id.endsWith(path)) return;
        before = fileOf('hasta', path);
        void bench.lab.fault('fill-disk', ['hasta']);
      },
    });
    await bench.lab.fault('free-disk', ['hasta']);
    expect(before, 'the file was to be written').toBeDefined();
    expectClear(outcome, 1, 'hasta: "', path, 'the disk is full', 'make room on hasta');
    expect(fileOf('hasta', path)).toEqual(before);
    expect(bench.leftovers('hasta')).toEqual([]);
  });

  it('and is freed: the next run completes the pair', async () => {
    const outcome = await bench.apply();
    expect(outcome.code, outcome.stderr).toBe(0);
    expect((await bench.apply()).stdout).toContain('Nothing to do');
  });
});
