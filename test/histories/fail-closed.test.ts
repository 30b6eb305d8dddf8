import { expect } from 'vitest';
import { readMetadata } from '../../src/lab/world/hast-metadata.js';
import { poolId, writePool } from '../../src/lab/world/volume.js';
import type { LabWorld } from '../../src/lab/world/world.js';
import type { AgentStatus, Pair } from './pair.js';
import { scene } from './scene.js';

/** An rc service that lives on the storage: it will not start without it, and counts how it was called. */
const DATABASE = `#!/bin/sh
# PROVIDE: fakedb
. /etc/rc.subr
name=fakedb
rcvar=fakedb_enable
start_cmd=fakedb_start
stop_cmd=fakedb_stop
status_cmd=fakedb_status
fakedb_start() {
	if mount | grep -q ' on /tank '; then echo start-mounted >>/var/log/fakedb; : >/var/run/fakedb; else echo start-bare >>/var/log/fakedb; return 1; fi
}
fakedb_stop() {
	if mount | grep -q ' on /tank '; then echo stop-mounted >>/var/log/fakedb; else echo stop-bare >>/var/log/fakedb; fi
	rm -f /var/run/fakedb
}
fakedb_status() { [ -e /var/run/fakedb ]; }
load_rc_config "$name"
: "\${fakedb_enable:=NO}"
run_rc_command "$1"
`;

const ZFS = {
  resources: { disk0: '/dev/vtbd1', disk1: '/dev/vtbd2', disk2: '/dev/vtbd3' },
  storage: [
    '{ type: ufs, resource: disk0, mountpoint: /hast/disk0 }',
    '{ type: zfs, pool: tank, layout: mirror, resources: [disk1, disk2] }',
  ],
  services: ['{ type: rc, name: fakedb }'],
  programs: { '/usr/local/etc/rc.d/fakedb': DATABASE },
  format: `kldload zfs; newfs -U -j /dev/hast/disk0 >/dev/null
zpool create -o cachefile=none -O mountpoint=/tank tank mirror /dev/hast/disk1 /dev/hast/disk2 && zpool export tank`,
};

const serviceCalls = async (pair: Pair, node: 'hasta' | 'hastb') =>
  (await pair.sh(node, 'cat /var/log/fakedb 2>/dev/null; true')).trim().split('\n');
const serviceRuns = async (pair: Pair, node: 'hasta' | 'hastb') =>
  (await pair.lab.exec(node, 'service fakedb onestatus')).code === 0;

/** Takes the pool's labels off the node's disks, as if its copy were damaged. */
async function takeLabels(pair: Pair, node: 'hasta' | 'hastb'): Promise<{ restore(): Promise<void> }> {
  const { core } = pair.lab.world as LabWorld;
  const taken = await Promise.all(
    ['vtbd2', 'vtbd3'].map(async (name) => {
      const disk = core.machine(node).disks.get(name);
      const metadata = disk && (await readMetadata(disk));
      if (!disk || !metadata) throw new Error(`${node}: no metadata on ${name}`);
      const volume = {
        path: '',
        disk,
        offset: metadata.localoff,
        size: metadata.datasize,
        resource: undefined,
      };
      const id = await poolId(volume);
      await writePool(volume, undefined);
      return { volume, id };
    }),
  );
  return {
    async restore() {
      for (const { volume, id } of taken) await writePool(volume, id);
    },
  };
}

scene('several resources, a pool and a service', ZFS, ['/hast/disk0', '/tank'], ({ history }) => {
  history('planned move of a UFS, a mirrored pool and a service, in order both ways', async (pair, a, b) => {
    await pair.write(a);
    const start = pair.now;
    expect(await pair.agent(b, 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
    pair.note('', pair.watcher.outage(start));
    expect(await serviceRuns(pair, b)).toBe(true);
    expect(await serviceRuns(pair, a)).toBe(false);
    expect((await serviceCalls(pair, a)).slice(-1)).toEqual(['stop-mounted']);
    expect((await serviceCalls(pair, b)).slice(-1)).toEqual(['start-mounted']);
    expect(await pair.missing(b)).toEqual([]);
    await pair.settled(b);
  });

  history(
    'power cut of the primary: the pool is forced in, only now, and nothing is lost',
    async (pair, a, b) => {
      await pair.write(a);
      const start = pair.now;
      await pair.fault('power-cut', a);
      await pair.until('the standby holds the address', 10, () => pair.carp(b).state === 'MASTER');
      const detection = (pair.now - start) / 1000;
      await pair.serves(b, 30);
      pair.note(`detection ${detection}`, pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(detection + 4);
      expect(await pair.missing(b)).toEqual([]);
      await pair.until('the service runs', 10, () => serviceRuns(pair, b));
      await pair.fault('power-on', a);
      await pair.settled(b);
    },
  );

  history(
    'one of three resources cannot become primary: all are demoted, the address is given up (8, 9, §3.5)',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.fault('foreign-use', b, 'vtbd3', 'hast');
      await pair.fault('power-cut', a);
      await pair.alarm(b, 'promote-failed', 90);
      expect(pair.roles(b)).not.toContain('primary');
      expect(pair.mounted(b)).toBe(false);
      expect(pair.carp(b).advskew).toBe(240);
      expect(pair.rejects(b)).toBe(false);
      await pair.fault('power-on', a);
      await pair.serves(a, 90);
      expect(await pair.missing(a)).toEqual([]);
      // The disk is replaced by a person: metadata is made, the copy comes from the other node.
      await pair.sh(b, 'hastctl role init disk2; hastctl create disk2; hastctl role secondary disk2');
      await pair.settled(a, 180);
    },
  );

  history(
    'hastd of the standby does not know a resource yet: it is reloaded and asked again (15)',
    async (pair, a, b) => {
      const { files } = pair.lab.node(b).host;
      const whole = (await files.read('/etc/hast.conf')) ?? '';
      const start = pair.now;
      await files.write('/etc/hast.conf', whole.slice(0, whole.indexOf('resource disk2')));
      await pair.sh(b, 'service hastd restart >/dev/null');
      await files.write('/etc/hast.conf', whole);
      await pair.until('it is secondary of all', 60, () => pair.roles(b) === 'secondary secondary secondary');
      await pair.settled(a);
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(5);
    },
  );

  history(
    'a planned move that fails half way on the other node: the first one serves again, by itself (9, 10)',
    async (pair, a, b) => {
      await pair.write(a);
      const start = pair.now;
      await pair.fault('fail-command', b, 'fsck_ufs', '8');
      expect((await pair.agent(b, 'promote')).code).toBe(1);
      await pair.serves(a, 60);
      pair.note('', pair.watcher.outage(start));
      await pair.fault('heal-command', b, 'fsck_ufs');
      await pair.settled(a);
    },
  );

  history(
    'a planned move to a node with a broken disk: the first one serves again, by itself (8, 9)',
    async (pair, a, b) => {
      await pair.write(a);
      const start = pair.now;
      await pair.fault('fail-command', b, 'lab-hast-io', '1');
      expect((await pair.agent(b, 'promote')).code).toBe(1);
      await pair.serves(a, 60);
      pair.note('', pair.watcher.outage(start));
      await pair.fault('heal-command', b, 'lab-hast-io');
      await pair.settled(a);
    },
  );

  history('the pool cannot be imported: undone, nothing stays primary (10)', async (pair, a, b) => {
    await pair.fault('power-cut', a);
    const labels = await takeLabels(pair, b);
    await pair.alarm(b, 'promote-failed', 90);
    expect(pair.roles(b)).toBe('secondary secondary secondary');
    expect(pair.mounted(b)).toBe(false);
    // Found out before the file system was touched: the copy is as good as the dead one's still.
    const { epoch, agreedEpoch, fresh } = (await pair.published(b)) as AgentStatus;
    expect([epoch, fresh]).toEqual([agreedEpoch, 'fresh']);
    await labels.restore();
    await pair.serves(b, 90);
    await pair.fault('power-on', a);
    await pair.settled(b);
  });

  history('a demotion fails and the node serves on: its service runs again (4, 5)', async (pair, a) => {
    await pair.fault('hang-command', a, 'umount');
    expect(await pair.agent(a, 'demote')).toMatchObject({ code: 1 });
    await pair.fault('heal-command', a, 'umount');
    await pair.settled(a, 180);
    expect(await serviceRuns(pair, a)).toBe(true);
  });

  history(
    'the agent is killed between the storage and the service: the next look starts the service',
    async (pair, a, b) => {
      await pair.fault('power-cut', a);
      await pair.until('the standby has the storage', 30, () => pair.mounted(b));
      await pair.sh(
        b,
        "pkill -KILL -f 'carp-hast-switch locked'; rm -f /var/run/fakedb; : >/var/run/hastconf/services",
      );
      await pair.serves(b, 60);
      await pair.until('the service runs', 30, () => serviceRuns(pair, b));
      await pair.fault('power-on', a);
      await pair.settled(b);
    },
  );
});

scene(
  'a node that cannot let go reboots',
  {
    onDemoteFailure: 'reboot',
    agent: 'witness: [192.168.50.1]',
    resources: ZFS.resources,
    storage: ZFS.storage,
    format: ZFS.format,
  },
  ['/hast/disk0', '/tank'],
  ({ lastHistory }) => {
    lastHistory(
      'cut off, and the commands of the pool hang: the devices are gone in time (5, 6)',
      async (pair, a, b) => {
        await pair.write(a);
        await pair.fault('power-cut', b);
        await pair.alarm(a, 'replication-lost');
        await pair.fault('hang-command', a, 'zpool');
        await pair.fault('cut-link', 'lan', a);
        await pair.until('the devices are gone', 15, () => pair.roles(a) === 'init init init');
        await pair.until(
          'it says so',
          120,
          async () => (await pair.published(a))?.lastTransition?.reason === 'isolated',
        );
      },
    );
  },
);

scene(
  'failback and fencing',
  {
    agent: 'failback: auto, fence: /usr/local/sbin/fence',
    programs: { '/usr/local/sbin/fence': '#!/bin/sh\necho "$*" >>/var/log/fence\n' },
  },
  ['/hast/disk0'],
  ({ fromHasta }) => {
    fromHasta(
      'failback: auto moves the storage back only after a completed synchronisation (19)',
      async (pair) => {
        await pair.fault('power-cut', 'hasta');
        await pair.serves('hastb', 20);
        await pair.write('hastb');
        await pair.fault('power-on', 'hasta');
        const back = pair.now;
        await pair.settled('hasta', 240);
        pair.note('', pair.watcher.outage(back));
        expect(pair.watcher.outage(back)).toBeLessThanOrEqual(2);
      },
    );

    fromHasta(
      'a serving node that hangs and loses the LAN: silent, so it is fenced before its peer takes over (22)',
      async (pair) => {
        await pair.write('hasta');
        await pair.until(
          'hastb has seen that hasta serves again',
          15,
          async () => (await pair.lab.exec('hastb', 'test -e /var/run/hastconf/gave')).code !== 0,
        );
        // Its kernel answers pings on the replication link, but nobody speaks for it.
        await pair.sh(
          'hasta',
          'service sshd onestop >/dev/null; rm -f /usr/local/sbin/carp-hast-switch.away; mv /usr/local/sbin/carp-hast-switch /usr/local/sbin/carp-hast-switch.away; pkill -KILL -f "carp-hast-switch loop"; true',
        );
        await pair.fault('cut-link', 'lan', 'hasta');
        await pair.until(
          'it is fenced',
          60,
          async () => (await pair.lab.exec('hastb', 'cat /var/log/fence')).code === 0,
        );
        expect(await pair.sh('hastb', 'cat /var/log/fence')).toBe('hasta\n');
        await pair.fault('power-cut', 'hasta');
        await pair.serves('hastb', 60);
        await pair.lab
          .node('hasta')
          .host.files.write(
            '/usr/local/sbin/carp-hast-switch',
            await pair.sh('hastb', 'cat /usr/local/sbin/carp-hast-switch'),
            0o755,
          );
        await pair.fault('restore-link', 'lan', 'hasta');
        await pair.fault('power-on', 'hasta');
        await pair.settled('hasta', 240);
      },
    );
  },
);
