import type { Problem } from '../errors.js';
import type { HastMetadataFacts, NodeFacts } from '../facts/types.js';
import type { ClusterSpec } from '../spec/types.js';
import type { PairFacts } from './plan.js';

/**
 * Which node is or becomes primary. A node that serves keeps the storage; a copy that was ever used is
 * never put behind an empty one; only for a pair that has never been used does `preferred` decide.
 */
export function choosePrimary(
  spec: ClusterSpec,
  facts: PairFacts,
): { primary: string; problems: readonly Problem[] } {
  const names = spec.nodes.map((node) => node.name);
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
 * True when apply itself may give this resource its roles: neither copy has ever been written to without the
 * other, and no agent has taken charge of the pair. From then on roles are the agent's business alone.
 */
export function mayAssignRoles(resource: string, facts: PairFacts): boolean {
  const nodes = Object.values(facts);
  if (nodes.some((node) => node.hast.resources[resource]?.role === 'primary')) return true;
  if (nodes.every((node) => node.hast.metadata[resource] === undefined)) return true;
  if (nodes.some((node) => (node.agent?.epoch ?? 0) > 0)) return false;
  return nodes.every((node) => {
    const metadata = node.hast.metadata[resource];
    return metadata === undefined || neverAlone(metadata);
  });
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

function twoPrimaries(names: readonly string[]): Problem {
  return {
    id: 'two-primaries',
    message: `both ${names.join(' and ')} are primary: a split-brain, which apply does not touch`,
    remedy: 'look at both copies (hastctl dump, the mounted files) and make one node secondary by hand first',
  };
}
