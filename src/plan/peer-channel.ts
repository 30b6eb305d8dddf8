import { AGENT } from '../spec/paths.js';
import { type ClusterSpec, nodeOf } from '../spec/types.js';
import { interfaceOf } from './preflight/network.js';
import type { PairFacts } from './types.js';

/** `restrict` is unknown to the OpenSSH of FreeBSD 9 and 10, which then rejects the whole line. */
const RESTRICTIONS = 'no-port-forwarding,no-X11-forwarding,no-agent-forwarding,no-pty';

/** The one line of authorized_keys that lets the peer's agent in (sshd(8), AUTHORIZED_KEYS FILE FORMAT). */
export function authorizedKeys(publicKey: string, addresses: readonly string[]): string {
  const key = publicKey.trim();
  if (!/^ssh-[a-z0-9-]+ [A-Za-z0-9+/=]+( [^\n]*)?$/.test(key)) throw new Error('not an OpenSSH public key');
  return `${RESTRICTIONS},from="${addresses.join(',')}",command="${AGENT} peer" ${key}\n`;
}

/** known_hosts lines of the peer under every address the agent reaches it by. */
export function knownHosts(hostKeys: readonly string[], addresses: readonly string[]): string {
  return hostKeys.map((key) => `${addresses.join(',')} ${key}\n`).join('');
}

/** Addresses that a node speaks from: its replication address and its own on the CARP interface. */
export function peerAddresses(spec: ClusterSpec, name: string, facts: PairFacts): string[] {
  const node = nodeOf(spec, name);
  const lan = lanAddress(spec, name, facts);
  return [...new Set([node.replication, ...(lan === undefined ? [] : [lan])])];
}

/** The node's own address on the interface that carries CARP; undefined when it has none there. */
export function lanAddress(spec: ClusterSpec, name: string, facts: PairFacts): string | undefined {
  const found = interfaceOf(facts[name]!, nodeOf(spec, name));
  return found?.addresses.find(
    (address) =>
      address.vhid === undefined &&
      address.family === spec.carp.family &&
      !address.address.startsWith('fe80:'),
  )?.address;
}
