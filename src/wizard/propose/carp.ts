import ipaddr from 'ipaddr.js';
import type { NodeFacts } from '../../facts/types.js';
import type { Link } from './links.js';

/** Host numbers that people like for an address that moves. */
const LIKED = [10, 20, 50, 100, 150, 200, 250, 30];

/** Addresses of the link's network that neither node has and that are no likely gateway; a few, to be pinged. */
export function addressCandidates(link: Link, facts: readonly NodeFacts[]): string[] {
  const own = facts.flatMap(({ interfaces, defaultGateway }) => [
    ...interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)),
    ...(defaultGateway === undefined ? [] : [defaultGateway]),
  ]);
  const hosts = link.network.includes(':') ? LIKED : hostNumbers(link.prefixLength);
  return hosts.map((host) => hostAddress(link.network, host)).filter((address) => !own.includes(address));
}

/** In small networks the liked numbers do not exist: then the highest ones, the likely gateway last. */
function hostNumbers(prefixLength: number): number[] {
  const highest = 2 ** (32 - prefixLength) - 2;
  const liked = LIKED.filter((host) => host < highest);
  if (liked.length >= 4) return liked;
  return Array.from({ length: Math.min(8, Math.max(0, highest - 1)) }, (_, index) => highest - 1 - index);
}

function hostAddress(network: string, host: number): string {
  const [base] = ipaddr.parseCIDR(network);
  const bytes = base.toByteArray();
  for (let at = bytes.length - 1, rest = host; rest > 0 && at >= 0; at--) {
    rest += bytes[at]!;
    bytes[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return ipaddr.fromByteArray(bytes).toString();
}

/** The lowest VHID that nobody uses; undefined when all 255 are taken. */
export function freeVhid(taken: readonly number[]): number | undefined {
  return Array.from({ length: 255 }, (_, index) => index + 1).find((vhid) => !taken.includes(vhid));
}

/** VHIDs that the nodes themselves have on these interfaces. */
export function ownVhids(facts: readonly NodeFacts[], interfaces: readonly string[]): number[] {
  return facts.flatMap((node, index) =>
    node.interfaces
      .filter(({ name }) => name === interfaces[index])
      .flatMap(({ carp }) => carp.map(({ vhid }) => vhid)),
  );
}
