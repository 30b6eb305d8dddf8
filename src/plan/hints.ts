import ipaddr from 'ipaddr.js';
import { isYes } from '../facts/rc.js';
import type { InterfaceFacts, NodeFacts } from '../facts/types.js';
import { readHastConf } from '../formats/hast-node.js';
import type { NodeHints, RenderHints } from '../render/types.js';
import { type ClusterSpec, type NodeSpec, peerOf } from '../spec/types.js';
import { isOwnAlias } from './own-carp.js';
import { lanAddress } from './peer-channel.js';
import { interfaceOf } from './preflight/network.js';
import type { PairFacts } from './types.js';

/**
 * What rendering needs to know of the nodes: the next free `aliasN` (one number for both, so that rc.conf says
 * the same on both), the alias' prefix length, the release and the addresses of the agent's second path.
 */
export function hintsFor(spec: ClusterSpec, facts: PairFacts): RenderHints {
  const carpAliasIndex = Math.max(...spec.nodes.map((node) => aliasIndex(spec, node, facts[node.name]!)));
  const nodes = spec.nodes.map((node): [string, NodeHints] => {
    const own = facts[node.name]!;
    const lan = lanAddress(spec, node.name, facts);
    const hints: NodeHints = {
      osreldate: own.os.osreldate,
      carpAliasIndex,
      carpPrefixLength: prefixLength(spec, interfaceOf(own, node)),
      zfsEnabled: isYes(own.rc.zfs_enable),
      ...(lan === undefined ? {} : { lanAddress: lan }),
      hastAddresses: keptAddresses(spec, node, own),
    };
    return [node.name, hints];
  });
  return { nodes: Object.fromEntries(nodes) };
}

/**
 * The forms of addresses that the node's hast.conf has: a running pair is not disconnected for `tcp4://` before an
 * address that stays the same.
 */
function keptAddresses(
  spec: ClusterSpec,
  node: NodeSpec,
  facts: NodeFacts,
): NonNullable<NodeHints['hastAddresses']> {
  const content = facts.files['/etc/hast.conf']?.content;
  const read = content === undefined ? undefined : readHastConf(content, facts.identity);
  if (!read?.ok) return {};
  const peer = peerOf(spec, node.name).replication;
  const same = read.resources.filter(
    ({ remote, source }) =>
      remote !== null &&
      bareAddress(remote) === peer &&
      (source === undefined || bareAddress(source) === node.replication),
  );
  return Object.fromEntries(
    same.map(({ name, remote, source }) => [
      name,
      source === undefined ? { remote: remote! } : { remote: remote!, source },
    ]),
  );
}

/** Without what hastd fills in: its protocol and its port. */
function bareAddress(text: string): string {
  return text
    .replace(/^tcp[46]?:\/\//, '')
    .replace(/^\[(.*)\](?::8457)?$/, '$1')
    .replace(/^([^:]*):8457$/, '$1');
}

/** The alias that carries this VHID, else the one that an older cluster file has left, else the first free number. */
function aliasIndex(spec: ClusterSpec, node: NodeSpec, facts: NodeFacts): number {
  const prefix = `ifconfig_${node.interface.replaceAll(/[.\-/+]/g, '_')}_alias`;
  const aliases = Object.entries(facts.rc).flatMap(([name, value]) => {
    const index = name.startsWith(prefix) ? name.slice(prefix.length) : '';
    return /^\d+$/.test(index) ? [{ index: Number(index), value }] : [];
  });
  const own =
    aliases.find(({ value }) => new RegExp(`\\bvhid ${spec.carp.vhid}\\b`).test(value)) ??
    aliases.find(({ index, value }) => isOwnAlias(`${prefix}${index}`, value));
  return own?.index ?? Math.max(-1, ...aliases.map(({ index }) => index)) + 1;
}

/** A second address of a network that the interface is already in takes /32 (ifconfig(8), alias). */
function prefixLength(spec: ClusterSpec, found: InterfaceFacts | undefined): number {
  const { address, family, prefixLength: own } = spec.carp;
  const inNetwork = found?.addresses.some(
    (candidate) =>
      candidate.vhid === undefined &&
      candidate.family === family &&
      ipaddr.parse(address).match(ipaddr.parse(candidate.address), candidate.prefixLength),
  );
  if (!inNetwork) return own;
  return family === 4 ? 32 : 128;
}
