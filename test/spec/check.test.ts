import { describe, expect, it } from 'vitest';
import { ProblemsError } from '../../src/errors.js';
import { parseSpec } from '../../src/spec/load.js';
import { DEMO_YAML } from './demo.js';

/** `path: message` of every problem. */
function problems(text: string): string[] {
  try {
    parseSpec(text, 'cluster.yaml');
    return [];
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return error.problems.map((problem) => `${problem.path}: ${problem.message}`);
  }
}

/** The demo pair with more resources and other storage and services. */
function withStorage(storage: string, services = ''): string {
  const more =
    '  disk1: { local: /dev/vtbd2 }\n  disk2: { local: /dev/vtbd3 }\n  vol0: { zvol: { pool: tank, name: vol0, size: 1G } }\n';
  const base = DEMO_YAML.replace(/storage:[\s\S]*/, '').concat(more, `storage: [${storage}]\n`);
  return services === '' ? base : `${base}services: [${services}]\n`;
}

interface Case {
  change: readonly [string, string];
  says: string;
}

function one(from: string, to: string, says: string): Case {
  return { change: [from, to], says };
}

const UFS = '{ type: ufs, resource: disk0, mountpoint: /hast/disk0 }';

describe('one mistake in the demo file', () => {
  const cases: Case[] = [
    one(
      'hastb:',
      'hasta.example.org:',
      'nodes.hasta.example.org: the name would match the same machine as hasta',
    ),
    one('hastb:', 'HASTA:', 'nodes.HASTA: the name would match the same machine as hasta'),
    one('hastb:', '"123":', 'nodes.123: the name has only digits, which hast.conf reads as a number'),
    one('hastb:', 'remote:', 'nodes.remote: the name is a reserved word of hast.conf'),
    one('hastb:', 'hast_b:', 'nodes.hast_b: the name must be a host name, its first part, or a hostuuid'),
    one('hastb:', `${'b'.repeat(256)}:`, `nodes.${'b'.repeat(256)}: the name is 256 bytes long`),
    one('10.77.0.2', '10.77.0.1', 'nodes.hastb.replication: is the other node’s address too'),
    one('10.77.0.2', 'fd00::2', 'nodes.hastb.replication: must be of the same family'),
    one('10.77.0.2', '10.77.0.300', 'nodes.hastb.replication: "10.77.0.300" must be an IPv4 or IPv6 address'),
    one('10.77.0.2', '10.77.2', 'nodes.hastb.replication: "10.77.2" must be an IPv4 or IPv6 address'),
    one('10.77.0.2', '010.077.0.2', 'nodes.hastb.replication: "010.077.0.2" must be an IPv4 or IPv6 address'),
    one(
      '10.77.0.2',
      '10.77.0.2/24',
      'nodes.hastb.replication: "10.77.0.2/24" must be an IPv4 or IPv6 address',
    ),
    one('10.77.0.2', '127.0.0.1', 'nodes.hastb.replication: "127.0.0.1" is a loopback address'),
    one('10.77.0.2', '224.0.0.18', 'nodes.hastb.replication: "224.0.0.18" is a multicast address'),
    one('10.77.0.2', '192.168.50.10', 'nodes.hastb.replication: is the CARP address'),
    one('10.0.2.15, port: 2202', '192.168.50.10', 'nodes.hastb.ssh.host: is the CARP address'),
    one('port: 2202', 'port: 2201', 'nodes.hastb.ssh: reaches the same machine as the other node'),
    one('port: 2202', 'port: 70000', 'nodes.hastb.ssh.port: must be a whole number from 1 to 65535'),
    one(
      'host: 10.0.2.15, port: 2202',
      'host: -oProxyCommand=x',
      'nodes.hastb.ssh.host: "-oProxyCommand=x" must be a host name',
    ),
    one('host: 10.0.2.15, port: 2202', 'port: 22', 'nodes.hastb.ssh.host: is missing'),
    one('ssh: { host: 10.0.2.15, port: 2202 }', 'local: false', 'nodes.hastb.ssh: is missing'),
    one(
      'host: 10.0.2.15, port: 2202',
      'local: true, user: root',
      'nodes.hastb.ssh.user: has no meaning beside local: true',
    ),
    one(
      'port: 2202',
      'become: sudoo',
      'nodes.hastb.ssh.become: must be one of none, sudo, doas, su, not "sudoo" (did you mean sudo?)',
    ),
    one(
      'interface: vtnet1\ncarp',
      'interface: lo0\ncarp',
      'nodes.hastb.interface: "lo0" is a kind of interface',
    ),
    one(
      'interface: vtnet1\ncarp',
      'interface: vtnet1;x\ncarp',
      'nodes.hastb.interface: "vtnet1;x" must be an interface name',
    ),
    one(
      '192.168.50.10/24',
      '192.168.50.10',
      'carp.address: "192.168.50.10" must be an address and a prefix length',
    ),
    one(
      '192.168.50.10/24',
      '192.168.50.10/33',
      'carp.address: "192.168.50.10/33" must be an address and a prefix length',
    ),
    one(
      '192.168.50.10/24',
      '192.168.50.255/24',
      'carp.address: is the address of the network itself or its broadcast',
    ),
    one('192.168.50.10/24', 'fe80::1/64', 'carp.address: is link-local'),
    one('vhid: 1', 'vhid: 256', 'carp.vhid: must be a whole number from 1 to 255'),
    one('vhid: 1', 'vhid: 1\n  advbase: 0', 'carp.advbase: must be a whole number from 1 to 255'),
    one('vhid: 1', 'vhid: 1\n  unicast: "no"', 'carp.unicast: must be true or false, not "no"'),
    one(
      'vhid: 1',
      'vhid: 1\npreferred: hastc',
      'preferred: must be one of the nodes, hasta or hastb (did you mean hasta?)',
    ),
    one('disk0: {', '"1": {', 'resources.1: the name has only digits'),
    one('disk0: {', 'local: {', 'resources.local: the name is a reserved word'),
    one('disk0: {', 'all: {', 'resources.all: the name means every resource to hastctl'),
    one('disk0: {', 'disk@0: {', 'resources.disk@0: the name must be letters'),
    one('disk0: {', `${'d'.repeat(58)}: {`, `resources.${'d'.repeat(58)}: the name is 58 bytes long`),
    one('/dev/vtbd1', 'vtbd1', 'resources.disk0.local: "vtbd1" must be an absolute path'),
    one(
      '/dev/vtbd1',
      '"/dev/da 1"',
      'resources.disk0.local: "/dev/da 1" has characters that hast.conf cannot carry',
    ),
    one('/dev/vtbd1', '/dev/../etc/master.passwd', 'must not have .. in it'),
    one('/dev/vtbd1', '/var/db/disk0.img', 'is below no /dev: a provider is a disk, a partition'),
    one('/dev/vtbd1', '/dev', 'is below no /dev'),
    one('/dev/vtbd1', '//dev/./hast/x', 'is itself a HAST device'),
    ...['null', 'zero', 'fd/0', 'stdin', 'mem', 'ttyu0', 'geom.ctl', 'pts/1', 'zfs'].map((name) =>
      one('/dev/vtbd1', `/dev/${name}`, 'is no disk'),
    ),
    one('/dev/vtbd1', '/dev/hast/x', 'resources.disk0.local: "/dev/hast/x" is itself a HAST device'),
    one('/dev/vtbd1', `/dev/${'x'.repeat(1023)}`, 'is 1028 bytes long; hastd takes at most 1023'),
    one('local: /dev/vtbd1', 'local: { hasta: /dev/da1 }', 'resources.disk0.local.hastb: is missing'),
    one(
      'local: /dev/vtbd1',
      'local: { hasta: /dev/da1, hastb: /dev/da1, hastc: /dev/da1 }',
      'resources.disk0.local.hastc: there is no node hastc (did you mean hasta?)',
    ),
    one(
      'local: /dev/vtbd1',
      'local: { hasta: da1, hastb: /dev/da1 }',
      'resources.disk0.local: for hasta: "da1" must be an absolute path',
    ),
    one('{ local: /dev/vtbd1 }', '{}', 'resources.disk0: has no provider'),
    one(
      'local: /dev/vtbd1',
      'local: /dev/da1, zvol: { pool: a, name: b, size: 1G }',
      'resources.disk0.zvol: stands beside local',
    ),
    one(
      'local: /dev/vtbd1',
      'zvol: { pool: a, name: b, size: 100 }',
      'resources.disk0.zvol.size: must be a positive multiple of 16384 bytes',
    ),
    one(
      'local: /dev/vtbd1',
      'zvol: { pool: a, name: b, size: 0 }',
      'resources.disk0.zvol.size: must be a positive multiple',
    ),
    one(
      'local: /dev/vtbd1',
      'zvol: { pool: a, name: b, size: 50X }',
      'resources.disk0.zvol.size: must be a size such as 50G',
    ),
    one(
      'local: /dev/vtbd1',
      'zvol: { pool: /a, name: b, size: 1G }',
      'resources.disk0.zvol.pool: "/a" must be a pool or pool/dataset',
    ),
    one('vhid: 1', 'vhid: 1\nhast: { timeout: 0 }', 'hast.timeout: must be from 1 to 3600 seconds, not "0"'),
    one('vhid: 1', 'vhid: 1\nhast: { timeout: soon }', 'hast.timeout: must be a time such as 10'),
    one('vhid: 1', 'vhid: 1\nagent: { witness: [10.77.0.1] }', "agent.witness[0]: is hasta's own address"),
    one('vhid: 1', 'vhid: 1\nagent: { witness: [192.168.50.10] }', 'agent.witness[0]: is the CARP address'),
    one('vhid: 1', 'vhid: 1\nagent: { notify: mail }', 'agent.notify: "mail" must be an absolute path'),
    one('vhid: 1', 'vhid: 1\nagent: { settle: 1.5s }', 'agent.settle: must be a time such as'),
    one('name: demo', 'name: 7', 'name: must be text, not 7'),
    one('name: demo', 'name: ../x', 'name: "../x" must be at most 63'),
    one('/hast/disk0', '/', 'storage[0].mountpoint: "/" must be an absolute path'),
    one('/hast/disk0', '/hast/../etc', 'storage[0].mountpoint: "/hast/../etc" must be an absolute path'),
    one('/hast/disk0', '/etc/x', 'storage[0].mountpoint: /etc/x belongs to the system'),
    one('/hast/disk0', '/usr', 'storage[0].mountpoint: /usr belongs to the system'),
  ];

  it.each(cases)('$change.1', ({ change: [from, to], says }) => {
    expect(DEMO_YAML).toContain(from);
    const found = problems(DEMO_YAML.replace(from, to));
    expect(
      found.some((problem) => problem.includes(says)),
      `${JSON.stringify(found)} should say ${says}`,
    ).toBe(true);
  });

  it('is no mistake where it only looks like one', () => {
    for (const [from, to] of [
      ['hastb:', 'f0fcee35-56b7-426d-86f7-6df55d5a877c:'],
      ['hastb:', '1a:'],
      ['/hast/disk0', '/var/db/postgres'],
      ['/dev/vtbd1', '"/dev/gpt/[hast]:0"'],
      ['192.168.50.10/24', '192.168.50.10/32'],
      ['local: /dev/vtbd1', 'zvol: { pool: tank/hast, name: b, size: 16K }'],
    ] as const) {
      expect(problems(DEMO_YAML.replace(from, to))).toEqual([]);
    }
  });
});

describe('three nodes, or one', () => {
  it.each([
    ['one', DEMO_YAML.replace(/ {2}hastb:\n(.*\n){3}/, ''), 1],
    [
      'three',
      DEMO_YAML.replace(
        'carp:',
        '  hastc: { ssh: { host: c }, replication: 10.77.0.3, interface: em0 }\ncarp:',
      ),
      3,
    ],
  ])('%s', (_, text, count) => {
    expect(problems(text)).toContain(`nodes: must have exactly two nodes, not ${count}`);
  });

  it('does not miscount because a node is wrong in itself', () => {
    const text = DEMO_YAML.replace(/ {2}hastb:\n(.*\n){3}/, '  hastb: nonsense\n');
    expect(problems(text)).toEqual(['nodes.hastb: must be a map, not text']);
  });
});

describe('providers', () => {
  it('are used once on each node, in every spelling and kind', () => {
    const text = DEMO_YAML.replace(
      'storage:',
      '  a: { local: { hasta: /dev//vtbd1, hastb: /dev/da1 } }\n  b: { local: /dev/zvol/tank/v }\n  c: { zvol: { pool: tank, name: v, size: 1G } }\nstorage:',
    );
    expect(problems(text)).toEqual([
      'resources.a.local: /dev/vtbd1 on hasta is already the provider of disk0',
      'resources.c.zvol: /dev/zvol/tank/v on hasta is already the provider of b',
      'resources.c.zvol: /dev/zvol/tank/v on hastb is already the provider of b',
    ]);
  });

  it('may have the same name on different nodes', () => {
    const text = DEMO_YAML.replace('/dev/vtbd1', '{ hasta: /dev/da1, hastb: /dev/da2 }').replace(
      'storage:',
      '  disk1: { local: { hasta: /dev/da2, hastb: /dev/da1 } }\nstorage:',
    );
    expect(problems(text)).toEqual([]);
  });
});

describe('storage', () => {
  it.each([
    ['{ type: ufs, resource: nosuch, mountpoint: /a }', 'storage[0].resource: there is no resource nosuch'],
    [`${UFS}, { type: raw, resource: disk0 }`, 'storage[1].resource: disk0 is already used in storage[0]'],
    [
      '{ type: zfs, pool: p, layout: mirror, resources: [disk0, disk0] }',
      'storage[0].resources[1]: disk0 is already used',
    ],
    [
      '{ type: zfs, pool: p, layout: mirror, resources: [disk0] }',
      'storage[0].resources: mirror needs at least 2, not 1',
    ],
    [
      '{ type: zfs, pool: p, layout: raid5, resources: [disk0, disk1] }',
      'storage[0].layout: must be one of stripe, mirror, raidz, raidz2, raidz3, not "raid5"',
    ],
    ['{ type: zfs, pool: p, layout: raidz, resources: [disk0] }', 'raidz needs at least 2'],
    ['{ type: zfs, pool: p, layout: raidz2, resources: [disk0, disk1] }', 'raidz2 needs at least 3'],
    ['{ type: zfs, pool: p, layout: raidz3, resources: [disk0, disk1, disk2] }', 'raidz3 needs at least 4'],
    ['{ type: zfs, pool: p, layout: stripe, resources: [] }', 'stripe needs at least 1'],
    [
      '{ type: zfs, pool: p, layout: stripe, resources: [disk0], properties: [mountpoint=/x] }',
      'storage[0].properties[0]: "mountpoint=/x" must be NAME=VALUE',
    ],
    [
      '{ type: zfs, pool: p, layout: stripe, resources: [disk0], properties: [canmount=off] }',
      'is a property that the agent relies on',
    ],
    [
      '{ type: zfs, pool: p, layout: stripe, resources: [disk0], properties: [encryption=on] }',
      'is set by keyFile and keyFormat',
    ],
    [
      '{ type: zfs, pool: p, layout: stripe, resources: [disk0], keyFormat: hex }',
      'storage[0].keyFormat: has no meaning without keyFile',
    ],
    [
      '{ type: zfs, pool: p, layout: stripe, resources: [disk0], keyFile: /p/key }',
      'storage[0].keyFile: /p/key is on the storage itself',
    ],
    [
      '{ type: ufs, resource: disk0, mountpoint: /a, options: [ro] }',
      'storage[0].options[0]: "ro" is an option that a file system which moves cannot have',
    ],
    [
      '{ type: zfs, pool: mirror1, layout: stripe, resources: [disk0] }',
      'storage[0].pool: "mirror1" is a name that ZFS keeps',
    ],
    [
      '{ type: zfs, pool: log, layout: stripe, resources: [disk0] }',
      'storage[0].pool: "log" is a name that ZFS keeps',
    ],
    [
      '{ type: zfs, pool: 1pool, layout: stripe, resources: [disk0] }',
      'storage[0].pool: "1pool" must start with a letter',
    ],
    [
      '{ type: zfs, pool: tank, layout: stripe, resources: [disk0] }',
      "storage[0].pool: is the pool that vol0's own volume is in",
    ],
    [
      '{ type: zfs, pool: etc, layout: stripe, resources: [disk0] }',
      'storage[0].pool: /etc belongs to the system',
    ],
    [
      `${UFS}, { type: ufs, resource: disk1, mountpoint: /hast/disk0 }`,
      'storage[1].mountpoint: /hast/disk0 is mounted on twice',
    ],
    [
      `${UFS}, { type: ufs, resource: disk1, mountpoint: /hast/disk0/x }`,
      'storage[1].mountpoint: /hast/disk0/x is inside /hast/disk0',
    ],
    [
      `${UFS}, { type: zfs, pool: hast, layout: stripe, resources: [disk1] }`,
      'storage[0].mountpoint: /hast/disk0 is inside /hast',
    ],
    [
      '{ type: zsf, pool: p }',
      'storage[0].type: must be one of ufs, zfs, raw, not "zsf" (did you mean zfs?)',
    ],
    ['{ resource: disk0 }', 'storage[0].type: is missing (one of ufs, zfs, raw)'],
    ['{ type: ufs, resource: disk0, mount: /a }', 'storage[0].mount: unknown key'],
  ])('%s', (storage, says) => {
    const found = problems(withStorage(storage));
    expect(
      found.some((problem) => problem.includes(says)),
      JSON.stringify(found),
    ).toBe(true);
  });

  it.each([
    UFS,
    '{ type: zfs, pool: failover, layout: raidz3, resources: [disk0, disk1, disk2, vol0] }',
    '{ type: zfs, pool: logs, layout: raidz, resources: [disk0, disk1] }, { type: raw, resource: vol0 }',
  ])('accepts %s', (storage) => {
    expect(problems(withStorage(storage))).toEqual([]);
  });
});

describe('services', () => {
  it.each([
    ['{ type: nfs, exports: [] }', 'services[0].exports: must have at least one line'],
    [
      '{ type: nfs, exports: ["/srv -network 10.0.0.0/8"] }',
      'services[0].exports[0]: /srv is not on the storage',
    ],
    [
      '{ type: nfs, exports: ["/hast/disk0 /hast/disk00 -ro"] }',
      'exports[0]: /hast/disk00 is not on the storage',
    ],
    ['{ type: nfs, exports: ["/hast/disk0\\nx"] }', 'exports[0]: "/hast/disk0\\nx" must be one line'],
    [
      '{ type: nfs, exports: [/hast/disk0] }, { type: nfs, exports: [/hast/disk0] }',
      'services[1]: there is one NFS server',
    ],
    ['{ type: iscsi, target: foo, resource: disk1 }', 'services[0].target: "foo" must be an iSCSI name'],
    ['{ type: iscsi, target: "iqn.2026-13.org:a", resource: disk1 }', 'must be an iSCSI name'],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", resource: disk9 }',
      'services[0].resource: there is no resource disk9',
    ],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", resource: disk0 }',
      'services[0].resource: disk0 holds a file system or pool',
    ],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", resource: disk1, chap: x }',
      'services[0].chap: must not stand in this file itself',
    ],
    ['{ type: iscsi, target: "iqn.2026-01.org:a" }', 'services[0].resource: is missing'],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", resource: disk1, volume: tank/a }',
      'services[0].volume: cannot be there beside resource',
    ],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", volume: tank/a, size: 1G }',
      'services[0].volume: tank/a is not in a pool of this cluster',
    ],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", resource: disk1, size: 1G }',
      'services[0].size: is for a volume',
    ],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", resource: disk1 }, { type: iscsi, target: "iqn.2026-01.org:b", resource: disk1 }',
      'services[1].resource: a LUN on disk1 stands here twice',
    ],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", resource: disk1 }, { type: iscsi, target: "iqn.2026-01.org:a", resource: disk2 }',
      'services[1].target: iscsi target iqn.2026-01.org:a stands here twice',
    ],
    [
      '{ type: nfs, exports: ["/hast/disk1 -alldirs"] }',
      'services[0].exports[0]: /hast/disk1 is not on the storage',
    ],
    [
      '{ type: nfs, exports: ["/hast/disk00/a"] }',
      'services[0].exports[0]: /hast/disk00/a is not on the storage',
    ],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", resource: disk1, naa: 0x9 }',
      'services[0].naa: must be text',
    ],
    [
      '{ type: iscsi, target: "iqn.2026-01.org:a", resource: disk1, serial: "12345678901234567" }',
      'must be 1 to 16 letters',
    ],
    [
      '{ type: nfs, exports: ["/hast/disk0 # all"] }',
      'services[0].exports[0]: "/hast/disk0 # all" must have no #',
    ],
    [
      '{ type: nfs, exports: [/hast/disk0], version: 5 }',
      'services[0].version: must be a whole number from 3 to 4',
    ],
    [
      '{ type: nfs, exports: [/hast/disk0] }, { type: rc, name: nfsd }',
      'services[1].name: is started and stopped by the service of type nfs already',
    ],
    ['{ type: jail, name: "7" }', 'services[0].name: "7" must be the name of a jail'],
    ['{ type: jail, name: a }, { type: jail, name: a }', 'services[1].name: jail a stands here twice'],
    ['{ type: rc, name: a, startWithin: 2h }', 'services[0].startWithin: must be from 1 to 3600 seconds'],
    ['{ type: samba, share: data, path: /tmp/x }', 'services[0].path: /tmp/x is not on the storage'],
    ['{ type: rc, name: "post;gres" }', 'services[0].name: "post;gres" must be the name of an rc script'],
    ['{ type: rc, name: hastd }', 'services[0].name: hastd is not a service that can move'],
    ['{ type: rc, name: a }, { type: rc, name: a }', 'services[1].name: rc service a stands here twice'],
  ])('%s', (services, says) => {
    const found = problems(withStorage(`${UFS}, { type: raw, resource: disk1 }`, services));
    expect(
      found.some((problem) => problem.includes(says)),
      JSON.stringify(found),
    ).toBe(true);
  });
});

it('NFS wants a node that cannot let go of its storage to reboot', () => {
  const text = `${withStorage(UFS, '{ type: nfs, exports: [/hast/disk0] }')}agent: { onDemoteFailure: alert }\n`;
  expect(problems(text)).toEqual([
    expect.stringMatching(/^agent\.onDemoteFailure: must be reboot with an NFS service/),
  ]);
  expect(problems(text.replace('alert', 'reboot'))).toEqual([]);
});
