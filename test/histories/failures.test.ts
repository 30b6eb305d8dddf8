import { expect } from 'vitest';
import type { LabWorld } from '../../src/lab/world/world.js';
import type { AgentStatus } from './pair.js';
import { scene } from './scene.js';

scene('what fails below the agent', {}, ['/hast/disk0'], ({ history }) => {
  for (const [what, trap] of [
    ['a process that ends when asked', ''],
    ['a process that does not', "trap '' TERM; "],
  ] as const)
    history(`a planned move with ${what} in the mount (4, §3.21)`, async (pair, a, b) => {
      await pair.sh(a, `daemon -f /bin/sh -c "${trap}cd /hast/disk0; while :; do sleep 1; done"`);
      await pair.until(
        'it is there',
        5,
        async () => (await pair.lab.exec(a, 'fuser -c /hast/disk0')).code === 0,
      );
      const start = pair.now;
      expect(await pair.agent(b, 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(6);
      await pair.settled(b);
    });

  history(
    'umount hangs: a move that was asked for is called off, the peer does not take over (5, 6)',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.fault('hang-command', a, 'umount');
      expect(await pair.agent(a, 'demote')).toMatchObject({ code: 1 });
      await pair.until(
        'it is called off',
        300,
        async () => (await pair.published(a))?.lastTransition?.reason === 'called-off',
      );
      await pair.pass(10);
      expect(pair.roles(a)).toBe('primary');
      expect(pair.mounted(b)).toBe(false);
      await pair.fault('heal-command', a, 'umount');
      await pair.settled(a, 180);
    },
  );

  history('umount says yes and does nothing: only the kernel’s list counts (6)', async (pair, a, b) => {
    await pair.fault('fail-command', a, 'umount', '0');
    expect(await pair.agent(a, 'demote')).toMatchObject({ code: 1 });
    expect(pair.roles(a)).toBe('primary');
    expect(pair.mounted(b)).toBe(false);
    await pair.fault('heal-command', a, 'umount');
    await pair.settled(a, 180);
  });

  history('hastctl hangs on the standby: looking is bounded, nothing moves (7, 22)', async (pair, a, b) => {
    const start = pair.now;
    await pair.fault('hang-command', b, 'hastctl');
    await pair.alarm(b, 'hastd-down', 60);
    await pair.fault('heal-command', b, 'hastctl');
    await pair.settled(a);
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history('hastctl hangs on the serving node: what still works is left alone (7)', async (pair, a, b) => {
    const start = pair.now;
    await pair.fault('hang-command', a, 'hastctl');
    await pair.alarm(a, 'hastd-down', 60);
    expect(pair.mounted(a)).toBe(true);
    await pair.write(a);
    await pair.fault('heal-command', a, 'hastctl');
    await pair.settled(a);
    expect(pair.mounted(b)).toBe(false);
    expect(pair.watcher.outage(start)).toBe(0);
  });

  history(
    'hastd is stopped under the mount: the torn file system goes, the peer serves (14, §3.3, §3.9)',
    async (pair, a, b) => {
      await pair.write(a);
      const start = pair.now;
      await pair.sh(a, 'service hastd stop >/dev/null');
      await pair.serves(b, 60);
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(20);
      expect(pair.mounted(a)).toBe(false);
      await pair.alarm(a, 'hastd-down');
      await pair.sh(a, 'service hastd start >/dev/null');
      await pair.settled(b);
    },
  );

  history(
    'hastd of the standby restarts: its roles are gone and come back (14, 16, §3.7)',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.sh(b, 'service hastd restart >/dev/null');
      await pair.until('it is secondary again', 30, () => pair.roles(b) === 'secondary');
      await pair.settled(a);
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(5);
    },
  );

  history(
    'hastd of the primary is killed and started again: one serves in the end, nothing is lost (14, 16, §3.7)',
    async (pair, a) => {
      await pair.write(a);
      const start = pair.now;
      await pair.sh(a, 'pkill -KILL -x hastd; sleep 1; service hastd start >/dev/null');
      await pair.anySettled();
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(30);
    },
  );

  history(
    'hastd that is not enabled does not start, and the agent says that it is missing (§3.10)',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.sh(
        b,
        'sysrc hastd_enable=NO >/dev/null; service hastd onestop >/dev/null; service hastd start',
      );
      await pair.alarm(b, 'hastd-down');
      await pair.alarm(a, 'replication-lost');
      expect(await pair.published(b)).toMatchObject({ hastd: false });
      await pair.sh(b, 'sysrc hastd_enable=YES >/dev/null; service hastd start >/dev/null');
      await pair.settled(a);
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(5);
    },
  );

  for (const [what, command] of [
    ['fsck cannot repair it', 'fsck_ufs'],
    ['it cannot be mounted', 'mount'],
  ] as const)
    history(
      `fail-over, and ${what}: everything is undone, the address is given up (10)`,
      async (pair, a, b) => {
        await pair.write(a);
        if (command === 'mount')
          await pair.sh(b, 'chmod 000 /hast/disk0; rmdir /hast/disk0; echo x >/hast/disk0');
        else await pair.fault('fail-command', b, 'fsck_ufs', '8');
        await pair.fault('power-cut', a);
        await pair.alarm(b, 'promote-failed');
        expect(pair.mounted(b)).toBe(false);
        expect(pair.roles(b)).toBe('secondary');
        expect(pair.carp(b).advskew).toBe(240);
        expect(pair.rejects(b)).toBe(false);
        if (command === 'mount') await pair.sh(b, 'rm /hast/disk0; mkdir /hast/disk0');
        else await pair.fault('heal-command', b, 'fsck_ufs');
        // Nothing was written: it is as good as the dead one's copy still.
        const { epoch, agreedEpoch, fresh } = (await pair.published(b)) as AgentStatus;
        expect([epoch, fresh]).toEqual([agreedEpoch, 'fresh']);
        // One try a hold, no storm; then it works.
        await pair.serves(b, 90);
        await pair.fault('power-on', a);
        await pair.settled(b);
      },
    );

  history(
    'fail-over, and fsck cannot repair it: the other one, when it returns, serves by itself (10)',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.fault('fail-command', b, 'fsck_ufs', '8');
      await pair.fault('power-cut', a);
      await pair.alarm(b, 'promote-failed');
      await pair.fault('power-on', a);
      await pair.serves(a, 90);
      await pair.fault('heal-command', b, 'fsck_ufs');
      await pair.settled(a);
    },
  );

  history('/var is full on the standby: what cannot be recorded is not promoted (16)', async (pair, a, b) => {
    await pair.write(a);
    await pair.fault('fill-disk', b);
    await pair.fault('power-cut', a);
    await pair.until('it has tried', 30, async () =>
      (await pair.log(b)).some((line) => line.includes('promotion failed at record')),
    );
    expect(pair.mounted(b)).toBe(false);
    await pair.pass(10);
    expect(pair.mounted(b)).toBe(false);
    await pair.fault('free-disk', b);
    await pair.serves(b, 90);
    await pair.fault('power-on', a);
    await pair.settled(b);
  });

  history('the disk of the primary has errors: an alarm, once, and it goes on (25)', async (pair, a) => {
    const start = pair.now;
    await pair.fault('disk-errors', a, 'disk0', '3');
    await pair.alarm(a, 'local-errors');
    await pair.pass(30);
    expect((await pair.log(a)).filter((line) => line.includes('alarm: local-errors'))).toHaveLength(1);
    expect(pair.watcher.outage(start)).toBe(0);
    await pair.fault('disk-errors', a, 'disk0', '0');
    await pair.settled(a);
  });

  history(
    'nobody creates metadata: a copy that lost its own stays down, and the other serves on (13, §3.4, §3.5)',
    async (pair, a, b) => {
      const start = pair.now;
      await pair.fault('power-cut', b);
      const disk = (pair.lab.world as LabWorld).core.machine(b).disks.get('vtbd1');
      const before = await disk?.read(0, 4096);
      await disk?.write(0, Buffer.alloc(4096));
      await pair.fault('power-on', b);
      await pair.pass(60);
      expect(await pair.lab.exec(b, 'hastctl dump disk0')).toMatchObject({ code: 255 });
      expect(pair.mounted(b)).toBe(false);
      expect((await pair.published(b))?.fresh).not.toBe('fresh');
      await pair.fault('power-cut', a);
      await pair.pass(40);
      expect(pair.mounted(b)).toBe(false);
      await disk?.write(0, before ?? Buffer.alloc(0));
      await pair.fault('power-on', a);
      await pair.settled(a);
      expect(pair.watcher.outage(start)).toBeGreaterThan(0);
    },
  );
});

scene('a disk that fails hands over', { agent: 'onDiskError: handover' }, ['/hast/disk0'], ({ history }) => {
  history(
    'the disk of the primary has errors: its fresh standby gets the storage (25)',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.pass(60);
      const start = pair.now;
      await pair.fault('disk-errors', a, 'disk0', '3');
      await pair.serves(b, 30);
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(2);
      expect((await pair.published(a))?.lastTransition).toMatchObject({ reason: 'local-errors' });
      await pair.pass(20);
      expect((await pair.published(a))?.alarms).toEqual(['local-errors']);
      // The operator may not move it back to the bad disk, but has replaced it now.
      expect(await pair.agent(a, 'promote')).toMatchObject({ code: 1 });
      await pair.fault('disk-errors', a, 'disk0', '0');
      await pair.sh(a, 'service carp_hast restart >/dev/null');
      await pair.settled(b);
    },
  );
});
