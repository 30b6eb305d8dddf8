import type { Problem } from '../errors.js';
import type { HastMetadataFacts, NodeFacts } from '../facts/types.js';
import { AGENT_CONF } from '../spec/paths.js';
import type { ClusterSpec } from '../spec/types.js';
import type { PairFacts } from './types.js';

/**
 * Which node is or becomes primary. A node that serves keeps the storage; a copy that was ever used is
 * never put behind an empty one; only for a pair that has never been used does `preferred` decide.
 */
export function choosePrimary(
  spec: ClusterSpec,
  facts: PairFacts,
): { primary: string; problems: readonly Problem[] } {
  const names = spec.nodes.map((node) => node.name);
  const split = names.filter((name) => facts[name]?.agent?.state === 'split-brain');
  if (split.length > 0) return { primary: spec.preferred, problems: [splitBrain(split)] };
  const primaries = names.filter((name) => hasPrimary(facts[name]));
  if (primaries.length === 2) return { primary: spec.preferred, problems: [twoPrimaries(names)] };
  if (primaries.length === 1) return { primary: primaries[0]!, problems: [] };
  const owners = names.filter((name) => ownsData(spec, facts[name]));
  if (owners.length === 1) return { primary: owners[0]!, problems: [] };
  const former = names.filter((name) => wasPrimary(spec, facts[name]));
  if (former.length === 1) return { primary: former[0]!, problems: [] };
  return { primary: spec.preferred, problems: [] };
}

/**
 * True when apply itself may give this resource its roles: no agent has taken charge of it, and neither copy has
 * ever been written to without the other. From then on roles are the agent's business alone: it alone knows
 * whether the copies have parted, and a copy that is made secondary is overwritten.
 */
export function mayAssignRoles(resource: string, facts: PairFacts): boolean {
  const nodes = Object.values(facts);
  if (nodes.some((node) => isInCharge(node, resource))) return false;
  if (nodes.some((node) => node.hast.resources[resource]?.role === 'primary')) return true;
  if (nodes.every((node) => node.hast.metadata[resource] === undefined)) return true;
  return nodes.every((node) => {
    const metadata = node.hast.metadata[resource];
    return metadata === undefined || neverAlone(metadata);
  });
}

/** An agent that has counted an epoch, or that cannot be asked, decides over the resources of its agent.conf. */
function isInCharge(facts: NodeFacts, resource: string): boolean {
  const counts = facts.agent ? facts.agent.epoch > 0 : facts.agentError !== undefined;
  return counts && agentDeclares(facts).includes(resource);
}

/** The resources that the node's agent has been told of. */
export function agentDeclares(facts: NodeFacts): string[] {
  const content = facts.files[AGENT_CONF]?.content ?? '';
  return [...content.matchAll(/^declare_resource '([^']+)'$/gm)].map((match) => match[1]!);
}

/** localcnt rises with the first write that the other node did not get (hastd's primary.c). */
function neverAlone(metadata: HastMetadataFacts): boolean {
  return metadata.localcnt === 0 && metadata.remotecnt === 0;
}

/** With equal counters an interrupted synchronisation is known to the former primary's dirty map alone. */
function wasPrimary(spec: ClusterSpec, facts: NodeFacts | undefined): boolean {
  return spec.resources.some((resource) => facts?.hast.metadata[resource.name]?.prevrole === 'primary');
}

function hasPrimary(facts: NodeFacts | undefined): boolean {
  return Object.values(facts?.hast.resources ?? {}).some((resource) => resource.role === 'primary');
}

function ownsData(spec: ClusterSpec, facts: NodeFacts | undefined): boolean {
  return spec.resources.some((resource) => {
    const metadata = facts?.hast.metadata[resource.name];
    return metadata !== undefined && metadata.resuid !== '0';
  });
}

function splitBrain(names: readonly string[]): Problem {
  return {
    id: 'split-brain',
    message: `the agent on ${names.join(' and ')} reports a split-brain: both copies have been written to`,
    remedy:
      'choose which copy to keep before anything else; change no role meanwhile, the other one is overwritten',
  };
}

function twoPrimaries(names: readonly string[]): Problem {
  return {
    id: 'two-primaries',
    message: `both ${names.join(' and ')} are primary: a split-brain, which apply does not touch`,
    remedy: 'look at both copies (hastctl dump, the mounted files) and make one node secondary by hand first',
  };
}
