import type { Live } from '../live.js';
import type { Scenario } from '../types.js';

const BOTH = ['hasta', 'hastb'] as const;

async function begin(live: Live): Promise<void> {
  await live.write();
  await live.lines(40, 'hasta');
}

/** The agents' connections end and none can be made: an alarm on both nodes, and nothing else. */
async function broken(live: Live, node: 'hasta' | 'hastb'): Promise<void> {
  await begin(live);
  await live.measure(`no login on ${node}`, async () => {
    const stopped = await live.fault('stop-sshd', node);
    await live.must(node, 'pkill -u hastpeer; true');
    for (const name of BOTH)
      await live.until(
        `${name} raises peer-channel`,
        120_000,
        async () => (await live.agent(name))?.alarms.includes('peer-channel') === true,
      );
    live.expect((await live.agent('hastb'))?.fresh === 'fresh', 'the copy is not stale for it');
    await live.undo(stopped);
    await live.settled('hasta');
  });
}

/** Under writes that never pause `dirty` counts what is on its way, and is seldom 0. */
async function steadyWrites(live: Live): Promise<void> {
  await begin(live);
  await live.must(
    'hasta',
    `for i in 1 2 3 4; do
  (while [ -e /hast/disk0/live ]; do dd if=/dev/zero of=/hast/disk0/busy.$i bs=64k count=16 conv=fsync 2>/dev/null || break; done) &
done </dev/null >/dev/null 2>&1`,
  );
  const cut = await live.fault('cut-link', 'replication');
  await live.pause(20_000);
  await live.undo(cut);
  await live.until(
    'the standby is fresh again while the writes go on',
    240_000,
    async () => (await live.agent('hastb'))?.fresh === 'fresh',
  );
  await live.must('hasta', 'pkill -f busy; rm -f /hast/disk0/busy.*');
  await live.settled('hasta');
}

const SECONDS = 60;

/** What an idle pair costs: processes by the kernel's own count, logins by sshd's. */
async function idle(live: Live): Promise<void> {
  await live.settled('hasta');
  const look = `sysctl -n vm.stats.vm.v_forks vm.stats.vm.v_vforks vm.stats.vm.v_rforks | tr '\\n' ' '
grep -c 'Accepted publickey for hastpeer' /var/log/auth.log`;
  const count = async (node: string): Promise<[number, number]> => {
    const numbers = (await live.must(node, look)).trim().split(/\s+/).map(Number);
    const logins = numbers.pop() ?? 0;
    return [numbers.reduce((sum, one) => sum + one, 0), logins];
  };
  for (const node of BOTH) {
    const [forks, logins] = await count(node);
    await live.pause(SECONDS * 1000);
    const [after, now] = await count(node);
    live.note(
      `${node}: ${((after - forks) / (SECONDS / 10)).toFixed(0)} processes in ten seconds, ten of them the sleep`,
    );
    live.expect(now === logins, `no login on ${node} in ${SECONDS} s, not ${now - logins}`);
  }
}

export const CHANNEL: readonly Scenario[] = [
  ...BOTH.map(
    (node): Scenario => ({
      name: `channel-broken-${node}`,
      group: 'channel',
      title: `${node} lets no agent in any more, and then does`,
      from: 'one',
      run: (live) => broken(live, node),
    }),
  ),
  {
    name: 'steady-writes',
    group: 'channel',
    title: 'the standby comes back under writes that never pause',
    from: 'one',
    run: steadyWrites,
  },
  { name: 'idle', group: 'channel', title: 'what an idle pair costs in a minute', from: 'one', run: idle },
];
