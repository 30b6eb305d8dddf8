import ipaddr from 'ipaddr.js';

/** IPv6 has many spellings of one address. */
export function sameAddress(left: string, right: string): boolean {
  return ipaddr.parse(left).toString() === ipaddr.parse(right).toString();
}
