import type { HastResourceFacts, NodeFacts } from '../../src/facts/types.js';
import { resource } from '../sync/samples.js';
import { pairSpec } from '../sync/spec.js';

export { pairSpec };

export interface Shape {
  resources?: readonly string[];
  serving?: string;
}

const GENERATED = ['/etc/hast.conf', '/usr/local/etc/devd/hastconf.conf', '/usr/local/sbin/carp-hast-switch'];

/** One node of the measured pair as it is when everything is well; `over` replaces single facts. */
export function nodeFacts(
  node: 'hasta' | 'hastb',
  over: Partial<NodeFacts> = {},
  shape: Shape = {},
): NodeFacts {
  const names = shape.resources ?? ['disk0'];
  const serving = (shape.serving ?? 'hasta') === node;
  const running = { exists: true, enabled: true, running: true };
  return {
    node,
    os: { release: '13.2-RELEASE', osreldate: 1_302_001, arch: 'amd64' },
    identity: { hostname: node, hostuuid: '0', hostid: '0' },
    uid: 0,
    clock: { epoch: 1_795_169_126, askedAtMs: 0, answeredAtMs: 5 },
    interfaces: [vtnet1(serving ? 'MASTER' : 'BACKUP', serving ? 0 : 20)],
    ping: {},
    disks: [],
    providers: {},
    hast: hast(names.map((name) => resource(name, serving ? 'primary' : 'secondary', 'complete'))),
    zfs: { loaded: false, pools: [], volumes: [] },
    mounts: serving ? names.map(mountOf) : [],
    hastDevices: serving ? names.map((name) => ({ name, content: 'ufs' })) : [],
    rc: {},
    modules: { carp: true, g_gate: true, zfs: false },
    sysctls: {},
    services: { hastd: running, devd: running, carp_hast: running, sshd: running },
    files: Object.fromEntries(
      [...GENERATED, '/usr/local/etc/rc.d/carp_hast'].map((path) => [
        path,
        { content: `${path}\n`, owner: 'root', group: 'wheel', mode: 0o644 },
      ]),
    ),
    directories: {},
    agent: { version: '1', node, state: serving ? 'serving' : 'standby', fresh: 'fresh', epoch: 1 },
    hostKeys: [],
    peerUser: true,
    programs: {},
    ...over,
  };
}

export function vtnet1(
  state: 'INIT' | 'BACKUP' | 'MASTER',
  advskew: number,
): NodeFacts['interfaces'][number] {
  return {
    name: 'vtnet1',
    up: true,
    carrier: state !== 'INIT',
    mtu: 1500,
    addresses: [{ family: 4, address: '192.168.50.10', prefixLength: 24, vhid: 1 }],
    carp: [{ vhid: 1, state, advbase: 1, advskew }],
  };
}

export function hast(resources: readonly HastResourceFacts[], running = true): NodeFacts['hast'] {
  return {
    running,
    resources: Object.fromEntries(resources.map((one) => [one.name, one])),
    metadata: {},
    configExit: 65,
  };
}

export function mountOf(name: string): NodeFacts['mounts'][number] {
  return { device: `/dev/hast/${name}`, mountpoint: `/hast/${name}`, type: 'ufs', options: 'rw' };
}
