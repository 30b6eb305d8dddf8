import type { Live } from '../live.js';
import type { Scenario } from '../types.js';

/** Moves the storage and waits until the other node's writer goes on. */
async function moveTo(live: Live, to: string): Promise<void> {
  await live.measure(`planned move to ${to}`, async () => {
    await live.move(to);
    await live.lines(20, to, 90_000);
  });
  await live.settled(to);
}

async function bothWays(live: Live): Promise<void> {
  await live.write();
  await live.lines(40, 'hasta');
  await moveTo(live, 'hastb');
  await moveTo(live, 'hasta');
}

/** The node switches itself off in order and is started again; the storage stays where it went. */
async function reboot(live: Live, node: string): Promise<void> {
  const other = live.other(node);
  await live.measure(`orderly shutdown of ${node}`, async () => {
    await live.shutdown(node);
    await live.lines(20, other, 120_000);
  });
  await live.measure(`${node} returns`, async () => {
    await live.powerOn(node);
    await live.settled(other);
  });
}

export const MOVES: readonly Scenario[] = [
  {
    name: 'move',
    group: 'moves',
    title: 'planned move both ways',
    from: 'one',
    ci: true,
    baseline: true,
    run: bothWays,
  },
  {
    name: 'move-three',
    group: 'moves',
    title: 'planned move both ways, three resources',
    from: 'three',
    run: bothWays,
  },
  {
    name: 'reboot-primary',
    group: 'moves',
    title: 'orderly reboot of the primary',
    from: 'one',
    baseline: true,
    run: async (live) => {
      await live.write();
      await live.lines(40, 'hasta');
      await reboot(live, 'hasta');
    },
  },
  {
    name: 'reboot-standby',
    group: 'moves',
    title: 'orderly reboot of the standby',
    from: 'one',
    run: async (live) => {
      await live.write();
      await live.lines(40, 'hasta');
      await live.measure('orderly shutdown of hastb', async () => {
        await live.shutdown('hastb');
        await live.lines(100, 'hasta', 120_000);
      });
      await live.measure('hastb returns', async () => {
        await live.powerOn('hastb');
        await live.settled('hasta');
      });
    },
  },
  {
    name: 'slow-disk-move',
    group: 'moves',
    title: "the standby's disk is slow under writes, then a planned move",
    from: 'one',
    run: async (live) => {
      await live.write();
      await live.lines(40, 'hasta');
      const slow = await live.fault('slow-disk', 'hastb', 'vtbd1', '200000');
      const files = await fsyncedFiles(live, 'hasta');
      const { code } = await live.sh('hastb', '/usr/local/sbin/carp-hast-switch promote', 180_000);
      live.note(`promote on the slow standby: exit ${code}`);
      await live.undo(slow);
      await live.settled(undefined, 400_000);
      await intact(live, files);
    },
  },
];

/** Twelve files of 512 kB, each fsynced; their checksums. */
export async function fsyncedFiles(live: Live, node: string): Promise<string> {
  return live.must(
    node,
    `set -e
mkdir -p /hast/disk0/files
for n in 1 2 3 4 5 6 7 8 9 10 11 12; do
	dd if=/dev/urandom of=/hast/disk0/files/$n bs=64k count=8 2>/dev/null
	fsync /hast/disk0/files/$n
done
cd /hast/disk0/files && sha256 -r *
`,
    240_000,
  );
}

/** Throws when a file is gone or another one than before. */
export async function intact(live: Live, sums: string): Promise<void> {
  const serving = await live.serving();
  const now = await live.must(serving, 'cd /hast/disk0/files && sha256 -r *', 120_000);
  const missing = sums.split('\n').filter((line) => line !== '' && !now.includes(line));
  live.note(`${missing.length} of 12 fsynced files are gone or changed`);
  live.expect(missing.length === 0, `${missing.length} of 12 fsynced files are gone or changed`);
}
