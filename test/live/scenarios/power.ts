import type { Live } from '../live.js';
import type { Scenario } from '../types.js';
import { fsyncedFiles, intact } from './moves.js';

/** Cuts the power of the node that serves, waits until the other one serves, and brings it back. */
async function cutPrimary(live: Live, primary: string): Promise<void> {
  const other = live.other(primary);
  await live.measure(`power cut of ${primary}, primary`, async () => {
    await live.powerCut(primary);
    await live.lines(20, other, 120_000);
  });
  await live.measure(`${primary} returns`, async () => {
    await live.powerOn(primary);
    await live.settled(other);
  });
}

async function cutStandby(live: Live, primary: string): Promise<void> {
  const standby = live.other(primary);
  await live.measure(`power cut of ${standby}, standby`, async () => {
    await live.powerCut(standby);
    await live.lines(40, primary, 120_000);
  });
  await live.measure(`${standby} returns`, async () => {
    await live.powerOn(standby);
    await live.settled(primary);
  });
}

async function begin(live: Live): Promise<void> {
  await live.write();
  await live.lines(40, 'hasta');
}

async function alternate(live: Live): Promise<void> {
  await begin(live);
  let primary = 'hasta';
  for (let round = 1; round <= live.rounds; round += 1) {
    live.say(`round ${round} of ${live.rounds}`);
    await cutPrimary(live, primary);
    primary = live.other(primary);
    await cutStandby(live, primary);
    live.note(`round ${round} done`);
  }
}

async function bothOff(live: Live, apart: boolean): Promise<void> {
  await begin(live);
  await live.measure('both off and on', async () => {
    await Promise.all([live.powerCut('hasta'), live.powerCut('hastb')]);
    if (apart) {
      await live.powerOn('hasta');
      await live.lines(1, 'hasta', 1).catch(() => undefined);
      await live.powerOn('hastb');
    } else await Promise.all([live.powerOn('hasta'), live.powerOn('hastb')]);
    const serving = await live.settled();
    await live.lines(10, serving);
  });
}

/** A minute a boot, two boots and two rests a round. */
const roundsLimit = 3_600_000;

export const POWER: readonly Scenario[] = [
  {
    name: 'power-cut-primary',
    group: 'power',
    title: 'power cut of the primary, and its return',
    from: 'one',
    ci: true,
    baseline: true,
    run: async (live) => {
      await begin(live);
      await cutPrimary(live, 'hasta');
    },
  },
  {
    name: 'power-cut-standby',
    group: 'power',
    title: 'power cut of the standby, and its return',
    from: 'one',
    baseline: true,
    run: async (live) => {
      await begin(live);
      await cutStandby(live, 'hasta');
    },
  },
  {
    name: 'power-cut-primary-three',
    group: 'power',
    title: 'power cut of the primary, three resources, and its return',
    from: 'three',
    run: async (live) => {
      await begin(live);
      await cutPrimary(live, 'hasta');
    },
  },
  {
    name: 'power-cut-standby-three',
    group: 'power',
    title: 'power cut of the standby, three resources, and its return',
    from: 'three',
    run: async (live) => {
      await begin(live);
      await cutStandby(live, 'hasta');
    },
  },
  {
    name: 'power-rounds',
    group: 'power',
    title: 'power cuts in a row with alternating victims',
    from: 'one',
    limitMs: roundsLimit,
    run: alternate,
  },
  {
    name: 'power-rounds-three',
    group: 'power',
    title: 'power cuts in a row with alternating victims, three resources',
    from: 'three',
    mendedBy: 8,
    limitMs: roundsLimit,
    run: alternate,
  },
  {
    name: 'both-off-together',
    group: 'power',
    title: 'both machines lose power and start together',
    from: 'one',
    baseline: true,
    run: (live) => bothOff(live, false),
  },
  {
    name: 'both-off-apart',
    group: 'power',
    title: 'both machines lose power and start one after the other',
    from: 'one',
    run: (live) => bothOff(live, true),
  },
  {
    name: 'off-in-order-apart',
    group: 'power',
    title: 'the standby is cut off first and started last: the newer copy serves',
    from: 'one',
    run: async (live) => {
      await begin(live);
      await live.powerCut('hastb');
      await live.lines(60, 'hasta', 120_000);
      await live.powerCut('hasta');
      // The stale node alone must not serve.
      await live.powerOn('hastb');
      await live.pause(30_000);
      const stale = await live.agent('hastb');
      live.expect(stale?.state !== 'serving', `the stale node does not serve: ${JSON.stringify(stale)}`);
      await live.powerOn('hasta');
      await live.settled('hasta');
      await live.lines(10, 'hasta');
    },
  },
  {
    name: 'slow-disk-power-cut',
    group: 'power',
    title: "the standby's disk is slow under writes, then the primary loses power",
    from: 'one',
    mendedBy: 8,
    run: async (live) => {
      await begin(live);
      const slow = await live.fault('slow-disk', 'hastb', 'vtbd1', '200000');
      const files = await fsyncedFiles(live, 'hasta');
      await live.measure('power cut of hasta', async () => {
        await live.powerCut('hasta');
        await live.lines(10, 'hastb', 300_000);
      });
      await intact(live, files);
      await live.undo(slow);
      await live.powerOn('hasta');
      await live.settled('hastb', 400_000);
    },
  },
];
