import type { FileFacts, InterfaceFacts, NodeFacts } from '../../src/facts/types.js';
import { setBlock } from '../../src/formats/block.js';
import { setRcVariables } from '../../src/formats/rc-conf.js';
import { render } from '../../src/render/render.js';
import type { GeneratedFile, RenderHints } from '../../src/render/types.js';
import { placeholderChap } from '../../src/spec/chap-secrets.js';
import { Secret } from '../../src/spec/secret.js';
import { type ClusterSpec, type NodeSpec, nodeOf } from '../../src/spec/types.js';
import { freshFacts } from '../plan/fixtures.js';

export const PASSWORD = 'carpPassword_1';

export interface Circumstances {
  /** Whether the CARP interface has an address of its own in the shared address' network. */
  inNetwork?: boolean;
  /** Index of the node that serves. */
  serving?: 0 | 1;
}

/** The facts that an apply of this spec leaves behind on two fresh machines, from render() alone. */
export function appliedFacts(spec: ClusterSpec, how: Circumstances = {}): readonly [NodeFacts, NodeFacts] {
  const files = render(
    spec,
    { carpPassword: new Secret(PASSWORD), chap: placeholderChap(spec, 'ASecretOfTests') },
    hintsOf(spec, how),
  );
  const [first, second] = spec.nodes.map((node, index) => nodeFacts(spec, node, index, files, how));
  return [first!, second!];
}

const OSRELDATE = 1_402_000;

function hintsOf(spec: ClusterSpec, { inNetwork = true }: Circumstances): RenderHints {
  const { family, prefixLength } = spec.carp;
  return {
    nodes: Object.fromEntries(
      spec.nodes.map((node, index) => [
        node.name,
        {
          osreldate: OSRELDATE,
          carpAliasIndex: 0,
          carpPrefixLength: inNetwork ? (family === 4 ? 32 : 128) : prefixLength,
          lanAddress: lanAddress(spec, index),
        },
      ]),
    ),
  };
}

/** In the shared address' network. */
function lanAddress({ carp }: ClusterSpec, index: number): string {
  return carp.address.replace(/10$/, `1${index + 1}`);
}

function nodeFacts(
  spec: ClusterSpec,
  node: NodeSpec,
  index: number,
  files: readonly GeneratedFile[],
  how: Circumstances,
): NodeFacts {
  const serves = index === (how.serving ?? 0);
  const base = freshFacts('hasta');
  const own = files.filter((file) => file.node === node.name);
  return {
    ...base,
    node: `connection ${index}`,
    os: { release: '14.2-RELEASE', osreldate: OSRELDATE, arch: 'amd64' },
    identity: { hostname: node.name, hostuuid: `uuid-${index}`, hostid: `${index}` },
    interfaces: interfacesOf(spec, node, index, serves, how.inNetwork ?? true),
    rc: { ...base.rc, ...Object.assign({}, ...own.map(variablesOf)) },
    files: Object.fromEntries(
      own.map((file) => [file.path, contentOf(file, base.files[file.path]?.content ?? '')]),
    ),
    hast: {
      running: true,
      configExit: 65,
      metadata: {},
      resources: Object.fromEntries(
        spec.resources.map(({ name }) => [name, resourceOf(spec, name, node, serves)]),
      ),
    },
    zfs: zfsOf(spec, node, serves),
    mounts: spec.storage.flatMap((entry) =>
      serves && entry.type === 'ufs'
        ? [
            {
              device: `/dev/hast/${entry.resource}`,
              mountpoint: entry.mountpoint,
              type: 'ufs',
              options: 'rw',
            },
          ]
        : [],
    ),
    hastDevices: serves ? spec.resources.map(({ name }) => ({ name })) : [],
  };
}

function variablesOf(file: GeneratedFile): Record<string, string> {
  return file.kind === 'variables'
    ? Object.fromEntries(file.variables.map(({ name, value }) => [name, value]))
    : {};
}

function contentOf(file: GeneratedFile, before: string): FileFacts {
  const mode = file.kind === 'whole' ? file.attributes.mode : 0o644;
  const content =
    file.kind === 'whole'
      ? file.content
      : file.kind === 'block'
        ? setBlock(before, file.lines)
        : setRcVariables(before, file.variables);
  return { content, owner: 'root', group: 'wheel', mode };
}

function interfacesOf(
  spec: ClusterSpec,
  node: NodeSpec,
  index: number,
  serves: boolean,
  inNetwork: boolean,
): InterfaceFacts[] {
  const { carp } = spec;
  const lan = { family: carp.family, address: lanAddress(spec, index), prefixLength: carp.prefixLength };
  const full = carp.family === 4 ? 32 : 128;
  const shared = {
    family: carp.family,
    address: carp.address,
    prefixLength: inNetwork ? full : carp.prefixLength,
    vhid: carp.vhid,
  };
  const plain = { up: true, carrier: true, mtu: 1500 };
  return [
    {
      ...plain,
      name: node.interface,
      addresses: inNetwork ? [lan, shared] : [shared],
      carp: [
        {
          vhid: carp.vhid,
          state: serves ? 'MASTER' : 'BACKUP',
          advbase: carp.advbase,
          advskew: serves ? 0 : 20,
        },
      ],
    },
    {
      ...plain,
      name: 'ix9',
      addresses: [
        {
          family: node.replication.includes(':') ? 6 : 4,
          address: node.replication,
          prefixLength: node.replication.includes(':') ? 64 : 24,
        },
      ],
      carp: [],
    },
  ];
}

function resourceOf(
  spec: ClusterSpec,
  name: string,
  node: NodeSpec,
  serves: boolean,
): NodeFacts['hast']['resources'][string] {
  const peer = spec.nodes.find((other) => other.name !== node.name)!;
  return {
    name,
    role: serves ? 'primary' : 'secondary',
    localPath: spec.resources.find((resource) => resource.name === name)!.local[node.name]!,
    remoteAddress: `tcp4://${peer.replication}`,
    replication: spec.hast.replication,
    status: 'complete',
    extentSize: 2_097_152,
    dirty: 0,
    localErrors: { read: 0, write: 0, delete: 0, flush: 0 },
  };
}

function zfsOf(spec: ClusterSpec, node: NodeSpec, serves: boolean): NodeFacts['zfs'] {
  const volumes = spec.resources.flatMap(({ zvol }) =>
    zvol ? [{ name: `${zvol.pool[node.name]}/${zvol.name}`, size: zvol.size }] : [],
  );
  const pools = spec.storage.flatMap((entry) =>
    serves && entry.type === 'zfs'
      ? [
          {
            name: entry.pool,
            size: 1,
            free: 1,
            health: 'ONLINE',
            vdevs:
              entry.layout === 'stripe'
                ? entry.resources.map((name) => ({ kind: 'disk', devices: [`/dev/hast/${name}`] }))
                : [
                    {
                      kind: entry.layout === 'raidz' ? 'raidz1' : entry.layout,
                      devices: entry.resources.map((name) => `/dev/hast/${name}`),
                    },
                  ],
          },
        ]
      : [],
  );
  return { loaded: true, pools, volumes };
}

/** What adopt cannot know of a spec: how the nodes are reached, and files on the machine that runs hastconf. */
export function connectionTo(spec: ClusterSpec) {
  const chap = spec.services.flatMap((service) =>
    service.type === 'iscsi' && service.chapFile !== undefined ? [[service.target, service.chapFile]] : [],
  );
  return {
    ssh: [nodeOf(spec, spec.nodes[0].name).ssh, nodeOf(spec, spec.nodes[1].name).ssh] as const,
    ...(spec.carp.passwordFile === undefined ? {} : { passwordFile: spec.carp.passwordFile }),
    chapFiles: Object.fromEntries(chap) as Record<string, string>,
  };
}
