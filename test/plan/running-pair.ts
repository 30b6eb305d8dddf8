import type { NodeFacts } from '../../src/facts/types.js';
import { setBlock } from '../../src/formats/block.js';
import { setRcVariables } from '../../src/formats/rc-conf.js';
import { sha256 } from '../../src/plan/applied.js';
import { hintsFor } from '../../src/plan/hints.js';
import { authorizedKeys, knownHosts, peerAddresses } from '../../src/plan/peer-channel.js';
import { plan } from '../../src/plan/plan.js';
import type { PairFacts, Plan, PlanRequest } from '../../src/plan/types.js';
import { render } from '../../src/render/render.js';
import type { GeneratedFile } from '../../src/render/types.js';
import { placeholderChap } from '../../src/spec/chap-secrets.js';
import { AGENT_KNOWN_HOSTS, APPLIED, DIRECTORIES, PEER_AUTHORIZED_KEYS } from '../../src/spec/paths.js';
import { Secret } from '../../src/spec/secret.js';
import type { ClusterSpec } from '../../src/spec/types.js';
import { freshFacts, hastResource, metadata, PAIR_YAML, pairSpec, provider } from './fixtures.js';

const SPARE = ['/dev/vtbd1', '/dev/vtbd2', '/dev/vtbd3'];
const SERVICE = { exists: true, enabled: true, running: true };
const ROOT = { owner: 'root', group: 'wheel' };
const LEFT_BY = '20261101T120000Z-abcdef';

/** Both nodes as an apply of this cluster file has left them: hasta serves, hastb stands by, nothing is to do. */
export function runningPair(
  yaml: string = PAIR_YAML,
  more: Partial<NodeFacts> = {},
): Record<'hasta' | 'hastb', NodeFacts> {
  const spec = pairSpec(yaml);
  const fresh = { hasta: freshFacts('hasta', more), hastb: freshFacts('hastb', more) };
  const files = render(
    spec,
    { carpPassword: new Secret('pw'), chap: placeholderChap(spec, 'ASecretOfTests') },
    hintsFor(spec, fresh),
  );
  return {
    hasta: applied(spec, fresh, 'hasta', files),
    hastb: applied(spec, fresh, 'hastb', files),
  };
}

function applied(spec: ClusterSpec, pair: PairFacts, node: 'hasta' | 'hastb', all: readonly GeneratedFile[]) {
  const fresh = pair[node]!;
  const primary = node === 'hasta';
  const own = all.filter((file) => file.node === node);
  const variables = own.flatMap((file) => (file.kind === 'variables' ? file.variables : []));
  const facts: NodeFacts = {
    ...fresh,
    ...hastOf(spec, primary),
    files: { ...fresh.files, ...filesOf(own, fresh), ...channel(spec, pair, node), ...leftOf(own) },
    rc: { ...fresh.rc, ...Object.fromEntries(variables.map(({ name, value }) => [name, value])) },
    interfaces: fresh.interfaces.map((nic) =>
      nic.name === spec.nodes.find(({ name }) => name === node)!.interface
        ? withCarp(spec, nic, primary)
        : nic,
    ),
    providers: Object.fromEntries(SPARE.map((path) => [path, provider(path)])),
    modules: { carp: true, g_gate: true, zfs: false },
    sysctls: { 'net.inet.carp.preempt': '1' },
    services: { hastd: SERVICE, devd: SERVICE, carp_hast: SERVICE, sshd: SERVICE },
    directories: {
      ...fresh.directories,
      ...Object.fromEntries(DIRECTORIES.map(({ path }) => [path, { empty: false, available: 1e9 }])),
      ...Object.fromEntries(mountpoints(spec).map((path) => [path, { empty: true, available: 1e9 }])),
    },
    agent: agentOf(primary),
    agentPublicKey: 'ssh-ed25519 KEY',
    peerUser: true,
  };
  return facts;
}

function mountpoints(spec: ClusterSpec): string[] {
  return spec.storage.flatMap((storage) => (storage.type === 'ufs' ? [storage.mountpoint] : []));
}

function hastOf(
  spec: ClusterSpec,
  primary: boolean,
): Pick<NodeFacts, 'hast' | 'mounts' | 'zfs' | 'hastDevices'> {
  const role = primary ? 'primary' : 'secondary';
  const node = primary ? 'hasta' : 'hastb';
  const of = <T>(make: (name: string, local: string) => T) =>
    Object.fromEntries(spec.resources.map(({ name, local }) => [name, make(name, local[node]!)]));
  const mounts = spec.storage.flatMap((one) =>
    one.type === 'ufs'
      ? [{ device: `/dev/hast/${one.resource}`, mountpoint: one.mountpoint, type: 'ufs', options: 'rw' }]
      : [],
  );
  const pools = spec.storage.flatMap((one) => {
    if (one.type !== 'zfs') return [];
    const devices = one.resources.map((name) => `/dev/hast/${name}`);
    const vdevs =
      one.layout === 'stripe'
        ? devices.map((device) => ({ kind: 'disk', devices: [device] }))
        : [{ kind: one.layout, devices }];
    return [{ name: one.pool, size: 1e9, free: 1e9, health: 'ONLINE', vdevs }];
  });
  return {
    hast: {
      running: true,
      configExit: 65,
      resources: of((name, localPath) =>
        hastResource(name, { role, localPath, status: 'complete', replication: spec.hast.replication }),
      ),
      metadata: of((name) => metadata(name, { resuid: '42', prevrole: role })),
    },
    mounts: primary ? mounts : [],
    zfs: { loaded: primary && pools.length > 0, pools: primary ? pools : [], volumes: [] },
    hastDevices: primary ? spec.storage.flatMap(devicesOf) : [],
  };
}

function devicesOf(storage: ClusterSpec['storage'][number]): NodeFacts['hastDevices'] {
  if (storage.type === 'zfs') return storage.resources.map((name) => ({ name, content: 'zfs' }));
  return [{ name: storage.resource, ...(storage.type === 'ufs' ? { content: 'ufs' } : {}) }];
}

function filesOf(own: readonly GeneratedFile[], fresh: NodeFacts): NodeFacts['files'] {
  const attributes = { ...ROOT, mode: 0o644 };
  return Object.fromEntries(
    own.map((file) => {
      const before = fresh.files[file.path]?.content ?? '';
      if (file.kind === 'whole') return [file.path, { ...file.attributes, content: file.content }];
      const content =
        file.kind === 'block' ? setBlock(before, file.lines) : setRcVariables(before, file.variables);
      return [file.path, { ...attributes, content }];
    }),
  );
}

/** What the last apply remembers of its files. */
function leftOf(own: readonly GeneratedFile[]): NodeFacts['files'] {
  const lines = own.flatMap((file) => {
    if (file.kind === 'whole') return [[file.path, file.content]];
    if (file.kind === 'block') return [[`${file.path}#block`, file.lines.join('\n')]];
    return file.variables.map(({ name, value }) => [`${file.path}#${name}`, value]);
  });
  const content = lines.map(([key, text]) => `${sha256(text!)} ${LEFT_BY} ${key}\n`).join('');
  return { [APPLIED]: { ...ROOT, mode: 0o600, content } };
}

function channel(spec: ClusterSpec, pair: PairFacts, node: string): NodeFacts['files'] {
  const peer = node === 'hasta' ? 'hastb' : 'hasta';
  const from = peerAddresses(spec, peer, pair);
  const attributes = { ...ROOT, mode: 0o644 };
  return {
    [PEER_AUTHORIZED_KEYS]: { ...attributes, content: authorizedKeys('ssh-ed25519 KEY', from) },
    [AGENT_KNOWN_HOSTS]: { ...attributes, content: knownHosts(pair[peer]!.hostKeys, from) },
  };
}

function withCarp(spec: ClusterSpec, nic: NodeFacts['interfaces'][number], primary: boolean) {
  const { vhid, address, advbase } = spec.carp;
  return {
    ...nic,
    addresses: [...nic.addresses, { family: 4 as const, address, prefixLength: 32, vhid }],
    carp: [
      {
        vhid,
        advbase,
        state: primary ? ('MASTER' as const) : ('BACKUP' as const),
        advskew: primary ? 0 : 20,
      },
    ],
  };
}

function agentOf(primary: boolean) {
  return {
    version: '1',
    node: primary ? 'hasta' : 'hastb',
    state: primary ? 'serving' : 'standby',
    fresh: 'fresh',
    epoch: 1,
    maintenanceUntil: null,
  };
}

/** The plan of a changed cluster file over a pair that runs. */
export function planOver(
  yaml: string,
  facts: PairFacts = runningPair(),
  { password = 'pw', ...more }: Partial<PlanRequest> & { password?: string } = {},
): Plan {
  const spec = pairSpec(yaml);
  const files = render(
    spec,
    { carpPassword: new Secret(password), chap: placeholderChap(spec, 'ASecretOfTests') },
    hintsFor(spec, facts),
  );
  return plan({ spec, facts, files, destroy: [], ignoredChecks: [], ...more });
}
