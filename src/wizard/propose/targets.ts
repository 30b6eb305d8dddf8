/**
 * A target's name, by the domain of the machine in reverse (RFC 3721 wants one that is yours); `internal` and the
 * machine's own name where it has none.
 */
export function targetName(hostname: string, device: string): string {
  const [host = '', ...domain] = hostname.toLowerCase().split('.');
  const authority = domain.length > 0 ? domain.reverse() : ['internal', host];
  return `${['iqn.2000-01', ...authority].join('.')}:${device.toLowerCase().replace(/[^a-z0-9.-]/g, '-')}`;
}
