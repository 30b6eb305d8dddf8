import type {
  HastMetadataFacts,
  HastResourceFacts,
  NodeFacts,
  ProviderFacts,
} from '../../src/facts/types.js';
import type { PairFacts } from '../../src/plan/types.js';
import { MANAGED } from '../../src/spec/derive.js';
import { parseSpec } from '../../src/spec/load.js';
import type { ClusterSpec } from '../../src/spec/types.js';

/** The measured pair (13.2, three networks), with one UFS resource. */
export const PAIR_YAML = `
version: 1
name: pair1
nodes:
  hasta: { ssh: { host: 192.0.2.11 }, replication: 10.77.0.1, interface: vtnet1 }
  hastb: { ssh: { host: 192.0.2.12 }, replication: 10.77.0.2, interface: vtnet1 }
carp: { address: 192.168.50.10/24, vhid: 1 }
resources:
  disk0: { local: /dev/vtbd1 }
storage:
  - { type: ufs, resource: disk0, mountpoint: /hast/disk0 }
`;

export function pairSpec(yaml: string = PAIR_YAML): ClusterSpec {
  return parseSpec(yaml, 'cluster.yaml');
}

export const DISK_BYTES = 536870912;

export function provider(path: string, more: Partial<ProviderFacts> = {}): ProviderFacts {
  return {
    path,
    exists: true,
    mediaSize: DISK_BYTES,
    sectorSize: 512,
    open: { read: 0, write: 0, exclusive: 0 },
    uses: [],
    ...more,
  };
}

export function metadata(resource: string, more: Partial<HastMetadataFacts> = {}): HastMetadataFacts {
  return {
    resource,
    datasize: 536866304,
    extentsize: 2097152,
    keepdirty: 64,
    localoff: 4608,
    resuid: '0',
    localcnt: 0,
    remotecnt: 0,
    prevrole: 'init',
    ...more,
  };
}

export function hastResource(name: string, more: Partial<HastResourceFacts> = {}): HastResourceFacts {
  return {
    name,
    role: 'init',
    localPath: '/dev/vtbd1',
    remoteAddress: 'tcp4://10.77.0.2',
    replication: 'memsync',
    extentSize: 0,
    dirty: 0,
    localErrors: { read: 0, write: 0, delete: 0, flush: 0 },
    ...more,
  };
}

const DIRECTORY = { empty: true, available: 200 * 1024 * 1024 };

/** A node that nothing has been done to yet, as in the transcripts. */
export function freshFacts(node: 'hasta' | 'hastb', more: Partial<NodeFacts> = {}): NodeFacts {
  const last = node === 'hasta' ? 1 : 2;
  const address = (name: string, text: string) => ({
    name,
    up: true,
    carrier: true,
    mtu: 1500,
    addresses: [{ family: 4 as const, address: text, prefixLength: 24 }],
    carp: [],
  });
  return {
    node,
    os: { release: '13.2-RELEASE', osreldate: 1302001, arch: 'amd64' },
    identity: { hostname: node, hostuuid: `uuid-${node}`, hostid: `33652144${last}` },
    uid: 0,
    clock: { epoch: 1795172149, askedAtMs: 1795172149000, answeredAtMs: 1795172149400 },
    interfaces: [
      address('vtnet0', '10.0.2.15'),
      address('vtnet1', `192.168.50.1${last}`),
      address('vtnet2', `10.77.0.${last}`),
    ],
    ping: { '10.77.0.1': true, '10.77.0.2': true, '192.168.50.10': false },
    disks: [provider('/dev/vtbd1'), provider('/dev/vtbd2')],
    providers: { '/dev/vtbd1': provider('/dev/vtbd1') },
    hast: { running: false, resources: {}, metadata: {}, configExit: 72 },
    zfs: { loaded: false, pools: [], volumes: [] },
    mounts: [{ device: '/dev/vtbd0p2', mountpoint: '/', type: 'ufs', options: 'rw' }],
    hastDevices: [],
    rc: { hostname: node, sshd_enable: 'YES', ifconfig_vtnet1: `inet 192.168.50.1${last}/24` },
    modules: { carp: false, g_gate: false, zfs: false },
    sysctls: {},
    services: {},
    files: {
      [MANAGED.rcConf]: {
        content: `hostname="${node}"\nsshd_enable="YES"\n`,
        owner: 'root',
        group: 'wheel',
        mode: 0o644,
      },
    },
    directories: { '/': DIRECTORY, '/usr/local': DIRECTORY, '/var/db': DIRECTORY },
    hostKeys: [`ssh-ed25519 HOSTKEY${node}`],
    peerUser: false,
    programs: { hastd: true, hastctl: true },
    ...more,
  };
}

export function freshPair(more: Partial<NodeFacts> = {}): PairFacts {
  return { hasta: freshFacts('hasta', more), hastb: freshFacts('hastb', more) };
}
