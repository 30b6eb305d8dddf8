import { expect } from 'vitest';
import type { PairPlan } from './install.js';
import { scene } from './scene.js';

/** An rc service that never ends once it is asked to stop. */
const STUCK = `#!/bin/sh
# PROVIDE: stuckdb
. /etc/rc.subr
name=stuckdb
rcvar=stuckdb_enable
start_cmd='echo started >/var/run/stuckdb'
stop_cmd='rm /var/run/stuckdb; sleep 100000'
status_cmd='[ -e /var/run/stuckdb ]'
load_rc_config "$name"
: "\${stuckdb_enable:=NO}"
run_rc_command "$1"
`;
const SERVICE: PairPlan = {
  services: ['{ type: rc, name: stuckdb }'],
  programs: { '/usr/local/etc/rc.d/stuckdb': STUCK },
};

scene('hazards around the agent', SERVICE, ['/hast/disk0'], ({ history }) => {
  history(
    'devd does not run: the timer alone sees that the peer is dead (§3.14, §3.23)',
    async (pair, a, b) => {
      await pair.write(a);
      await pair.sh(b, 'service devd stop >/dev/null');
      const start = pair.now;
      await pair.fault('power-cut', a);
      await pair.serves(b, 30);
      pair.note('', pair.watcher.outage(start));
      // A look every ten seconds.
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(16);
      expect(await pair.missing(b)).toEqual([]);
      await pair.sh(b, 'service devd start >/dev/null');
      await pair.fault('power-on', a);
      await pair.settled(b);
    },
  );

  history(
    'a service that does not stop: given up in time, the storage moves all the same (4, §3.24)',
    async (pair, a, b) => {
      await pair.until(
        'the service runs',
        20,
        async () => (await pair.lab.exec(a, 'service stuckdb onestatus')).code === 0,
      );
      await pair.write(a);
      const start = pair.now;
      expect(await pair.agent(b, 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
      pair.note('', pair.watcher.outage(start));
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(20);
      expect(await pair.missing(b)).toEqual([]);
    },
  );

  history(
    'a copy of another size never gets in sync: the alarm says so, and it is not promoted (§3.6)',
    async (pair, a, b) => {
      await pair.sh(b, 'hastctl role init disk0; hastctl create -m 256m disk0; hastctl role secondary disk0');
      await pair.alarm(a, 'replication-lost');
      await pair.write(a);
      await pair.pass(30);
      expect(pair.machine(a).hast[0]?.status).toBe('degraded');
      expect((await pair.published(b))?.fresh).not.toBe('fresh');
      await pair.fault('power-cut', a);
      await pair.pass(15);
      expect(pair.mounted(b)).toBe(false);
      await pair.fault('power-on', a);
      await pair.serves(a, 60);
      await pair.sh(b, 'hastctl role init disk0; hastctl create disk0; hastctl role secondary disk0');
      await pair.settled(a, 180);
    },
  );
});

/** A resource whose provider is a zvol in the node's own pool, and hangs on that at boot. */
const ZVOL: PairPlan = {
  resources: { disk0: '/dev/zvol/tank/vol0' },
  prepare: `sysrc zfs_enable=YES >/dev/null; kldload zfs; zpool create tank /dev/vtbd1; zfs create -V 200M tank/vol0
until [ -e /dev/zvol/tank/vol0 ]; do sleep 0.1; done`,
};

scene('a zvol as provider, and CARP', ZVOL, ['/hast/disk0'], ({ history }) => {
  history(
    'CARP’s demotion counter is stuck high on the serving node: it is left alone, and the storage follows the address (23)',
    async (pair, a, b) => {
      await pair.sh(a, 'sysctl net.inet.carp.demotion=240 >/dev/null');
      const start = pair.now;
      await pair.until('the standby has taken the address', 10, () => pair.carp(b).state === 'MASTER');
      await pair.serves(b, 60);
      pair.note('', pair.watcher.outage(start));
      // Two looks, ten seconds apart, and the move.
      expect(pair.watcher.outage(start)).toBeLessThanOrEqual(25);
      const moved = pair.now;
      await pair.pass(30);
      expect(pair.watcher.outage(moved)).toBeLessThan(0.2);
      expect(await pair.sh(a, 'sysctl -n net.inet.carp.demotion')).toBe('240\n');
      await pair.sh(a, 'sysctl net.inet.carp.demotion=-240 >/dev/null');
    },
  );
  history(
    'planned move, power cut and return: the own pool stays where it is (§3.12)',
    async (pair, a, b) => {
      await pair.write(a);
      expect(await pair.agent(b, 'promote')).toMatchObject({ code: 0 });
      await pair.settled(b);
      await pair.write(b);
      await pair.fault('power-cut', b);
      await pair.serves(a, 30);
      await pair.write(a);
      await pair.fault('power-on', b);
      await pair.settled(a);
      for (const node of [a, b] as const)
        expect(pair.machine(node).pools.map(({ name }) => name)).toEqual(['tank']);
    },
  );
});
