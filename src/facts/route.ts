import { isIP } from 'node:net';

export function routeCommand(): string {
  return 'frame route netstat -rn -f inet\n';
}

/** Gateway of the default route; undefined for none, and for one without an address (`link#1`). */
export function parseDefaultGateway(text: string): string | undefined {
  for (const line of text.split('\n')) {
    const [destination, gateway] = line.trim().split(/\s+/);
    if (destination === 'default' && gateway !== undefined && isIP(gateway) !== 0) return gateway;
  }
  return undefined;
}
