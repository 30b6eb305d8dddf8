import { parseAddress } from '../spec/address.js';
import { MANAGED } from '../spec/derive.js';
import { HASTD_PORT } from '../spec/paths.js';
import { ownAddresses, privateLink } from './private-link.js';
import { type NodeReading, type PairReading, textOf } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

export interface Addresses {
  /** In the order of the pair; undefined: nothing usable was found. */
  replication: readonly [string | undefined, string | undefined];
  findings: AdoptFinding[];
}

/** What each node's resources name as `remote` and `source`, with the resource that says so. */
export interface Ends {
  remotes: readonly { resource: string; value: string | null }[];
  sources: readonly { resource: string; value: string }[];
}

/** The two ends of the replication link: a node's own is what the other one calls `remote`. */
export function replicationAddresses(pair: PairReading, ends: readonly [Ends, Ends]): Addresses {
  const findings: AdoptFinding[] = [];
  if (ends.every(({ remotes }) => remotes.length === 0))
    return { replication: [undefined, undefined], findings };
  const own = ([0, 1] as const).map((index) => endOf(pair, ends, index, findings));
  if (own[0] !== undefined && own[1] !== undefined) return { replication: [own[0], own[1]], findings };
  const proposed = privateLink(pair);
  if (!proposed) return { replication: [own[0], own[1]], findings };
  const chosen = [own[0] ?? proposed[0], own[1] ?? proposed[1]] as const;
  findings.push(
    finding(
      'assumed',
      `replication between ${chosen[0]} and ${chosen[1]}: a network that both nodes are in`,
      {
        remedy: 'look at nodes.NAME.replication in the file before the first apply',
      },
    ),
  );
  return { replication: chosen, findings };
}

function endOf(
  pair: PairReading,
  ends: readonly [Ends, Ends],
  index: 0 | 1,
  findings: AdoptFinding[],
): string | undefined {
  const [node, peer] = [pair[index], pair[index === 0 ? 1 : 0]];
  const { remotes } = ends[index === 0 ? 1 : 0];
  for (const { resource, value } of remotes) {
    if (value !== null) continue;
    const message = `resource ${resource} has "remote none" on ${peer.name}: it is not replicated`;
    findings.push(finding('differs', message, { node: peer.name }));
  }
  const named = remotes.flatMap(({ value }) => (value === null ? [] : [value]));
  const chosen = named.flatMap((value) => resolved(value, node, peer, findings) ?? [])[0];
  if (new Set(named).size > 1) {
    const others = [...new Set(named)].slice(1).join(', ');
    const message = `resources reach ${node.name} by different addresses; ${chosen ?? named[0]} is kept, not ${others}`;
    findings.push(finding('inexpressible', message, { node: peer.name }));
  }
  checkSources(node, ends[index], chosen, findings);
  return chosen === undefined ? undefined : checked(node, chosen, findings);
}

/** hastd's `[tcp[46]://]HOST[:PORT]`, as an address of the node. */
function resolved(
  value: string,
  node: NodeReading,
  peer: NodeReading,
  findings: AdoptFinding[],
): string | undefined {
  const { host, port } = splitAddress(value);
  if (port !== undefined && port !== HASTD_PORT) {
    const message = `hastd listens on port ${port} of ${host}; hastconf uses hastd's own port, ${HASTD_PORT}`;
    findings.push(finding('inexpressible', message, { node: node.name }));
  }
  const literal = parseAddress(host);
  if (literal) return literal.text;
  const found = fromHosts(peer, host) ?? fromHosts(node, host);
  findings.push(
    found === undefined
      ? finding(
          'inexpressible',
          `hast.conf calls ${node.name} ${host}, which neither node has in /etc/hosts`,
          {
            node: peer.name,
          },
        )
      : finding('assumed', `hast.conf calls ${node.name} ${host}; /etc/hosts says that this is ${found}`, {
          node: peer.name,
        }),
  );
  return found;
}

/** IPv6 with a port is in brackets, without one it is bare. */
export function splitAddress(value: string): { host: string; port: number | undefined } {
  const bare = value.replace(/^tcp[46]?:\/\//, '');
  const match = /^\[([^\]]*)\](?::(\d+))?$/.exec(bare) ?? /^([^:]*)(?::(\d+))?$/.exec(bare);
  if (!match) return { host: bare, port: undefined };
  return { host: match[1]!, port: match[2] === undefined ? undefined : Number(match[2]) };
}

function fromHosts({ facts }: NodeReading, name: string): string | undefined {
  for (const line of (textOf(facts, MANAGED.hosts) ?? '').split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    const parsed = address === undefined ? undefined : parseAddress(address);
    if (parsed && parsed.range !== 'loopback' && names.includes(name)) return parsed.text;
  }
  return undefined;
}

function checkSources(
  node: NodeReading,
  { sources }: Ends,
  chosen: string | undefined,
  findings: AdoptFinding[],
): void {
  const strange = sources.filter(({ value }) => parseAddress(splitAddress(value).host)?.text !== chosen);
  for (const { resource, value } of chosen === undefined ? [] : strange) {
    const message = `resource ${resource} sends from ${value}; hastconf sends from ${chosen}, where the other node expects it`;
    findings.push(finding('inexpressible', message, { node: node.name }));
  }
}

/** The address if hastd can keep it; the CARP address cannot stay with one node. */
function checked(node: NodeReading, address: string, findings: AdoptFinding[]): string | undefined {
  const shared = node.carp.some(({ addresses }) => addresses.some((one) => one.address === address));
  if (shared) {
    const message = `hastd replicates over the CARP address ${address}, which moves between the nodes`;
    findings.push(
      finding('inexpressible', message, { node: node.name, remedy: 'each end needs an address of its own' }),
    );
    return undefined;
  }
  if (!ownAddresses(node).some((own) => own.address === address)) {
    const message = `hast.conf expects ${node.name} at ${address}, which is on none of its interfaces`;
    findings.push(finding('differs', message, { node: node.name }));
  }
  return address;
}
