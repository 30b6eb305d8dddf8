import { parseAddress } from '../spec/address.js';
import { HASTD_PORT, PF_ANCHOR } from '../spec/paths.js';
import { type ClusterSpec, type NodeSpec, peerOf, type ServiceSpec } from '../spec/types.js';
import { fill } from './engine.js';
import { sharedAddresses } from './services/views.js';
import type { GeneratedFile } from './types.js';
import { lanAddressOf } from './view.js';

/**
 * TCP ports that clients use; what an rc service or a jail listens on is its own business. mountd takes a
 * port between 600 and 1023 (bindresvport), and statd and lockd are not promised to work.
 */
export function servedPorts(service: ServiceSpec): readonly string[] {
  switch (service.type) {
    case 'nfs':
      return service.version === 4 ? ['2049'] : ['2049', '111', '600:1023'];
    case 'iscsi':
      return ['3260'];
    case 'samba':
      return ['445', '139'];
    default:
      return [];
  }
}

/** rpcbind and mountd are asked over both. */
const UDP: ReadonlySet<string> = new Set(['111', '600:1023']);

/** What pf has to let through on each node, as an anchor to be loaded by hand. */
export function pfAnchors(spec: ClusterSpec): GeneratedFile[] {
  return spec.nodes.map((node) => ({
    kind: 'whole',
    node: node.name,
    path: PF_ANCHOR,
    content: fill('pf.anchor.hbs', anchorView(spec, node)),
    attributes: { owner: 'root', group: 'wheel', mode: 0o644 },
    secrets: [],
  }));
}

export function anchorView(spec: ClusterSpec, node: NodeSpec): object {
  const peer = peerOf(spec, node.name);
  const [own, other] = [node, peer].map((one) => lanAddressOf(spec, one, { nodes: {} }));
  const link = { own: node.replication, peer: peer.replication };
  const lan = own && other ? [{ own, peer: other }] : [];
  const ssh = spec.agent.peerSshPort;
  const ports = [...new Set(spec.services.flatMap(servedPorts))];
  return {
    node: node.name,
    cluster: spec.name,
    path: PF_ANCHOR,
    interfaces: [node.interface],
    tcp: [{ ...link, port: HASTD_PORT }, ...[link, ...lan].map((path) => ({ ...path, port: ssh }))],
    pings: [link, ...lan].map((path) => ({ ...path, ...icmpOf(path.own) })),
    witnesses: spec.agent.witness.map((address) => ({ address, ...icmpOf(address) })),
    served: sharedAddresses(spec).flatMap((address) => [
      ...ports.map((port) => ({ address, port, udp: false })),
      ...ports.filter((port) => UDP.has(port)).map((port) => ({ address, port, udp: true })),
    ]),
  };
}

function icmpOf(address: string): { af: string; icmp: string } {
  return parseAddress(address)?.family === 6 ? { af: 'inet6', icmp: 'icmp6' } : { af: 'inet', icmp: 'icmp' };
}
