import { clusterFor } from '../states.js';
import type { Scenario } from '../types.js';

export const NODE: readonly Scenario[] = [
  {
    name: 'full-var',
    group: 'node',
    title: "the primary's /var is full; a planned move all the same",
    from: 'one',
    run: async (live) => {
      await live.write();
      await live.lines(40, 'hasta');
      const full = await live.fault('fill-disk', 'hasta');
      await live.lines(20, 'hasta');
      await live.measure('planned move away from the full node', async () => {
        await live.move('hastb');
        await live.lines(20, 'hastb', 90_000);
      });
      await live.undo(full);
      await live.settled('hastb');
    },
  },
  {
    name: 'full-var-power-cut',
    group: 'node',
    title: "the standby's /var is full when the primary loses power",
    from: 'one',
    run: async (live) => {
      await live.write();
      await live.lines(40, 'hasta');
      const full = await live.fault('fill-disk', 'hastb');
      await live.pause(15_000);
      await live.measure('power cut of hasta', async () => {
        await live.powerCut('hasta');
        await live.lines(20, 'hastb', 120_000);
      });
      await live.undo(full);
      await live.powerOn('hasta');
      await live.settled('hastb');
    },
  },
  {
    name: 'sshd-stopped',
    group: 'node',
    title: "the standby's sshd is stopped for 40 s, then the primary's: nothing moves",
    from: 'one',
    run: async (live) => {
      await live.write();
      await live.lines(40, 'hasta');
      for (const node of ['hastb', 'hasta']) {
        const stopped = await live.fault('stop-sshd', node);
        await live.measure(`sshd of ${node} stopped`, () => live.pause(40_000));
        await live.undo(stopped);
        await live.settled('hasta');
      }
    },
  },
  {
    name: 'rc-service',
    group: 'node',
    title: 'an rc service follows a planned move and a power cut',
    from: 'one',
    run: async (live) => {
      live.clusterFile = await clusterFor(live.machines.clusterFile, {
        state: 'one',
        services: [{ type: 'rc', name: 'inetd' }],
      });
      await live.hastconf(['apply', '-y', '--no-input']);
      await live.settled('hasta');
      const runs = async (node: string) =>
        (await live.sh(node, 'service inetd onestatus >/dev/null')).code === 0;
      live.expect(await runs('hasta'), 'inetd runs where the storage is');
      live.expect(!(await runs('hastb')), 'inetd does not run on the standby');
      await live.write();
      await live.lines(40, 'hasta');
      await live.measure('planned move to hastb', async () => {
        await live.move('hastb');
        await live.lines(20, 'hastb', 120_000);
      });
      await live.settled('hastb');
      await live.until('inetd runs on hastb', 60_000, () => runs('hastb'));
      live.expect(!(await runs('hasta')), 'inetd has stopped on hasta');
      await live.measure('power cut of hastb', async () => {
        await live.powerCut('hastb');
        await live.lines(20, 'hasta', 120_000);
      });
      await live.until('inetd runs on hasta', 60_000, () => runs('hasta'));
      await live.powerOn('hastb');
      await live.settled('hasta');
    },
  },
];
