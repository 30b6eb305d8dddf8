import type { Scenario } from '../types.js';

/** The primary is paused as a hypervisor does for a snapshot; who serves afterwards is the agents' choice. */
function frozen(seconds: number): Scenario {
  return {
    name: `frozen-${seconds}`,
    group: 'frozen',
    title: `the primary is frozen for ${seconds} s, with a witness`,
    from: 'one',
    client: true,
    run: async (live) => {
      await live.write();
      await live.lines(40, 'hasta');
      await live.measure(`frozen for ${seconds} s`, async () => {
        const frost = await live.fault('freeze', 'hasta');
        await live.pause(seconds * 1000);
        await live.undo(frost);
        const serving = await live.settled();
        await live.lines(20, serving);
      });
    },
  };
}

export const FROZEN: readonly Scenario[] = [frozen(2), frozen(4), frozen(6), frozen(10), frozen(30)];
