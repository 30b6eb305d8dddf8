import { afterEach, describe, expect, it } from 'vitest';
import { Bench, expectClear } from './bench.js';

const benches: Bench[] = [];
async function start(): Promise<Bench> {
  const bench = await Bench.start();
  benches.push(bench);
  return bench;
}
afterEach(async () => {
  for (const bench of benches.splice(0)) await bench.stop();
});

async function expectDone(bench: Bench): Promise<void> {
  const outcome = await bench.apply();
  expect(outcome.code, outcome.stderr).toBe(0);
  expect(outcome.stdout).toContain('VERIFIED');
  const again = await bench.apply();
  expect(again.stdout).toContain('Nothing to do');
  for (const { name } of bench.lab.nodes) expect(bench.leftovers(name)).toEqual([]);
}

describe('the connection to a node is lost', () => {
  it('at every channel in turn: each run goes on where the one before was cut off', async () => {
    const bench = await start();
    const { ssh } = bench.lab.node('hasta');
    for (let channel = 1; ; channel += 1) {
      ssh.dropAtChannel(channel);
      const outcome = await bench.apply();
      if (outcome.code === 0) break;
      expectClear(outcome, 4, /hasta: the connection was lost (during "|while (reading|listening|taking))/);
      expect(channel).toBeLessThan(40);
    }
    ssh.dropAtChannel(Number.POSITIVE_INFINITY);
    await expectDone(bench);
  }, 400_000);

  it.each([18, 31])(
    'at channel %i of a first apply',
    async (channel) => {
      const bench = await start();
      bench.lab.node('hastb').ssh.dropAtChannel(channel);
      const outcome = await bench.apply();
      expectClear(outcome, 4, /hastb: the connection was lost (during "|while reading its state)/);
      await expectDone(bench);
    },
    60_000,
  );

  it('for good, when a node loses its power in the middle', async () => {
    const bench = await start();
    const outcome = await bench.applyWith('hasta/primary/disk1', () =>
      bench.lab.fault('power-cut', ['hasta']),
    );
    expectClear(
      outcome,
      4,
      'hasta: the connection was lost during "Make disk1 primary"',
      'once hasta answers',
    );
    const off = await bench.apply();
    expectClear(off, 4, 'hasta: 127.0.0.1 port');
    await bench.lab.fault('power-on', ['hasta']);
    await expectDone(bench);
  });
});
