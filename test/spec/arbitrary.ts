import fc from 'fast-check';
import { zvolPath } from '../../src/spec/normalise.js';
import type {
  AgentSpec,
  CarpSpec,
  ClusterSpec,
  HastSpec,
  NodeSpec,
  ResourceSpec,
  ServiceSpec,
  SshSpec,
  StorageSpec,
  UfsSpec,
  ZfsLayout,
  ZfsSpec,
} from '../../src/spec/types.js';

const MINIMUM: Record<ZfsLayout, number> = { stripe: 1, mirror: 2, raidz: 2, raidz2: 3, raidz3: 4 };

const word = fc.stringMatching(/^[a-z][a-z0-9]{0,6}$/);
const file = fc.constantFrom('/home/admin/.ssh/id', '/etc/keys/a b', '/srv/ünïcode');
const program = fc.constantFrom('/usr/local/bin/fence', '/root/notify.sh');

const ssh = fc.record<SshSpec>(
  {
    host: fc.constant('unused'),
    port: fc.integer({ min: 1, max: 65535 }),
    user: word,
    identity: file,
    become: fc.constantFrom('none', 'sudo', 'doas', 'su'),
  },
  { requiredKeys: ['host', 'become'] },
);

/** Two nodes of one address family; at most the first is this machine. */
const nodes: fc.Arbitrary<readonly [NodeSpec, NodeSpec]> = fc
  .record({
    six: fc.boolean(),
    local: fc.boolean(),
    suffix: fc.constantFrom('', '.example.org'),
    settings: fc.tuple(ssh, ssh),
    interfaces: fc.tuple(fc.constantFrom('vtnet1', 'vlan0.10'), fc.constantFrom('vtnet1', 'em0')),
    hosts: fc.constantFrom(
      ['10.1.0.1', '10.1.0.2'],
      ['a.example.org', 'b.example.org'],
      ['2001:db8::1', 'b'],
    ),
  })
  .map(({ six, local, suffix, settings, interfaces, hosts }) => {
    const node = (index: 0 | 1): NodeSpec => ({
      name: `hast${'ab'[index]}${suffix}`,
      ssh: local && index === 0 ? { local: true } : { ...settings[index], host: hosts[index]! },
      replication: six ? `fd00:77::${index + 1}` : `10.77.0.${index + 1}`,
      interface: interfaces[index],
    });
    return [node(0), node(1)] as const;
  });

const carp: fc.Arbitrary<CarpSpec> = fc
  .record(
    {
      six: fc.boolean(),
      vhid: fc.integer({ min: 1, max: 255 }),
      advbase: fc.integer({ min: 1, max: 255 }),
      passwordFile: file,
      unicast: fc.boolean(),
    },
    { requiredKeys: ['six', 'vhid', 'advbase', 'unicast'] },
  )
  .map(({ six, ...rest }) => ({
    address: six ? 'fd00:50::10' : '192.168.50.10',
    prefixLength: six ? 64 : 24,
    family: six ? 6 : 4,
    ...rest,
  }));

const hast: fc.Arbitrary<HastSpec> = fc.record({
  replication: fc.constantFrom('memsync', 'fullsync', 'async'),
  timeout: fc.integer({ min: 1, max: 3600 }),
  compression: fc.constantFrom('none', 'hole', 'lzf'),
  checksum: fc.constantFrom('none', 'crc32', 'sha256'),
});

const agent: fc.Arbitrary<AgentSpec> = fc.record({
  settle: fc.integer({ min: 0, max: 60 }),
  bootWait: fc.integer({ min: 0, max: 3600 }),
  onDemoteFailure: fc.constantFrom('reboot', 'alert'),
  failback: fc.constantFrom('manual', 'auto'),
  onDiskError: fc.constantFrom('alert', 'handover'),
  onServiceFailure: fc.constantFrom('alert', 'handover'),
  peerSshPort: fc.integer({ min: 1, max: 65535 }),
  witness: fc.subarray(['192.168.50.1', '2001:db8::99']),
  fence: fc.option(program),
  notify: fc.option(program),
});

/** Resources whose providers differ by their place in the list. */
function resources(names: readonly string[]): fc.Arbitrary<ResourceSpec[]> {
  const one = fc.record({
    kind: fc.constantFrom('same', 'each', 'zvol'),
    size: fc.integer({ min: 1, max: 2 ** 30 }).map((units) => units * 16384),
    sparse: fc.constantFrom(undefined, true as const),
  });
  return fc.array(one, { minLength: 1, maxLength: 6 }).map((entries) =>
    entries.map(({ kind, size, sparse }, index): ResourceSpec => {
      const perNode = (of: (place: number) => string): Record<string, string> =>
        Object.fromEntries(names.map((name, place) => [name, of(place)]));
      const name = `r${index}`;
      if (kind === 'same') return { name, local: perNode(() => `/dev/da${index}`) };
      if (kind === 'each') return { name, local: perNode((place) => `/dev/ada${2 * index + place}p1`) };
      const pool = perNode((place) => `tank${place}`);
      const zvol = { pool, name, size, ...(sparse ? { sparse } : {}) };
      return { name, local: perNode((place) => zvolPath(`tank${place}`, name)), zvol };
    }),
  );
}

const ufsMore = fc.constantFrom<Pick<UfsSpec, 'options' | 'journal'>>(
  {},
  { options: ['noatime', 'nosuid'] },
  { journal: false },
);
const zfsMore = fc.constantFrom<Pick<ZfsSpec, 'properties' | 'keyFile' | 'keyFormat'>>(
  {},
  { properties: ['compression=lz4', 'recordsize=128K'] },
  { properties: ['atime=off'], keyFile: '/root/failover.key', keyFormat: 'hex' },
  { keyFile: '/root/failover.key' },
);

/** Deals the resources out: each is in one storage entry or in none. */
function storage(names: readonly string[]): fc.Arbitrary<StorageSpec[]> {
  return fc
    .record({
      kinds: fc.array(fc.constantFrom('ufs', 'raw', 'none'), {
        minLength: names.length,
        maxLength: names.length,
      }),
      pooled: fc.nat({ max: names.length }),
      layout: fc.constantFrom<ZfsLayout>('stripe', 'mirror', 'raidz', 'raidz2', 'raidz3'),
      more: fc.record({ ufs: ufsMore, zfs: zfsMore }),
    })
    .map(({ kinds, pooled, layout, more }) => {
      const inPool = pooled >= MINIMUM[layout] ? names.slice(0, pooled) : [];
      const rest = names.slice(inPool.length).flatMap((resource, index): StorageSpec[] => {
        if (kinds[index] === 'ufs')
          return [
            { type: 'ufs', resource, mountpoint: `/hast/${resource}`, ...(index % 2 === 0 ? more.ufs : {}) },
          ];
        return kinds[index] === 'raw' ? [{ type: 'raw', resource }] : [];
      });
      return inPool.length > 0
        ? [{ type: 'zfs', pool: 'failover', layout, resources: inPool, ...more.zfs }, ...rest]
        : rest;
    });
}

function services(entries: readonly StorageSpec[]): fc.Arbitrary<ServiceSpec[]> {
  const possible = entries.flatMap((entry, index): ServiceSpec[] => {
    if (entry.type === 'raw') {
      const target = {
        type: 'iscsi',
        target: `iqn.2026-01.org.example:t${index}`,
        resource: entry.resource,
      } as const;
      return [index % 2 === 0 ? target : { ...target, chapFile: '/etc/chap' }];
    }
    const path = entry.type === 'ufs' ? entry.mountpoint : `/${entry.pool}`;
    const exports = [`${path} -network 192.168.50.0/24`];
    return [
      { type: 'samba', share: `s${index}`, path: `${path}/data` },
      ...(index === 0 ? [{ type: 'nfs', exports } as const] : []),
      ...(entry.type === 'zfs'
        ? [
            {
              type: 'iscsi',
              target: 'iqn.2026-01.org.example:v',
              volume: `${entry.pool}/v`,
              size: 2 ** 30,
            } as const,
          ]
        : []),
    ];
  });
  return fc.subarray([
    ...possible,
    { type: 'rc', name: 'postgresql', startWithin: 300, stopWithin: 20 } as const,
    { type: 'rc', name: 'zrepl' } as const,
    { type: 'jail', name: 'web' } as const,
  ]);
}

/** With NFS a node that cannot let go must reboot. */
function fenced(agent: AgentSpec, served: readonly ServiceSpec[]): AgentSpec {
  return served.some(({ type }) => type === 'nfs') ? { ...agent, onDemoteFailure: 'reboot' } : agent;
}

/** Valid specs of every kind, in their canonical form: what `parseSpec` would have made of them. */
export const clusterSpec: fc.Arbitrary<ClusterSpec> = fc
  .record({ name: word, nodes, carp, hast, agent, second: fc.boolean() })
  .chain((base) => {
    const names = base.nodes.map((node) => node.name);
    return resources(names).chain((list) =>
      storage(list.map((entry) => entry.name)).chain((entries) =>
        services(entries).map(
          (served): ClusterSpec => ({
            version: 1,
            name: base.name,
            nodes: base.nodes,
            carp: base.carp,
            preferred: names[base.second ? 1 : 0]!,
            hast: base.hast,
            resources: list,
            storage: entries,
            services: served,
            agent: fenced(base.agent, served),
          }),
        ),
      ),
    );
  });
