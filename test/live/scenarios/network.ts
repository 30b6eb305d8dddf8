import type { Live } from '../live.js';
import type { Scenario } from '../types.js';

async function begin(live: Live): Promise<void> {
  await live.write();
  await live.lines(40, 'hasta');
}

/** Long enough for hastd's timeout and for CARP. */
const WATCH_MS = 40_000;

export const NETWORK: readonly Scenario[] = [
  {
    name: 'replication-silent',
    group: 'network',
    title: 'the replication network is silent for 40 s',
    from: 'one',
    ci: true,
    run: async (live) => {
      await begin(live);
      await live.measure('replication silent, and back', async () => {
        const cut = await live.fault('cut-link', 'replication');
        await live.pause(WATCH_MS);
        live.expect((await live.serving()) === 'hasta', 'no role changes');
        await live.undo(cut);
        await live.settled('hasta');
      });
    },
  },
  {
    name: 'lan-silent',
    group: 'network',
    title: "the primary's LAN port is silent, with a witness",
    from: 'one',
    client: true,
    run: async (live) => {
      await begin(live);
      const cut = await live.fault('cut-link', 'lan', 'hasta');
      await live.measure("the primary's LAN port silent", () => live.lines(20, 'hastb', 150_000));
      await live.measure('the port is back', async () => {
        await live.undo(cut);
        await live.settled('hastb');
      });
    },
  },
  {
    name: 'isolated',
    group: 'network',
    title: 'the primary is cut off from everything, with a witness',
    from: 'one',
    client: true,
    run: async (live) => {
      await begin(live);
      const cuts: string[] = [];
      await live.measure('the primary cut off', async () => {
        cuts.push(await live.fault('cut-link', 'replication', 'hasta'));
        cuts.push(await live.fault('cut-link', 'lan', 'hasta'));
        await live.lines(20, 'hastb', 150_000);
        await live.pause(20_000);
      });
      for (const cut of cuts) await live.undo(cut);
      await live.settled('hastb');
    },
  },
  {
    name: 'carrier-loss',
    group: 'network',
    title: "the primary's LAN interface loses its carrier",
    from: 'one',
    run: async (live) => {
      await begin(live);
      const cut = await live.fault('no-carrier', 'lan', 'hasta');
      await live.measure('carrier lost', () => live.lines(20, 'hastb', 150_000));
      await live.measure('carrier back', async () => {
        await live.undo(cut);
        await live.settled('hastb');
      });
    },
  },
];
