import ipaddr from 'ipaddr.js';
import type { AddressFacts, InterfaceFacts, NodeFacts } from '../../facts/types.js';
import { parseAddress, unusable } from '../../spec/address.js';
import { interfaceName } from '../../spec/words.js';
import type { Pair } from '../types.js';

type Two<T> = readonly [T, T];

/** Two interfaces, one of each node, in one network. */
export interface Link {
  interfaces: Two<string>;
  addresses: Two<string>;
  prefixLength: number;
  /** `10.77.0.0/24` */
  network: string;
  /** The default route of a node goes out there. */
  gateway: boolean;
  /** A node was reached there from this machine. */
  reached: boolean;
  /** Third machines answer there. */
  others: boolean;
}

/** Every link that both nodes are on, in the order of the first node's interfaces. */
export function commonLinks({ facts, reached, answering }: Pick<Pair, 'facts' | 'reached' | 'answering'>) {
  return usable(facts[0]).flatMap((a) =>
    usable(facts[1]).flatMap((b): Link[] => {
      if (!together(a.address, b.address)) return [];
      const inside = (address: string | undefined) => address !== undefined && within(address, a.address);
      return [
        {
          interfaces: [a.interface.name, b.interface.name],
          addresses: [a.address.address, b.address.address],
          prefixLength: a.address.prefixLength,
          network: networkOf(a.address),
          gateway: facts.some(({ defaultGateway }) => inside(defaultGateway)),
          reached: reached.some((address, index) => address === [a, b][index]!.address.address),
          others: answering.some(inside),
        },
      ];
    }),
  );
}

/** Best first: nobody but the two nodes is there; then without the default route; then not the one SSH uses. */
export function replicationLinks(links: readonly Link[]): Link[] {
  return byCost(links, (link) => Number(link.gateway) * 4 + Number(link.reached) * 2 + Number(link.others));
}

/** Whether nothing but the two nodes seems to be there. */
export function isPrivate({ gateway, reached, others }: Link): boolean {
  return !gateway && !reached && !others;
}

/**
 * Best first: where the default gateway and with it the clients are, then where others answer, then where SSH
 * came in. The replication link comes only where nothing else is left; CARP refuses some kinds of interfaces.
 */
export function carpLinks(links: readonly Link[], replication: readonly string[]): Link[] {
  const able = links.filter(({ interfaces }) =>
    interfaces.every((name) => interfaceName(name) === undefined),
  );
  const rest = able.filter(({ addresses }) => !addresses.some((address) => replication.includes(address)));
  return byCost(rest.length > 0 ? rest : able, (link) =>
    link.gateway ? 0 : link.others ? 1 : link.reached ? 2 : 3,
  );
}

/** Where a gateway usually sits in a network that both nodes share: its first and its last address, IPv4. */
export function likelyGateways(facts: Two<NodeFacts>): string[] {
  const own = facts.flatMap(({ interfaces }) => interfaces.flatMap(({ addresses }) => addresses));
  const known = facts.flatMap(({ defaultGateway }) => defaultGateway ?? []);
  const links = commonLinks({ facts, reached: [undefined, undefined], answering: [] });
  const ends = links.flatMap(({ network, prefixLength }) => {
    if (network.includes(':') || prefixLength > 30) return [];
    const first = ipaddr.IPv4.networkAddressFromCIDR(network).octets;
    const last = ipaddr.IPv4.broadcastAddressFromCIDR(network).octets;
    return [[...first.slice(0, 3), first[3]! + 1].join('.'), [...last.slice(0, 3), last[3]! - 1].join('.')];
  });
  const inside = known.filter((gateway) => links.some(({ network }) => inNetwork(gateway, network)));
  return [...new Set([...inside, ...ends])].filter(
    (address) => !own.some((candidate) => candidate.address === address),
  );
}

/** Whether an address is in a network such as `10.77.0.0/24`. */
export function inNetwork(address: string, network: string): boolean {
  const parsed = ipaddr.isValid(address) ? ipaddr.parse(address) : undefined;
  const [base, bits] = ipaddr.parseCIDR(network);
  return parsed !== undefined && parsed.kind() === base.kind() && parsed.match(base, bits);
}

interface Place {
  interface: InterfaceFacts;
  address: AddressFacts;
}

function usable({ interfaces }: NodeFacts): Place[] {
  return interfaces
    .filter(({ up, carrier }) => up && carrier !== false)
    .flatMap((one) =>
      one.addresses
        .filter(({ vhid, address }) => vhid === undefined && isUsable(address))
        .map((address) => ({ interface: one, address })),
    );
}

function isUsable(address: string): boolean {
  const parsed = parseAddress(address);
  return parsed !== undefined && unusable(parsed) === undefined && parsed.range !== 'linkLocal';
}

/** Two machines that both call themselves 10.0.2.15 are not in one network. */
function together(a: AddressFacts, b: AddressFacts): boolean {
  return (
    a.family === b.family &&
    a.prefixLength === b.prefixLength &&
    a.prefixLength < (a.family === 4 ? 32 : 128) &&
    a.address !== b.address &&
    within(b.address, a)
  );
}

function within(address: string, { address: own, prefixLength, family }: AddressFacts): boolean {
  const parsed = parseAddress(address);
  return parsed?.family === family && ipaddr.parse(address).match(ipaddr.parse(own), prefixLength);
}

function networkOf({ address, prefixLength, family }: AddressFacts): string {
  const cidr = `${address}/${prefixLength}`;
  const base =
    family === 4 ? ipaddr.IPv4.networkAddressFromCIDR(cidr) : ipaddr.IPv6.networkAddressFromCIDR(cidr);
  return `${base.toString()}/${prefixLength}`;
}

function byCost(links: readonly Link[], cost: (link: Link) => number): Link[] {
  return [...links].sort((a, b) => cost(a) - cost(b));
}
