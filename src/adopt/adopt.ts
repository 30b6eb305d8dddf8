import { ProblemsError } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import { parseSpec } from '../spec/load.js';
import { describeProblem } from '../spec/problems.js';
import { serializeSpec } from '../spec/serialize.js';
import type { ClusterSpec, NodeSpec, ServiceSpec } from '../spec/types.js';
import { agentDifferences, agentSpecOf } from './agent-spec.js';
import { type AdoptedCarp, adoptCarp } from './carp.js';
import { type AdoptedHast, adoptHast } from './hast.js';
import { inFileOrder, leadOf } from './lead.js';
import { type PairReading, readPair } from './reading.js';
import { replacedOn } from './replaced.js';
import { adoptServices } from './services.js';
import { adoptStorage } from './storage.js';
import { type AdoptConnection, type AdoptFinding, type Adoption, finding, inOrderOfWeight } from './types.js';

/**
 * Pure: the cluster file that describes two nodes as they are, and everything that it does not say. For a pair
 * of hastconf's own it is the file that the pair was made from, less what leaves no trace on the nodes: how they
 * are reached, and where on this machine the CARP password and CHAP secrets lie.
 */
export function adopt(facts: readonly [NodeFacts, NodeFacts], connection: AdoptConnection): Adoption {
  const pair = readPair(facts);
  const findings: AdoptFinding[] = [...sameMachine(pair), ...pair.flatMap(unansweredOn)];
  const lead = leadOf(pair);
  const agent = pair[lead].agent ?? pair[lead === 0 ? 1 : 0].agent;
  const hast = adoptHast(pair, lead, findings);
  const carp = adoptCarp(pair, lead, findings);
  const storage = agent?.storage ?? adoptStorage(pair, hast, findings);
  const services = withChap(agent?.services ?? adoptServices(pair, lead, storage, findings), connection);
  findings.push(...agentDifferences(pair), ...bothPrimary(pair));
  for (const index of [0, 1] as const) {
    const name = carp.interfaces[index];
    const own = carp.carp && name !== undefined ? { vhid: carp.carp.vhid, interface: name } : undefined;
    findings.push(...replacedOn(pair[index], own));
  }
  const nodes = nodesOf(pair, hast, carp, connection, findings);
  const draft: ClusterSpec | undefined = carp.carp &&
    nodes && {
      version: 1,
      name: nameOf(pair, connection, findings),
      nodes: inFileOrder(pair, nodes),
      carp: {
        ...carp.carp,
        ...(connection.passwordFile === undefined ? {} : { passwordFile: connection.passwordFile }),
      },
      preferred: preferredOf(pair, lead, carp, findings),
      hast: hast.settings,
      resources: hast.resources,
      storage,
      services,
      agent: agentSpecOf(agent),
    };
  const spec =
    draft && sameMachine(pair).length === 0 && hast.resources.length > 0
      ? checked(draft, findings)
      : undefined;
  return { spec, findings: inOrderOfWeight(findings), carpPassword: carp.password };
}

/** The spec as the file that will be written says it, if that file is a valid one. */
function checked(draft: ClusterSpec, findings: AdoptFinding[]): ClusterSpec | undefined {
  try {
    return parseSpec(serializeSpec(draft), 'cluster.yaml');
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    for (const { path, message, remedy } of error.problems) {
      const what = describeProblem({ id: '', message, ...(path === undefined ? {} : { path }) });
      findings.push(finding('missing', `a cluster file cannot say this: ${what}`, { remedy }));
    }
    return undefined;
  }
}

function nodesOf(
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

function nameOf(pair: PairReading, connection: AdoptConnection, findings: AdoptFinding[]): string {
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
function preferredOf(pair: PairReading, lead: 0 | 1, carp: AdoptedCarp, findings: AdoptFinding[]): string {
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

function withChap(services: readonly ServiceSpec[], { chapFiles }: AdoptConnection): readonly ServiceSpec[] {
  return services.map((service) => {
    const chapFile = service.type === 'iscsi' ? chapFiles?.[service.target] : undefined;
    return service.type === 'iscsi' && chapFile !== undefined ? { ...service, chapFile } : service;
  });
}

function sameMachine([left, right]: PairReading): AdoptFinding[] {
  const [a, b] = [left.facts.identity, right.facts.identity];
  if (a.hostuuid !== b.hostuuid || a.hostname !== b.hostname) return [];
  return [finding('missing', `both connections lead to the same machine, ${a.hostname}`)];
}

function unansweredOn({ name, facts }: PairReading[number]): AdoptFinding[] {
  return (facts.unanswered ?? []).map(({ subject, message }) =>
    finding('missing', `${name} did not say: ${subject} (${message})`, { node: name }),
  );
}

function bothPrimary(pair: PairReading): AdoptFinding[] {
  const primary = pair.every(({ facts }) =>
    Object.values(facts.hast.resources).some(({ role }) => role === 'primary'),
  );
  if (!primary) return [];
  return [
    finding(
      'differs',
      'both nodes are primary: their copies may have parted; hastconf changes nothing before that is solved',
    ),
  ];
}
