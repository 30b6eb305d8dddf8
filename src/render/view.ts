import { parseAddress } from '../spec/address.js';
import { carpInterfaces, MANAGED, rcInterfaceName } from '../spec/derive.js';
import { type ClusterSpec, type NodeSpec, peerOf, type StorageSpec } from '../spec/types.js';
import { UnrenderableError, word } from './helpers.js';
import { servingVariables } from './services/views.js';
import { serviceWords } from './services/words.js';
import type { RenderHints, RenderSecrets } from './types.js';

/** An address as hast.conf takes it without a port: IPv6 must be bare, brackets are an error there. */
function hastAddress(address: string): string {
  return `${address.includes(':') ? 'tcp6' : 'tcp4'}://${address}`;
}

/** View of hast.conf, equal for both nodes. */
export function hastView(spec: ClusterSpec, hints: RenderHints = { nodes: {} }): object {
  return {
    cluster: spec.name,
    hast: { ...spec.hast },
    agentPath: MANAGED.agent,
    resources: spec.resources.map((resource) => ({
      name: resource.name,
      nodes: spec.nodes.map((node) => ({
        name: node.name,
        local: resource.local[node.name],
        // A secondary takes a connection only from the address that its own `remote` names. There is no
        // `listen`: hastd does not start at all when it cannot bind one, and the address may come up late.
        ...(hints.nodes[node.name]?.hastAddresses?.[resource.name] ?? {
          remote: hastAddress(peerOf(spec, node.name).replication),
          source: hastAddress(node.replication),
        }),
      })),
    })),
  };
}

/** View of the devd rules, equal for both nodes also when their interfaces differ. */
export function devdView(spec: ClusterSpec): object {
  const interfaces = carpInterfaces(spec).map((name) => ({ name, subsystem: `${spec.carp.vhid}@${name}` }));
  return { cluster: spec.name, interfaces };
}

/** View of the rc.conf variables. The same on both nodes as long as their interfaces have the same name. */
export function rcView(
  spec: ClusterSpec,
  node: NodeSpec,
  secrets: RenderSecrets,
  hints: RenderHints,
): object {
  const index = hints.nodes[node.name]?.carpAliasIndex ?? 0;
  return {
    aliasVariable: `ifconfig_${rcInterfaceName(node.interface)}_alias${index}`,
    aliasValue: carpAlias(spec, node, secrets, hints),
    variables: servingVariables(spec, hints.nodes[node.name]),
  };
}

/** advskew of a node that must not serve; the agent lowers the live value (design: rule 8). */
const ADVSKEW_AT_BOOT = 240;

function carpAlias(spec: ClusterSpec, node: NodeSpec, secrets: RenderSecrets, hints: RenderHints): string {
  const { carp } = spec;
  const prefix = hints.nodes[node.name]?.carpPrefixLength ?? (carp.family === 4 ? 32 : 128);
  return [
    carp.family === 4 ? 'inet' : 'inet6',
    ...['vhid', carp.vhid, 'advbase', carp.advbase, 'advskew', ADVSKEW_AT_BOOT],
    ...(carp.unicast
      ? [carp.family === 4 ? 'peer' : 'peer6', lanAddressOf(spec, peerOf(spec, node.name), hints)]
      : []),
    ...['pass', passwordWord(secrets), 'alias', `${carp.address}/${prefix}`],
  ]
    .map(word)
    .join(' ');
}

/** The password as one word; unlike `word`, it never says what it refuses. */
function passwordWord({ carpPassword }: RenderSecrets): string {
  const value = carpPassword.reveal();
  if (!/^[A-Za-z0-9_]{1,19}$/.test(value)) throw new UnrenderableError('rc.conf', String(carpPassword));
  return value;
}

/**
 * View of the block in /etc/hosts: every address that the agents reach each other by. sshd looks the name of its client
 * up (UseDNS, on by default in FreeBSD), and with a name server out of reach that takes longer than the agents wait.
 */
export function hostsView(spec: ClusterSpec, hints: RenderHints): object {
  const shorts = spec.nodes.map((node) => node.name.split('.')[0]);
  const names = shorts[0] === shorts[1] ? spec.nodes.map((node) => node.name) : shorts;
  const replication = spec.nodes.map((node, at) => ({
    address: node.replication,
    hostName: `${names[at]}-hast`,
  }));
  const lan = spec.nodes.flatMap((node, at) => {
    const address = lanAddressOf(spec, node, hints);
    return address === '' || address === node.replication ? [] : [{ address, hostName: `${names[at]}-lan` }];
  });
  return { hosts: [...replication, ...lan] };
}

/** View of agent.conf: everything the agent knows of the pair. Flags are 1 and 0, absent texts are empty. */
export function agentView(spec: ClusterSpec, node: NodeSpec, hints: RenderHints): object {
  const peer = peerOf(spec, node.name);
  return {
    cluster: spec.name,
    node: node.name,
    peer: peer.name,
    carpInterface: node.interface,
    carpVhid: spec.carp.vhid,
    carpAdvbase: spec.carp.advbase,
    carpAddress: spec.carp.address,
    replicationAddress: node.replication,
    peerReplication: peer.replication,
    ownLan: lanAddressOf(spec, node, hints),
    peerLan: lanAddressOf(spec, peer, hints),
    resources: spec.resources.map((resource) => resource.name),
    storage: spec.storage.map((entry) => ({ ...entry })),
    storageNotes: [
      ...spec.resources.flatMap(({ name, zvol }) => (zvol?.sparse ? [[name, 'volume', 'sparse']] : [])),
      ...spec.storage.flatMap(storageNotes),
    ],
    services: spec.services.map((service) => serviceWords(spec, service)),
    settle: spec.agent.settle,
    bootWait: spec.agent.bootWait,
    onDemoteFailure: spec.agent.onDemoteFailure,
    failback: spec.agent.failback,
    onDiskError: spec.agent.onDiskError,
    onServiceFailure: spec.agent.onServiceFailure,
    peerSshPort: spec.agent.peerSshPort,
    witness: [...spec.agent.witness],
    fence: spec.agent.fence ?? '',
    notify: spec.agent.notify ?? '',
    hastTimeout: spec.hast.timeout,
    preferred: spec.preferred === node.name ? 1 : 0,
  };
}

/** What there is to say of a storage entry besides its place, as NAME KEY VALUE; `adopt` reads the same words. */
function storageNotes(entry: StorageSpec): string[][] {
  if (entry.type === 'raw') return [];
  const notes =
    entry.type === 'ufs'
      ? [
          ...(entry.options ? [['options', entry.options.join(',')]] : []),
          ...(entry.journal === false ? [['journal', 'no']] : []),
        ]
      : [
          ...(entry.properties ?? []).map((property) => ['property', property]),
          ...(entry.keyFile === undefined ? [] : [['keyfile', entry.keyFile]]),
          ...(entry.keyFormat === undefined ? [] : [['keyformat', entry.keyFormat]]),
        ];
  return notes.map((note) => [entry.type === 'ufs' ? entry.resource : entry.pool, ...note]);
}

/** The node's address on the clients' network as far as it is known, else "". */
export function lanAddressOf(spec: ClusterSpec, node: NodeSpec, hints: RenderHints): string {
  const known = hints.nodes[node.name]?.lanAddress;
  if (known !== undefined) return known;
  const host = 'local' in node.ssh ? undefined : parseAddress(node.ssh.host);
  // Two nodes behind one address (forwarded ports, the lab) do not reach each other by it.
  const shared = spec.nodes.every(
    (other) => !('local' in other.ssh) && parseAddress(other.ssh.host)?.text === host?.text,
  );
  return host === undefined || shared || host.range === 'loopback' ? '' : host.text;
}
