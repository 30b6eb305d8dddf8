import { hastconf } from '../hastconf.js';
import type { Live } from '../live.js';
import { clusterFor } from '../states.js';
import type { Scenario } from '../types.js';

const APPLY_MS = 600_000;

/** `plan` finds nothing to do, and a second apply runs nothing. */
async function nothingToDo(live: Live): Promise<void> {
  await live.hastconf(['plan', '--detailed-exitcode']);
  const { stdout } = await live.hastconf(['apply', '-y', '--no-input']);
  live.expect(/nothing to do/i.test(stdout), `a second apply does nothing: ${stdout.slice(-500)}`);
}

async function apply(live: Live, state: 'one' | 'three'): Promise<void> {
  live.clusterFile = await clusterFor(live.machines.clusterFile, { state });
  const from = Date.now();
  await live.hastconf(['apply', '-y', '--no-input'], { timeoutMs: APPLY_MS });
  live.note(`apply took ${((Date.now() - from) / 1000).toFixed(0)} s`);
  await live.settled('hasta');
  await live.write();
  await live.lines(20, 'hasta');
  await nothingToDo(live);
}

/** Cuts the apply off with this signal as soon as so many steps are done; true: it was cut off. */
async function cutOff(live: Live, steps: number, signal: NodeJS.Signals): Promise<boolean> {
  let done = 0;
  let killed = false;
  const { code } = await hastconf(['-f', live.clusterFile, 'apply', '-y', '--json'], {
    timeoutMs: APPLY_MS,
    onLine: (line, kill) => {
      if (!/"event":"step".*"state":"done"/.test(line)) return;
      done += 1;
      if (done < steps || killed) return;
      killed = true;
      kill(signal);
    },
  });
  live.note(`${signal} after ${done} steps: exit ${code}`);
  live.expect(!killed || code !== 0, 'an apply that was cut off does not say that it is done');
  return killed;
}

export const SET_UP: readonly Scenario[] = [
  {
    name: 'set-up-ufs',
    group: 'set-up',
    title: 'set-up from clean with UFS, then nothing to do',
    from: 'clean',
    limitMs: 900_000,
    run: (live) => apply(live, 'one'),
  },
  {
    name: 'set-up-zfs',
    group: 'set-up',
    title: 'set-up from clean with UFS and a ZFS mirror over two resources',
    from: 'clean',
    limitMs: 900_000,
    run: (live) => apply(live, 'three'),
  },
  {
    name: 'interrupted-apply',
    group: 'set-up',
    title: 'apply ended by SIGINT and by SIGKILL, then completed',
    from: 'clean',
    limitMs: 900_000,
    run: async (live) => {
      live.clusterFile = await clusterFor(live.machines.clusterFile, { state: 'one' });
      await cutOff(live, 3, 'SIGINT');
      await cutOff(live, 12, 'SIGKILL');
      await cutOff(live, 8, 'SIGINT');
      await live.hastconf(['apply', '-y', '--no-input'], { timeoutMs: APPLY_MS });
      await live.settled('hasta');
      await live.write();
      await live.lines(20, 'hasta');
      await nothingToDo(live);
    },
  },
  {
    name: 'second-apply',
    group: 'set-up',
    title: 'apply on a serving pair finds nothing to do',
    from: 'one',
    ci: true,
    run: async (live) => {
      await live.write();
      await live.lines(20, 'hasta');
      await live.measure('plan and apply', () => nothingToDo(live));
    },
  },
];
