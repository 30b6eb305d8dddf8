import { describe, expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { RECIPE_DEVD, RECIPE_HAST_CONF, RECIPE_SCRIPT } from '../../src/lab/baseline/recipe.js';
import { parseSpec } from '../../src/spec/load.js';
import { serializeSpec } from '../../src/spec/serialize.js';
import { freshFacts, hastResource } from '../plan/fixtures.js';
import { adopted, alias, CONNECTION, foreignFacts, hastConf, recipe } from './foreign.js';

const HAST = '/etc/hast.conf';
const AGENT = '/usr/local/sbin/carp-hast-switch';

describe('the published recipe', () => {
  it('becomes a cluster file with nothing left open', () => {
    const { spec, password, all } = adopted(recipe());
    expect(spec).toMatchObject({
      name: 'pair1',
      nodes: [
        { name: 'hasta', replication: '10.77.0.1', interface: 'vtnet1', ssh: { host: '192.0.2.11' } },
        { name: 'hastb', replication: '10.77.0.2', interface: 'vtnet1', ssh: { host: '192.0.2.12' } },
      ],
      carp: { address: '192.168.50.10', prefixLength: 24, vhid: 1, advbase: 1, unicast: false },
      preferred: 'hasta',
      hast: { replication: 'memsync', timeout: 20, compression: 'hole', checksum: 'none' },
      storage: [{ type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' }],
    });
    expect(parseSpec(serializeSpec(spec!), 'x')).toEqual(spec);
    expect(password).toBe('s3cret');
    expect(all.map(({ kind, node, message }) => [kind, node, message])).toEqual([
      [
        'replaced',
        undefined,
        'advskew in rc.conf (hasta 0, hastb 100) becomes 240 on both; the agent sets the live one by where the storage is',
      ],
      ['replaced', 'hasta', 'hastconf did not write /etc/hast.conf of hasta'],
      ['replaced', 'hastb', 'hastconf did not write /etc/hast.conf of hastb'],
      ['assumed', undefined, 'the pair has no name yet; it is called pair1'],
      ['assumed', undefined, 'hasta is the preferred node: it has the smaller advskew'],
    ]);
  });

  it('names the hand-written script, its devd rules and the fstab entry', () => {
    const files = {
      [AGENT]: RECIPE_SCRIPT,
      '/etc/devd.conf': `options {\n\tdirectory "/etc/devd";\n};\n${RECIPE_DEVD}`,
      '/etc/fstab':
        '# Device\tMountpoint\n/dev/vtbd0p2\t/\tufs\trw\t1\t1\n/dev/hast/disk0\t/hast/disk0\tufs\trw\t0\t2\n',
    };
    const [a, b] = recipe();
    const plain = foreignFacts('hasta', {
      hastConf: RECIPE_HAST_CONF,
      files,
      facts: { hast: a.hast, mounts: a.mounts, rc: a.rc, interfaces: a.interfaces },
    });
    const { spec, said } = adopted([plain, b]);
    expect(spec?.storage).toEqual([{ type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' }]);
    expect(said).toEqual([
      `replaced: hastconf's agent takes the place of somebody's own ${AGENT} on hasta`,
      "replaced: hastconf's devd rules, of priority 100, run in place of those of priority 30 in /etc/devd.conf (lines 4, 10) on hasta",
      'replaced: /etc/fstab of hasta mounts /dev/hast/disk0 on /hast/disk0, and the next boot waits for it in vain; the agent mounts it from now on',
    ]);
  });

  it('is understood when it is down: the mount point comes from fstab or from the script', () => {
    const down = { hast: { running: false, resources: {}, metadata: {}, configExit: 65 } };
    const fstab = '/dev/hast/disk0 /data ufs rw,noauto 0 0\n';
    const [a, b] = recipe({ facts: down, files: { '/etc/fstab': fstab } }, { facts: down });
    expect(adopted([a, b]).spec?.storage).toEqual([{ type: 'ufs', resource: 'disk0', mountpoint: '/data' }]);
    const scripts = [
      RECIPE_SCRIPT,
      'resources="disk0 disk1"\nfor disk in ${resources}; do\n\tmount /dev/hast/${disk} /hast/${disk}\ndone\n',
      'mount -o noatime -t ufs "/dev/hast/disk0" "/hast/disk0" || exit 1\n',
    ];
    for (const script of scripts) {
      const { spec, said } = adopted(recipe({ facts: down, files: { [AGENT]: script } }, { facts: down }));
      expect(spec?.storage).toEqual([{ type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' }]);
      expect(said).toContain('assumed: disk0 is mounted on /hast/disk0, as the switch script has it');
    }
    const { spec, said } = adopted(
      recipe({ facts: down, files: { [AGENT]: 'mount $(device) /hast\n' } }, { facts: down }),
    );
    expect(spec?.storage).toEqual([]);
    expect(said[0]).toBe('missing: nothing shows what lies on disk0: it has no storage in the cluster file');
  });
});

describe('hast.conf', () => {
  it('with settings that a cluster file has no words for', () => {
    const text = `listen tcp4://10.77.0.1:8457
on hasta { pidfile /var/run/h.pid }
metaflush off
exec /root/notify.sh
timeout 5
${hastConf(['disk0', 'disk1', 'disk2']).replace('resource disk1 {', 'resource disk1 {\n\ttimeout 60\n\treplication async\n\tname other')}`;
    const { spec, said } = adopted(recipe({ hastConf: text }, { hastConf: text }));
    expect(spec?.hast).toEqual({ replication: 'memsync', timeout: 5, compression: 'hole', checksum: 'none' });
    const of = (node: string) => [
      `replaced: hast.conf of ${node} has exec /root/notify.sh; hastd is going to call the agent`,
      ...[
        'listen tcp4://10.77.0.1:8457',
        'pidfile /var/run/h.pid (on hasta)',
        'metaflush off',
        'name other (resource disk1): the device becomes /dev/hast/disk1',
      ].map((what) => `inexpressible: hast.conf of ${node}: ${what} is lost`),
    ];
    expect(said).toEqual(
      expect.arrayContaining([
        'inexpressible: resource disk1 has replication async of its own; the cluster file has one for all, here memsync',
        'inexpressible: resource disk1 has timeout 60 of its own; the cluster file has one for all, here 5',
        ...of('hasta'),
        ...of('hastb'),
      ]),
    );
  });

  it('that differs between the nodes: each node’s own file says what it has', () => {
    const other = hastConf(['disk0', 'disk9']).replaceAll('/dev/vtbd1', '/dev/vtbd3');
    const { spec, said } = adopted(recipe({}, { hastConf: `timeout 7\n${other}` }));
    expect(spec?.resources).toEqual([
      { name: 'disk0', local: { hasta: '/dev/vtbd1', hastb: '/dev/vtbd3' } },
      { name: 'disk9', local: { hasta: '/dev/vtbd2', hastb: '/dev/vtbd2' } },
    ]);
    expect(spec?.hast.timeout).toBe(20);
    expect(said).toEqual([
      'missing: nothing shows what lies on disk9: it has no storage in the cluster file',
      "differs: hast.conf differs about disk0 on hasta: local is /dev/vtbd1 in hasta's file and /dev/vtbd3 in hastb's",
      "differs: hast.conf differs about disk0 on hasta: timeout is 20 in hasta's file and 7 in hastb's",
      "differs: hast.conf differs about disk0 on hastb: local is /dev/vtbd3 in hastb's file and /dev/vtbd1 in hasta's",
      "differs: hast.conf differs about disk0 on hastb: timeout is 7 in hastb's file and 20 in hasta's",
      "differs: resource disk9 is in hastb's hast.conf and not in hasta's",
      'inexpressible: resource disk9 has timeout 7 of its own; the cluster file has one for all, here 20',
    ]);
  });

  it('on one node only, or broken on one: the other one stands in', () => {
    const [a, b] = recipe();
    const { [HAST]: _, ...rest } = b.files;
    const { spec, said } = adopted([a, { ...b, files: rest }]);
    expect(spec?.resources[0]?.local).toEqual({ hasta: '/dev/vtbd1', hastb: '/dev/vtbd1' });
    expect(said).toEqual(['differs: hastb has no /etc/hast.conf']);
    const broken = adopted(recipe({}, { hastConf: 'resource disk0 {\n\ton hastb {\n' }));
    expect(broken.spec?.resources).toHaveLength(1);
    expect(broken.said[0]).toMatch(/^differs: hastd on hastb refuses its \/etc\/hast\.conf: Unable to parse/);
  });

  it('with full host names, IPv6 and sources', () => {
    const names = ['hasta.example.org', 'hastb.example.org'] as const;
    const link = ['tcp6://[fd00:77::1]:8457', 'fd00:77::2'] as const;
    const text = hastConf(['disk0'], names, link).replace(
      'remote fd00:77::2',
      'remote fd00:77::2\n\t\tsource tcp6://fd00:77::1',
    );
    const [a, b] = recipe({ hastConf: text }, { hastConf: text });
    const renamed = (facts: NodeFacts, index: 0 | 1): NodeFacts => ({
      ...facts,
      identity: { ...facts.identity, hostname: names[index] },
      interfaces: facts.interfaces.map((one) =>
        one.name === 'vtnet2'
          ? { ...one, addresses: [{ family: 6, address: `fd00:77:0::${index + 1}`, prefixLength: 64 }] }
          : one,
      ),
    });
    const { spec, said } = adopted([renamed(a, 0), renamed(b, 1)]);
    expect(spec?.nodes.map(({ name, replication }) => [name, replication])).toEqual([
      [names[0], 'fd00:77::1'],
      [names[1], 'fd00:77::2'],
    ]);
    expect(said).toEqual([]);
  });

  it('with names in place of addresses, another port, or the shared address', () => {
    const named = hastConf(['disk0'], ['hasta', 'hastb'], ['hasta-link', 'hastb-link:8458']);
    const hosts = '127.0.0.1 localhost hasta-link\n10.77.0.1\thasta-link # ours\n10.77.0.2 b hastb-link\n';
    const own = { hastConf: named, files: { '/etc/hosts': hosts } };
    const byName = adopted(recipe(own, own));
    expect(byName.spec?.nodes.map(({ replication }) => replication)).toEqual(['10.77.0.1', '10.77.0.2']);
    expect(byName.said).toEqual([
      "inexpressible: hastd listens on port 8458 of hastb-link; hastconf uses hastd's own port, 8457",
      'assumed: hast.conf calls hasta hasta-link; /etc/hosts says that this is 10.77.0.1',
      'assumed: hast.conf calls hastb hastb-link; /etc/hosts says that this is 10.77.0.2',
    ]);
    const shared = hastConf(['disk0'], ['hasta', 'hastb'], ['192.168.50.10', '10.77.0.2']);
    const byCarp = adopted(recipe({ hastConf: shared }, { hastConf: shared }));
    expect(byCarp.spec?.nodes.map(({ replication }) => replication)).toEqual(['10.77.0.1', '10.77.0.2']);
    expect(byCarp.said).toEqual([
      'inexpressible: hastd replicates over the CARP address 192.168.50.10, which moves between the nodes',
      'assumed: replication between 10.77.0.1 and 10.77.0.2: a network that both nodes are in',
    ]);
  });

  it('with an address that the node does not have, or without a peer', () => {
    const wrong = hastConf(['disk0'], ['hasta', 'hastb'], ['10.77.0.9', '10.77.0.2']);
    expect(adopted(recipe({ hastConf: wrong }, { hastConf: wrong })).said).toEqual([
      'differs: hast.conf expects hasta at 10.77.0.9, which is on none of its interfaces',
    ]);
    const none = hastConf(['disk0'], ['hasta', 'hastb'], ['none', 'none']);
    const { spec, said } = adopted(recipe({ hastConf: none }, { hastConf: none }));
    expect(spec?.nodes.map(({ replication }) => replication)).toEqual(['10.77.0.1', '10.77.0.2']);
    expect(said).toContain('differs: resource disk0 has "remote none" on hasta: it is not replicated');
  });

  it('names what hastd runs that no file has, and two primaries', () => {
    const hast = {
      running: true,
      configExit: 65,
      metadata: {},
      resources: {
        disk0: hastResource('disk0', { role: 'primary' }),
        old: hastResource('old', { role: 'primary' }),
      },
    };
    const [a, b] = recipe();
    expect(adopted([a, { ...b, hast }]).said).toEqual([
      'differs: hastd on hastb runs resource old (primary), which is not adopted',
      'differs: both nodes are primary: their copies may have parted; hastconf changes nothing before that is solved',
    ]);
  });

  it('leaves out what the cluster file refuses, and says what that would do', () => {
    const text = hastConf([
      'disk0',
      'all',
      'name-of-a-resource-that-is-much-too-long-for-the-older-releases',
    ]);
    const { spec, all } = adopted(recipe({ hastConf: text }, { hastConf: text }));
    expect(spec?.resources.map(({ name }) => name)).toEqual(['disk0']);
    const left = all.filter(({ kind }) => kind === 'inexpressible');
    expect(left.map(({ message }) => message)).toEqual([
      'resource all is left out: its name means every resource to hastctl',
      expect.stringMatching(/^resource name-of-.* is left out: its name is 63 bytes long/),
    ]);
    expect(left[0]?.remedy).toContain('do not apply before that is solved');
  });
});

describe('ZFS', () => {
  const pool = (vdevs: NodeFacts['zfs']['pools'][number]['vdevs']): Partial<NodeFacts> => ({
    mounts: freshFacts('hasta').mounts,
    zfs: {
      loaded: true,
      pools: [
        {
          name: 'tank',
          size: 9,
          free: 9,
          health: 'ONLINE',
          vdevs: [{ kind: 'disk', devices: ['/dev/da0'] }],
        },
        { name: 'failover', size: 9, free: 9, health: 'ONLINE', ...(vdevs ? { vdevs } : {}) },
      ],
      volumes: [{ name: 'tank/vol0', size: 52428800 }],
    },
  });
  const three = hastConf(['disk0', 'disk1', 'disk2']);
  const on = (facts: Partial<NodeFacts>) => adopted(recipe({ hastConf: three, facts }, { hastConf: three }));

  it.each([
    [[{ kind: 'raidz1', devices: ['/dev/hast/disk0', '/dev/hast/disk1', '/dev/hast/disk2'] }], 'raidz'],
    [[{ kind: 'mirror', devices: ['/dev/hast/disk0', '/dev/hast/disk1', '/dev/hast/disk2'] }], 'mirror'],
    [['0', '1', '2'].map((n) => ({ kind: 'disk', devices: [`/dev/hast/disk${n}`] })), 'stripe'],
  ])('on several resources: %j is %s', (vdevs, layout) => {
    const { spec, said } = on(pool(vdevs));
    expect(spec?.storage).toEqual([
      { type: 'zfs', pool: 'failover', layout, resources: ['disk0', 'disk1', 'disk2'] },
    ]);
    expect(said).toEqual([]);
  });

  it.each([
    [
      [{ kind: 'mirror', devices: ['/dev/hast/disk0', '/dev/da7'] }],
      'it has members that are no HAST resources',
    ],
    [
      [
        { kind: 'disk', devices: ['/dev/hast/disk0'] },
        { kind: 'logs', devices: ['/dev/hast/disk1'] },
      ],
      'its layout (disk, logs) is none of',
    ],
  ])('of a shape that a cluster file does not know is left out', (vdevs, why) => {
    const { spec, said } = on(pool(vdevs));
    expect(spec?.storage).toEqual([]);
    expect(said.join('\n')).toContain(`inexpressible: pool failover is left out: ${why}`);
  });

  it('on a volume that both nodes have is a zvol, otherwise a plain path', () => {
    const text = hastConf().replaceAll('/dev/vtbd1', '/dev/zvol/tank/vol0');
    const zfs = { loaded: true, pools: [], volumes: [{ name: 'tank/vol0', size: 52428800 }] };
    const both = adopted(recipe({ hastConf: text, facts: { zfs } }, { hastConf: text, facts: { zfs } }));
    expect(both.spec?.resources[0]?.zvol).toEqual({
      pool: { hasta: 'tank', hastb: 'tank' },
      name: 'vol0',
      size: 52428800,
    });
    const one = adopted(recipe({ hastConf: text, facts: { zfs } }, { hastConf: text }));
    expect(one.spec?.resources[0]).toEqual({
      name: 'disk0',
      local: { hasta: '/dev/zvol/tank/vol0', hastb: '/dev/zvol/tank/vol0' },
    });
  });
});

describe('file systems', () => {
  it.each([
    [
      { device: '/dev/hast/disk0p1', mountpoint: '/data', type: 'ufs' },
      '/dev/hast/disk0p1 on /data: a cluster file has whole resources',
    ],
    [
      { device: '/dev/hast/disk0', mountpoint: '/data', type: 'ext2fs' },
      'the file system of disk0 on /data is left out: it is ext2fs',
    ],
    [
      { device: '/dev/hast/disk0', mountpoint: '/my data', type: 'ufs' },
      'the file system of disk0 on /my data is left out: it is mounted where the path must be',
    ],
  ])('%j is not expressible', (mount, why) => {
    const [a, b] = recipe();
    const { spec, said } = adopted([{ ...a, mounts: [{ ...mount, options: 'rw' }] }, b]);
    expect(spec?.storage).toEqual([]);
    expect(said.join('\n')).toContain(`inexpressible: ${why}`);
  });

  it('mounted where the system lives: no cluster file, and the reason', () => {
    const [a, b] = recipe();
    const mounts = [{ device: '/dev/hast/disk0', mountpoint: '/var/db', type: 'ufs', options: 'rw' }];
    const { spec, said } = adopted([{ ...a, mounts }, b]);
    expect(spec).toBeUndefined();
    expect(said).toEqual([
      'missing: a cluster file cannot say this: storage[0].mountpoint: /var/db belongs to the system',
    ]);
  });

  it('exported or served: NFS is taken over, the others are named', () => {
    const files = {
      '/etc/exports': '# all\n/hast/disk0 /hast/disk0/sub -network 192.168.50.0/24 # lan\n/usr/ports -ro\n',
      '/etc/ctl.conf': 'target iqn.2026-01.org.example:x {\n\tlun 0 {\n\t\tpath /dev/hast/disk1\n\t}\n}\n',
      '/usr/local/etc/smb4.conf': '[data]\n  path = /hast/disk0/share\n[other]\n  path = /srv\n',
    };
    const { spec, said } = adopted(recipe({ files }, { files: { '/etc/exports': '' } }));
    expect(spec?.services).toEqual([
      { type: 'nfs', exports: ['/hast/disk0 /hast/disk0/sub -network 192.168.50.0/24'] },
    ]);
    expect(said).toEqual([
      "differs: /etc/exports does not export the storage alike on both nodes; hasta's lines are taken",
      'inexpressible: /etc/ctl.conf of hasta serves disk1 over iSCSI; its targets are not read',
      'inexpressible: /usr/local/etc/smb4.conf of hasta shares /hast/disk0/share; its settings are not read',
    ]);
  });
});

describe('CARP', () => {
  it('missing at all: no cluster file', () => {
    const { spec, said } = adopted(recipe({ rc: {}, carp: [] }, { rc: {}, carp: [] }));
    expect(spec).toBeUndefined();
    expect(said).toEqual(['missing: neither hasta nor hastb has a CARP address']);
  });

  it('of FreeBSD 9 and before, on a pseudo-interface', () => {
    const rc = {
      cloned_interfaces: 'carp0',
      ifconfig_carp0: 'vhid 1 advskew 100 pass s3cret 192.168.50.10/24',
    };
    const { spec, said } = adopted(recipe({ rc, carp: [] }, { rc, carp: [] }));
    expect(spec).toBeUndefined();
    expect(said[0]).toContain('missing: CARP is a pseudo-interface (carp0) here');
  });

  it('on one node only: the other one’s interface is found by its network', () => {
    const { spec, said } = adopted(recipe({}, { rc: {}, carp: [] }));
    expect(spec?.nodes[1].interface).toBe('vtnet1');
    expect(said).toEqual([
      'differs: hastb has no CARP address; hasta has one',
      'assumed: hastb has no CARP address; vtnet1 is to carry it',
    ]);
  });

  it('with two vhids on the interface: the one that moves the storage, the other stays', () => {
    const rc = (skew: number) => ({
      ifconfig_vtnet1_alias0: `inet vhid 7 advskew ${skew} pass other alias 192.168.50.77/32`,
      ifconfig_vtnet1_alias1: alias(skew),
    });
    const rule =
      'notify 30 { match "system" "CARP"; match "subsystem" "1@vtnet1"; match "type" "MASTER"; action "/root/hast.sh"; };\n';
    const own = (skew: number) => ({
      rc: rc(skew),
      files: { '/usr/local/etc/devd/x.conf': rule },
      carp: [
        { vhid: 7, state: 'MASTER' as const, address: '192.168.50.77' },
        { vhid: 1, state: 'MASTER' as const, address: '192.168.50.10' },
      ],
    });
    const { spec, password, said } = adopted(recipe(own(0), own(100)));
    expect([spec?.carp.vhid, spec?.carp.address, password]).toEqual([1, '192.168.50.10', 's3cret']);
    expect(said.filter((line) => line.startsWith('inexpressible'))).toEqual([
      'inexpressible: hasta also has vhid 7 on vtnet1 (192.168.50.77); a cluster file has one, this one stays as it is',
      'inexpressible: hastb also has vhid 7 on vtnet1 (192.168.50.77); a cluster file has one, this one stays as it is',
    ]);
  });

  it('with different passwords: said without either', () => {
    const facts = recipe({}, { rc: { ifconfig_vtnet1_alias0: alias(100, 'X') } });
    const { password, said, all } = adopted(facts);
    expect(password).toBe('s3cret');
    expect(said).toEqual([
      'differs: the CARP passwords of the two nodes are not the same: both would be MASTER',
    ]);
    expect(JSON.stringify(all)).not.toContain('s3cret');
  });

  it.each([
    [
      'inet vhid 1 advskew 100 alias 192.168.50.10/32',
      'assumed: CARP has no password in rc.conf; hastconf generates one',
    ],
    [
      'inet vhid 1 advskew 100 pass s3;cret alias 192.168.50.10/32',
      'inexpressible: the CARP password has characters that rc.conf does not carry safely; hastconf generates a new one',
    ],
  ])('with a password that cannot be taken over: %s', (value, said) => {
    const rc = { ifconfig_vtnet1_alias0: value };
    const found = adopted(recipe({ rc }, { rc }));
    expect([found.password, found.said]).toEqual([undefined, [said]]);
    expect(JSON.stringify(found.all)).not.toContain('s3;cret');
  });

  it('takes of a password what ifconfig takes: 19 bytes', () => {
    const rc = { ifconfig_vtnet1_alias0: 'inet vhid 1 pass abcdefghijklmnopqrstuvwxyz 192.168.50.10/32' };
    expect(adopted(recipe({ rc }, { rc })).password).toBe('abcdefghijklmnopqrs');
  });

  it.each([
    ['ifconfig_vtnet1_aliases', 'inet 192.168.50.99/32 inet vhid 1 advskew 100 pass s3cret 192.168.50.10/32'],
    ['ifconfig_vtnet1', 'inet 192.168.50.10 netmask 255.255.255.0 vhid 1 advskew 100 pass s3cret'],
  ])('in %s is read, and asked to go', (variable, value) => {
    const rc = { [variable]: value };
    const { spec, password, said } = adopted(recipe({ rc }, { rc }));
    expect([spec?.carp.address, spec?.carp.prefixLength, password]).toEqual(['192.168.50.10', 24, 's3cret']);
    expect(said).toEqual(
      ['hasta', 'hastb'].map(
        (node) =>
          `replaced: ${variable} of ${node} holds the CARP address; hastconf keeps it in an aliasN of its own`,
      ),
    );
  });

  it('over IPv6, unicast, with another advbase', () => {
    const value = (peer: string) =>
      `inet6 vhid 1 advbase 2 advskew 100 peer6 ${peer} pass s3cret alias fd00:50::10/64`;
    const carp = [{ vhid: 1, state: 'BACKUP' as const, address: 'fd00:50:0::10', prefixLength: 64 }];
    const own = (peer: string) => ({ rc: { ifconfig_vtnet1_alias0: value(peer) }, carp });
    const { spec, said } = adopted(recipe(own('fd00:50::12'), own('fd00:50::11')));
    expect(spec?.carp).toMatchObject({
      address: 'fd00:50::10',
      prefixLength: 64,
      family: 6,
      advbase: 2,
      unicast: true,
    });
    expect(said).toEqual([]);
  });

  it('says what differs, what is not permanent and what is not live', () => {
    const { said } = adopted(
      recipe(
        { rc: {} },
        {
          rc: { ifconfig_vtnet1_alias3: 'inet vhid 2 advskew 100 pass s3cret alias 192.168.50.10/32' },
          carp: [],
        },
      ),
    );
    expect(said).toEqual([
      'differs: CARP vhid: hasta has 1, hastb 2',
      'differs: CARP advbase: hasta has none, hastb 1',
      'differs: vhid 1 on vtnet1 of hasta is not in rc.conf: it is gone after the next boot',
      'differs: vhid 2 on vtnet1 of hastb is in rc.conf and not live',
    ]);
  });

  it('under different alias numbers', () => {
    const { said, all } = adopted(recipe({}, { rc: { ifconfig_vtnet1_alias1: alias(100) } }));
    expect(said).toEqual([
      'differs: the CARP address is alias0 on hasta and alias1 on hastb; hastconf uses one number on both',
    ]);
    expect(all[0]?.remedy).toBe('take ifconfig_vtnet1_alias0 out of rc.conf of hasta after the apply');
  });

  it('with more addresses, and sysctls that stay', () => {
    const rc = {
      ifconfig_vtnet1_alias2: alias(100),
      ifconfig_vtnet1_alias3: 'inet vhid 1 pass s3cret alias 192.168.50.20/32',
    };
    const files = {
      '/etc/sysctl.conf': 'net.inet.carp.preempt=0\nnet.inet.carp.demotion=240\nnet.inet.carp.log=2\n',
    };
    const { said } = adopted(
      recipe({ rc: { ...rc, ifconfig_vtnet1_alias0: alias(0) }, files }, { rc, files }),
    );
    expect(said.join('\n')).toContain(
      'inexpressible: vhid 1 on vtnet1 has more than one address; 192.168.50.10 is kept, not 192.168.50.20',
    );
    expect(said.join('\n')).toContain(
      'replaced: /etc/sysctl.conf of hasta has net.inet.carp.preempt=0; hastconf sets 1',
    );
    expect(said.join('\n')).toContain(
      'inexpressible: /etc/sysctl.conf of hastb has net.inet.carp.demotion=240, which stays',
    );
    expect(said.join('\n')).not.toContain('carp.log');
  });
});

describe('devd', () => {
  const rule = (priority: number, type: string) =>
    `notify ${priority} {\n\tmatch "system" "CARP";\n\tmatch "type" "${type}";\n\taction "/root/x $subsystem";\n};\n`;

  it('rules of a higher priority keep events from the agent', () => {
    const files = {
      '/etc/devd/zz.conf': rule(200, 'MASTER') + rule(10, '(BACKUP|INIT)') + rule(300, 'NOSUCH'),
    };
    expect(adopted(recipe({ files })).said).toEqual([
      "differs: devd rules of priority 200 run in place of hastconf's, which have 100: /etc/devd/zz.conf (line 1) on hasta; the agent would not hear of events",
      "replaced: hastconf's devd rules, of priority 100, run in place of those of priority 10 in /etc/devd/zz.conf (line 6) on hasta",
    ]);
  });

  it('its own rules and those of the system for links are nobody’s business', () => {
    const link =
      'notify 0 {\n\tmatch "system" "IFNET";\n\tmatch "type" "LINK_(UP|DOWN)";\n\taction "/etc/pccard_ether $subsystem start";\n};\n';
    const block = `# hastconf begin (do not edit)\n${rule(100, 'MASTER')}# hastconf end\n`;
    expect(adopted(recipe({ files: { '/etc/devd.conf': `${link}${block}` } })).said).toEqual([]);
  });

  it('a file with a mistake keeps devd from starting', () => {
    expect(adopted(recipe({ files: { '/etc/devd/bad.conf': 'notify { };\n' } })).said).toEqual([
      'differs: devd does not start on hasta: devd: Cannot parse /etc/devd/bad.conf at line 1',
    ]);
  });
});

describe('two machines that are no pair', () => {
  it('fresh ones have nothing to adopt', () => {
    const { spec, said } = adopted([freshFacts('hasta'), freshFacts('hastb')]);
    expect(spec).toBeUndefined();
    expect(said).toEqual([
      'missing: there is no HAST resource to adopt on hasta and hastb',
      'missing: neither hasta nor hastb has a CARP address',
      'differs: hasta has no /etc/hast.conf',
      'differs: hastb has no /etc/hast.conf',
    ]);
  });

  it('the same one twice is refused', () => {
    const [a] = recipe();
    const { spec, said } = adopted([a, a]);
    expect(spec).toBeUndefined();
    expect(said).toContain('missing: both connections lead to the same machine, hasta');
  });

  it('what a node did not answer is not taken for absence', () => {
    const [a, b] = recipe();
    const silent = { ...b, unanswered: [{ subject: 'hastctl list', message: 'no answer in time' }] };
    expect(adopted([a, silent]).said).toEqual([
      'missing: hastb did not say: hastctl list (no answer in time)',
    ]);
  });

  it('is adopted alike in the other order, but for how they are reached', () => {
    const [a, b] = recipe();
    const swapped = adopt([b, a], { ssh: [CONNECTION.ssh[1], CONNECTION.ssh[0]] });
    expect(swapped.spec).toEqual(adopt([a, b], CONNECTION).spec);
  });
});
