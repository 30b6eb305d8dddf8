import ipaddr from 'ipaddr.js';
import { parseAddress, unusable } from '../spec/address.js';
import type { NodeReading, PairReading } from './reading.js';

interface OwnAddress {
  interface: string;
  address: string;
  prefixLength: number;
}

/** Addresses that a node can be reached by and keeps. */
export function ownAddresses({ facts }: NodeReading): OwnAddress[] {
  return facts.interfaces.flatMap((one) =>
    one.addresses.flatMap((own) => {
      const parsed = parseAddress(own.address);
      if (!parsed || own.vhid !== undefined || unusable(parsed) || parsed.range === 'linkLocal') return [];
      return [{ interface: one.name, address: parsed.text, prefixLength: own.prefixLength }];
    }),
  );
}

/** Addresses of one network on both nodes; a link without CARP and without the default gateway is liked best. */
export function privateLink([left, right]: PairReading): readonly [string, string] | undefined {
  const pairs = ownAddresses(left).flatMap((a) =>
    ownAddresses(right).flatMap((b) => (a.address !== b.address && sameNetwork(a, b) ? [{ a, b }] : [])),
  );
  const busy = (name: string): boolean => left.carp.some((carp) => carp.interface === name);
  const best = pairs.find(({ a }) => !busy(a.interface) && !holdsGateway(left, a)) ?? pairs[0];
  return best && [best.a.address, best.b.address];
}

function sameNetwork(a: OwnAddress, b: OwnAddress): boolean {
  const [left, right] = [ipaddr.parse(a.address), ipaddr.parse(b.address)];
  return left.kind() === right.kind() && right.match(left, a.prefixLength);
}

function holdsGateway({ facts }: NodeReading, own: OwnAddress): boolean {
  const gateway = facts.defaultGateway === undefined ? undefined : parseAddress(facts.defaultGateway);
  if (!gateway) return false;
  return sameNetwork(own, { ...own, address: gateway.text });
}
