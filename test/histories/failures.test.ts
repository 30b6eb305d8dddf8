import { expect } from 'vitest';
import type { LabWorld } from '../../src/lab/world/world.js';
import { scene } from './scene.js';

scene('what fails below the agent', {}, ['/hast/disk0'], ({ history }) => {
  for (const [what, trap] of [
    ['a process that ends when asked', ''],
    ['a process that does not', "trap '' TERM; "],
  ] as const)
    history(`a planned move with ${what} in the mount (4, §3.21)`, async (pair) => {
      await pair.sh('hasta', `daemon -f /bin/sh -c "${trap}cd /hast/disk0; while :; do sleep 1; done"`);
      await pair.until(
        'it is there',
        5,
        async () => (await pair.lab.exec('hasta', 'fuser -c /hast/disk0')).code === 0,
      );
      const start = pair.now;
      expect(await pair.agent('hastb', 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(6);
      await pair.settled('hastb');
    });

  history(
    'umount hangs: the demotion fails closed, the peer does not take over, an alarm says so (5, 6)',
    async (pair) => {
      await pair.write('hasta');
      await pair.fault('hang-command', 'hasta', 'umount');
      expect(await pair.agent('hasta', 'demote')).toMatchObject({ code: 1 });
      await pair.alarm('hasta', 'demote-failed');
      await pair.pass(10);
      expect(pair.roles('hasta')).toBe('primary');
      expect(pair.mounted('hastb')).toBe(false);
      await pair.fault('heal-command', 'hasta', 'umount');
      await pair.settled('hasta', 180);
    },
  );

  history('umount says yes and does nothing: only the kernel’s list counts (6)', async (pair) => {
    await pair.fault('fail-command', 'hasta', 'umount', '0');
    expect(await pair.agent('hasta', 'demote')).toMatchObject({ code: 1 });
    expect(pair.roles('hasta')).toBe('primary');
    expect(pair.mounted('hastb')).toBe(false);
    await pair.fault('heal-command', 'hasta', 'umount');
    await pair.settled('hasta', 180);
  });

  history('hastctl hangs on the standby: looking is bounded, nothing moves (7, 22)', async (pair) => {
    const start = pair.now;
    await pair.fault('hang-command', 'hastb', 'hastctl');
    await pair.alarm('hastb', 'hastd-down', 60);
    await pair.fault('heal-command', 'hastb', 'hastctl');
    await pair.settled('hasta');
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history(
    'hastd is stopped under the mount: the torn file system goes, the peer serves (14, §3.3, §3.9)',
    async (pair) => {
      await pair.write('hasta');
      const start = pair.now;
      await pair.sh('hasta', 'service hastd stop >/dev/null');
      await pair.serves('hastb', 60);
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(20);
      expect(pair.mounted('hasta')).toBe(false);
      await pair.alarm('hasta', 'hastd-down');
      await pair.sh('hasta', 'service hastd start >/dev/null');
      await pair.settled('hastb');
    },
  );

  history('hastd of the standby restarts: its roles are gone and come back (14, 16, §3.7)', async (pair) => {
    const start = pair.now;
    await pair.sh('hastb', 'service hastd restart >/dev/null');
    await pair.until('it is secondary again', 30, () => pair.roles('hastb') === 'secondary');
    await pair.settled('hasta');
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history(
    'hastd of the primary is killed and started again: one serves in the end, nothing is lost (14, 16, §3.7)',
    async (pair) => {
      await pair.write('hasta');
      const start = pair.now;
      await pair.sh('hasta', 'pkill -KILL -x hastd; sleep 1; service hastd start >/dev/null');
      await pair.anySettled();
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(30);
    },
  );

  history(
    'hastd that is not enabled does not start, and the agent says that it is missing (§3.10)',
    async (pair) => {
      const start = pair.now;
      await pair.sh(
        'hastb',
        'sysrc hastd_enable=NO >/dev/null; service hastd onestop >/dev/null; service hastd start',
      );
      await pair.alarm('hastb', 'hastd-down');
      await pair.alarm('hasta', 'replication-lost');
      expect(await pair.published('hastb')).toMatchObject({ hastd: false });
      await pair.sh('hastb', 'sysrc hastd_enable=YES >/dev/null; service hastd start >/dev/null');
      await pair.settled('hasta');
      expect(pair.watcher.outage(start)).toBe(0);
    },
  );

  for (const [what, command] of [
    ['fsck cannot repair it', 'fsck'],
    ['it cannot be mounted', 'mount'],
  ] as const)
    history(`fail-over, and ${what}: everything is undone, the address is given up (10)`, async (pair) => {
      await pair.write('hasta');
      if (command === 'mount')
        await pair.sh('hastb', 'chmod 000 /hast/disk0; rmdir /hast/disk0; echo x >/hast/disk0');
      else await pair.fault('fail-command', 'hastb', 'fsck', '8');
      await pair.fault('power-cut', 'hasta');
      await pair.alarm('hastb', 'promote-failed');
      expect(pair.mounted('hastb')).toBe(false);
      expect(pair.roles('hastb')).toBe('secondary');
      expect(pair.carp('hastb').advskew).toBe(240);
      expect(pair.rejects('hastb')).toBe(false);
      if (command === 'mount') await pair.sh('hastb', 'rm /hast/disk0; mkdir /hast/disk0');
      else await pair.fault('heal-command', 'hastb', 'fsck');
      // One try a hold, no storm; then it works.
      await pair.serves('hastb', 90);
      await pair.fault('power-on', 'hasta');
      await pair.settled('hastb');
    });

  history('/var is full on the standby: what cannot be recorded is not promoted (16)', async (pair) => {
    await pair.write('hasta');
    await pair.fault('fill-disk', 'hastb');
    await pair.fault('power-cut', 'hasta');
    await pair.until('it has tried', 30, async () =>
      (await pair.log('hastb')).some((line) => line.includes('promotion failed at record')),
    );
    expect(pair.mounted('hastb')).toBe(false);
    await pair.pass(10);
    expect(pair.mounted('hastb')).toBe(false);
    await pair.fault('free-disk', 'hastb');
    await pair.serves('hastb', 90);
    await pair.fault('power-on', 'hasta');
    await pair.settled('hastb');
  });

  history('the disk of the primary has errors: an alarm, once, and it goes on (25)', async (pair) => {
    const start = pair.now;
    await pair.fault('disk-errors', 'hasta', 'disk0', '3');
    await pair.alarm('hasta', 'local-errors');
    await pair.pass(30);
    expect((await pair.log('hasta')).filter((line) => line.includes('alarm: local-errors'))).toHaveLength(1);
    expect(pair.watcher.outage(start)).toBe(0);
    await pair.fault('disk-errors', 'hasta', 'disk0', '0');
    await pair.settled('hasta');
  });

  history(
    'nobody creates metadata: a copy that lost its own stays down, and the other serves on (13, §3.4, §3.5)',
    async (pair) => {
      const start = pair.now;
      await pair.fault('power-cut', 'hastb');
      const disk = (pair.lab.world as LabWorld).core.machine('hastb').disks.get('vtbd1');
      const before = await disk?.read(0, 4096);
      await disk?.write(0, Buffer.alloc(4096));
      await pair.fault('power-on', 'hastb');
      await pair.pass(60);
      expect(await pair.lab.exec('hastb', 'hastctl dump disk0')).toMatchObject({ code: 255 });
      expect(pair.mounted('hastb')).toBe(false);
      expect((await pair.published('hastb'))?.fresh).not.toBe('fresh');
      await pair.fault('power-cut', 'hasta');
      await pair.pass(40);
      expect(pair.mounted('hastb')).toBe(false);
      await disk?.write(0, before ?? Buffer.alloc(0));
      await pair.fault('power-on', 'hasta');
      await pair.settled('hasta');
      expect(pair.watcher.outage(start)).toBeGreaterThan(0);
    },
  );
});
