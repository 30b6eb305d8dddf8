import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Pair, startPair } from './lab.js';

const SERVED = `resources:
  disk0: { local: /dev/vtbd1 }
storage:
  - { type: ufs, resource: disk0, mountpoint: /hast/disk0 }
services:
  - { type: nfs, version: 4, exports: ["/hast/disk0 -alldirs -network 192.168.50.0/24"] }
`;

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
  await pair.edit((text) => text.replace(/^resources:[\s\S]*/m, SERVED));
});
afterAll(() => pair.stop());

const alarms = async (node: string) =>
  (JSON.parse(await pair.on(node, 'carp-hast-switch status --json')) as { alarms: string[] }).alarms;

it('NFS version 4 is one server on both nodes, and serves once for each boot', async () => {
  const planned = await pair.hastconf(['plan']);
  expect(planned.stdout).toContain('after 135 s');
  expect(await pair.hastconf(['apply', '-y'])).toMatchObject({ code: 0 });
  const identity = 'sysctl -n vfs.nfsd.scope vfs.nfsd.owner_major vfs.nfsd.server_min_minorversion4';
  expect(await pair.on('hasta', identity)).toBe('lab\nlab\n1\n');
  expect(await pair.on('hasta', 'sysctl -n vfs.nfsd.server_max_nfsvers')).toBe('4\n');
  await pair.on('hasta', 'echo client >/var/db/nfs-stablerestart');

  const moved = await pair.hastconf(['switchover', '-y']);
  expect(moved, moved.stderr).toMatchObject({ code: 0 });
  await pair.on('hastb', 'until service nfsd onestatus >/dev/null 2>&1; do sleep 1; done');
  expect(await pair.on('hastb', identity)).toBe('lab\nlab\n1\n');
  // The list of clients has come along.
  // Read past the node: each lab node has a user of its own, and does not own what was mirrored with mode 0700.
  const { files } = pair.lab.node('hastb').host;
  expect(await files.read('/hast/disk0/.hastconf/nfs-stablerestart')).toBe('client\n');
  expect(await pair.on('hastb', 'readlink /var/db/nfs-stablerestart')).toBe(
    '/hast/disk0/.hastconf/nfs-stablerestart\n',
  );

  await pair.on(
    'hasta',
    'n=60; until carp-hast-switch status --json | grep -q reboot-needed; do n=$((n - 1)); [ $n -gt 0 ] || exit 1; sleep 1; done',
  );
  const refused = await pair.hastconf(['switchover', '-y']);
  expect(refused.code, refused.stderr).toBe(3);
  await pair.lab.fault('power-cut', ['hasta']);
  await pair.lab.fault('power-on', ['hasta']);
  await pair.on(
    'hasta',
    'n=120; until carp-hast-switch status | grep -q ": standby"; do n=$((n - 1)); [ $n -gt 0 ] || exit 1; sleep 1; done',
  );
  expect(await alarms('hasta')).not.toContain('reboot-needed');
});
