import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { FakeNode, type VIEW } from './node.js';

let node: FakeNode;
afterEach(() => node.remove());

function serving(services: string[][], view: Partial<typeof VIEW> = {}): FakeNode {
  node = new FakeNode({ services, ...view });
  return node.serving().peer({});
}

/** limit would go through timeout(1), which knows no functions. */
const LIMIT = 'limit() { shift; "$@"; }';
const JLS = 'jls() { [ -e "$FAKE/running.jail-$2" ]; }';
const JAIL =
  'service() { echo "service $*" >>"$FAKE/calls"; case $2 in onestart) : >"$FAKE/running.jail-$3" ;; onestop) rm -f "$FAKE/running.jail-$3" ;; esac; }';
const seconds = () => Math.floor(Date.now() / 1000);
const status = () => JSON.parse(node.get('run/status.json'));
const services = () => node.calls().filter((call) => call.startsWith('service '));

test('units: a server once for all of its entries, limits as they are given', async () => {
  serving([
    ['nfs', '/a', '/b'],
    ['iscsi', 'iqn.2026-01.org:a', '/dev/hast/disk0'],
    ['iscsi', 'iqn.2026-01.org:b', '/dev/hast/disk1'],
    ['samba', 'data', '/data', '/hast/.hastconf/samba'],
    ['rc', 'postgresql', '300', '40'],
    ['jail', 'web'],
  ]);
  const { stdout } = await node.run('load_config; list_units; printf %s "$units"; echo "$samba_directory"');
  expect(stdout).toBe(`nfs nfs nfsd 30 15
iscsi iscsi ctld 30 15
samba samba samba_server 60 20
own rc postgresql 300 40
own jail web 60 15
/hast/.hastconf/samba
`);
});

test('a node that is slow to stop its services is not taken for one that hangs', async () => {
  serving([
    ['nfs', '/a'],
    ['rc', 'postgresql', '300', '200'],
    ['jail', 'web'],
  ]);
  const seconds = 'load_config; stopping_takes; echo "$st_seconds"';
  expect((await node.run(seconds)).stdout).toBe(`${40 + 200 + 15 + 15 + 15}\n`);
  const { stdout } = await node.run(`load_config; fence_after() { echo "fence after $1"; exit; }
begin_transition() { :; }; set_skew() { :; }; p_state=standby; demote secondary requested`);
  expect(stdout).toBe(`fence after ${60 * 6 + 285}\n`);
  expect((await node.run(`load_config; services=; stopping_takes; echo "$st_seconds"`)).stdout).toBe('0\n');
});

test('rc services start in their order and stop in the opposite one', async () => {
  serving([
    ['rc', 'db'],
    ['rc', 'web'],
  ]);
  await node.run(`load_config; ${LIMIT}; start_services; stop_services`);
  expect(services()).toEqual([
    'service db onestart',
    'service web onestart',
    'service web onestop',
    'service db onestop',
  ]);
});

test('a jail is asked for by its name: service(8) succeeds for any', async () => {
  serving([['jail', 'web']]);
  const { code } = await node.run(
    `load_config; ${LIMIT}; ${JLS}; ${JAIL}; start_services; unit_runs jail web || exit 7; stop_services && ! unit_runs jail web`,
  );
  expect(code).toBe(0);
  expect(services()).toEqual(['service jail onestart web', 'service jail onestop web']);
});

test('nfsd goes before mountd, and one that stays keeps the storage where it is', async () => {
  serving([['nfs', '/hast/disk0']])
    .set('running.nfsd', '')
    .set('running.mountd', '');
  expect((await node.run(`load_config; ${LIMIT}; stop_services`)).code).toBe(0);
  expect(services()).toEqual(['service nfsd onestop', 'service mountd onestop']);
  node.set('running.nfsd', '').set('running.mountd', '');
  const stays = 'is_running() { [ -e "$FAKE/running.$1" ]; }; run_freely() { :; }';
  expect((await node.run(`load_config; ${LIMIT}; ${stays}; stop_services`)).code).toBe(1);
});

test('what a start leaves running is not waited for, and its time is its own', async () => {
  serving([['rc', 'db']]);
  const before = Date.now();
  const { stdout } = await node.run(
    `load_config; sleep() { sleep-for-real "$1"; }; leaves() { sleep-for-real 30 & }; run_freely 20 one leaves; echo "$?"; run_freely 1 two sleep-for-real 30; echo "$?"`,
  );
  expect(stdout).toBe('0\n124\n');
  expect(Date.now() - before).toBeLessThan(20_000);
});

test('a service that has died is started again; the third time is an alarm', async () => {
  serving([['rc', 'db']]);
  await node.reconcile();
  expect(services()).toEqual(['service db onestart']);
  expect(node.get('log')).toContain('service db has stopped by itself: starting it again');
  expect(status().alarms).toEqual([]);
  // Not at every tick.
  node.unset('running.db');
  await node.reconcile();
  expect(services()).toHaveLength(1);
  const now = seconds();
  node.set('run/restarts', `${now - 3000} db\n${now - 60} db\n`).unset('run/services.checked');
  await node.reconcile();
  expect(services()).toHaveLength(2);
  expect(status().alarms).toEqual(['service-failed']);
});

test('handover: the peer gets the storage, and this node is not ready for an hour', async () => {
  serving([['rc', 'db']], { onServiceFailure: 'handover' })
    .set('run/service-bad', `${seconds()}\n`)
    .set('run/services.checked', `${seconds()}\n`);
  await node.reconcile();
  expect(node.calls()).toContain('hastctl role secondary disk0');
  expect(status()).toMatchObject({ state: 'standby', lastTransition: { reason: 'service-failed' } });
  expect(node.get('run/public')).toMatch(/^ready no$/m);
  expect(existsSync(join(node.dir, 'run/service-bad'))).toBe(false);
});

test('during maintenance nobody starts what somebody has stopped', async () => {
  serving([['rc', 'db']]).set('db/maintenance', `${seconds() + 600}\n`);
  await node.reconcile();
  expect(services()).toEqual([]);
});
