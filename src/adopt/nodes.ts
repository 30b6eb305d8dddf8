import type { NodeSpec } from '../spec/types.js';
import type { AdoptedCarp } from './carp.js';
import type { AdoptedHast } from './hast.js';
import type { PairReading } from './reading.js';
import { type AdoptConnection, type AdoptFinding, finding } from './types.js';

/** The two nodes as the cluster file has them; undefined, with what is missing, when it cannot. */
export function nodesOf(
  pair: PairReading,
  hast: AdoptedHast,
  carp: AdoptedCarp,
  connection: AdoptConnection,
  findings: AdoptFinding[],
): readonly [NodeSpec, NodeSpec] | undefined {
  const nodes = ([0, 1] as const).map((index): NodeSpec | undefined => {
    const [replication, name] = [hast.replication[index], pair[index].name];
    const device = carp.interfaces[index];
    if (replication === undefined && hast.resources.length > 0) {
      findings.push(
        finding('missing', `no address is known that ${name} could replicate over`, { node: name }),
      );
    }
    if (device === undefined && carp.carp) {
      findings.push(
        finding('missing', `no interface of ${name} is in the network of the CARP address`, { node: name }),
      );
    }
    if (replication === undefined || device === undefined) return undefined;
    return { name, ssh: connection.ssh[index], replication, interface: device };
  });
  const [first, second] = nodes;
  return first && second ? [first, second] : undefined;
}

/** The pair's name: agent.conf's, else the one given. */
export function nameOf(pair: PairReading, connection: AdoptConnection, findings: AdoptFinding[]): string {
  const known = pair
    .map(({ agent }) => agent?.variables.cluster)
    .find((name) => name !== undefined && name !== '');
  if (known !== undefined) return known;
  if (connection.name !== undefined) return connection.name;
  findings.push(
    finding('assumed', 'the pair has no name yet; it is called pair1', { remedy: 'give it one with --name' }),
  );
  return 'pair1';
}

/** Our own agent.conf says it; published recipes give the preferred node the smaller advskew. */
export function preferredOf(
  pair: PairReading,
  lead: 0 | 1,
  carp: AdoptedCarp,
  findings: AdoptFinding[],
): string {
  const declared = pair.find(({ agent }) => agent?.variables.preferred === '1');
  if (declared) return declared.name;
  const skews = pair.map((node, index) => {
    const groups = node.carp.filter(
      ({ vhid, interface: name }) => vhid === carp.carp?.vhid && name === carp.interfaces[index],
    );
    return groups[0]?.rc[0]?.advskew;
  });
  const [a, b] = skews;
  const bySkew = a !== undefined && b !== undefined && a !== b;
  const { name } = pair[bySkew ? (a < b ? 0 : 1) : lead];
  const why = bySkew ? 'it has the smaller advskew' : 'it serves, or was named first';
  findings.push(finding('assumed', `${name} is the preferred node: ${why}`));
  return name;
}
