import { ProblemsError } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import { parseSpec } from '../spec/load.js';
import { describeProblem } from '../spec/problems.js';
import { serializeSpec } from '../spec/serialize.js';
import type { ClusterSpec, ServiceSpec } from '../spec/types.js';
import { agentDifferences, agentSpecOf } from './agent-spec.js';
import { type AdoptedCarp, adoptCarp } from './carp.js';
import { adoptHast } from './hast.js';
import { inFileOrder, leadOf } from './lead.js';
import { nameOf, nodesOf, preferredOf } from './nodes.js';
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
  const impossible = sameMachine(pair);
  const findings: AdoptFinding[] = [...impossible, ...pair.flatMap(unansweredOn)];
  const lead = leadOf(pair);
  const agent = pair[lead].agent ?? pair[lead === 0 ? 1 : 0].agent;
  const hast = adoptHast(pair, lead, findings);
  const carp = adoptCarp(pair, lead, findings);
  const storage = agent?.storage ?? adoptStorage(pair, hast, findings);
  const services = agent?.services ?? adoptServices(pair, lead, storage, findings);
  findings.push(...agentDifferences(pair), ...bothPrimary(pair), ...replaced(pair, carp));
  const nodes = nodesOf(pair, hast, carp, connection, findings);
  let spec: ClusterSpec | undefined;
  if (carp.carp && nodes && impossible.length === 0 && hast.resources.length > 0) {
    const { passwordFile } = connection;
    const draft: ClusterSpec = {
      version: 1,
      name: nameOf(pair, connection, findings),
      nodes: inFileOrder(pair, nodes),
      carp: { ...carp.carp, ...(passwordFile === undefined ? {} : { passwordFile }) },
      preferred: preferredOf(pair, lead, carp, findings),
      hast: hast.settings,
      resources: hast.resources.map((resource) =>
        resource.zvol && agent?.sparse.includes(resource.name)
          ? { ...resource, zvol: { ...resource.zvol, sparse: true } }
          : resource,
      ),
      storage,
      services: withChap(services, connection),
      agent: agentSpecOf(agent),
    };
    spec = checked(draft, findings);
  }
  return { spec, findings: inOrderOfWeight(findings), carpPassword: carp.password };
}

function replaced(pair: PairReading, { carp, interfaces }: AdoptedCarp): AdoptFinding[] {
  return pair.flatMap((node, index) => {
    const name = interfaces[index];
    return replacedOn(node, carp && name !== undefined ? { vhid: carp.vhid, interface: name } : undefined);
  });
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
