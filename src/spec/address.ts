import ipaddr from 'ipaddr.js';

export interface ParsedAddress {
  family: 4 | 6;
  /** The one canonical spelling (RFC 5952 for IPv6), so that equal addresses are equal texts. */
  text: string;
  range: string;
}

/** An IPv4 address in four decimal parts or an IPv6 address without scope; undefined for everything else. */
export function parseAddress(text: string): ParsedAddress | undefined {
  if (ipaddr.IPv4.isValidFourPartDecimal(text)) {
    const address = ipaddr.IPv4.parse(text);
    return { family: 4, text: address.toString(), range: address.range() };
  }
  if (!text.includes(':') || text.includes('%') || !ipaddr.IPv6.isValid(text)) return undefined;
  const address = ipaddr.IPv6.parse(text);
  return { family: 6, text: address.toString(), range: address.range() };
}

export interface ParsedCidr extends ParsedAddress {
  prefixLength: number;
}

/** `ADDRESS/LENGTH`; undefined when either half is wrong. */
export function parseCidr(text: string): ParsedCidr | undefined {
  const match = /^([^/]+)\/(\d{1,3})$/.exec(text);
  const address = match ? parseAddress(match[1]!) : undefined;
  if (!match || !address) return undefined;
  const prefixLength = Number(match[2]);
  return prefixLength >= 1 && prefixLength <= (address.family === 4 ? 32 : 128)
    ? { ...address, prefixLength }
    : undefined;
}

/** Whether the address is the network's own or its broadcast address, which no machine can have. */
export function isNetworkOrBroadcast(cidr: ParsedCidr): boolean {
  if (cidr.family !== 4 || cidr.prefixLength > 30) return false;
  const text = `${cidr.text}/${cidr.prefixLength}`;
  return [ipaddr.IPv4.networkAddressFromCIDR(text), ipaddr.IPv4.broadcastAddressFromCIDR(text)].some(
    (address) => address.toString() === cidr.text,
  );
}

/** Why this address cannot be one end of a connection between two machines; undefined when it can. */
export function unusable(address: ParsedAddress): string | undefined {
  switch (address.range) {
    case 'unspecified':
      return 'is the unspecified address';
    case 'broadcast':
      return 'is the broadcast address';
    case 'multicast':
      return 'is a multicast address';
    case 'loopback':
      return 'is a loopback address, which the other node cannot reach';
    case 'ipv4Mapped':
      return 'is an IPv4 address in IPv6 clothes; write it as IPv4';
    default:
      return undefined;
  }
}
