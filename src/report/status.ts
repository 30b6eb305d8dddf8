import type { NodeFacts } from '../facts/types.js';
import type { ClusterSpec } from '../spec/types.js';
import { secondsLeft } from '../sync/rate.js';
import { agentStatus } from './agent-status.js';
import { carpOf, clusterServices, hasStorage, isHastSilent, storageName } from './observe.js';
import { judge } from './status-judge.js';
import type {
  ClusterStatus,
  NodeReading,
  NodeStatus,
  ResourceStatus,
  StatusExtras,
  StorageStatus,
} from './status-types.js';

/** Puts what was read of both nodes together and judges it; pure. */
export function clusterStatus(
  spec: ClusterSpec,
  readings: readonly NodeReading[],
  time: Date,
  extras: StatusExtras = {},
): ClusterStatus {
  const facts = readings.flatMap((reading) => ('facts' in reading ? [reading.facts] : []));
  const resources = spec.resources.map(({ name }) => resourceStatus(name, facts, extras));
  const seen: Omit<ClusterStatus, 'verdict' | 'reasons' | 'problems'> = {
    version: 1,
    cluster: spec.name,
    time: time.toISOString(),
    serving: servingNode(resources),
    dirty: totalDirty(resources),
    carp: {
      address: `${spec.carp.address}/${spec.carp.prefixLength}`,
      vhid: spec.carp.vhid,
      masters: facts.filter((one) => carpOf(spec, one)?.state === 'MASTER').map((one) => one.node),
    },
    resources,
    storage: spec.storage.map((storage): StorageStatus => {
      const on = facts.filter((one) => hasStorage(storage, one)).map((one) => one.node);
      return { type: storage.type, name: storageName(storage), on };
    }),
    nodes: spec.nodes.map(({ name }) => nodeStatus(spec, name, readings, extras)),
  };
  const { verdict, problems } = judge(spec, seen, readings);
  const reasons = [...new Set(problems.map(({ id }) => id))];
  const { version, cluster, time: at, ...rest } = seen;
  return { version, cluster, time: at, verdict, reasons, problems, ...rest };
}

function resourceStatus(
  resource: string,
  facts: readonly NodeFacts[],
  { rates }: StatusExtras,
): ResourceStatus {
  const primaries = facts.filter((one) => one.hast.resources[resource]?.role === 'primary');
  const primary = primaries.length === 1 ? primaries[0] : undefined;
  const said = primary?.hast.resources[resource];
  const localErrors: Record<string, number> = {};
  for (const one of facts) {
    const errors = one.hast.resources[resource]?.localErrors;
    if (errors) localErrors[one.node] = errors.read + errors.write + errors.delete + errors.flush;
  }
  const queues = facts.flatMap(({ node, hast }) => {
    const own = hast.resources[resource]?.queues;
    return own === undefined ? [] : [[node, own] as const];
  });
  const rate = said?.status === 'complete' ? rates?.get(resource) : undefined;
  return {
    resource,
    primary: primary?.node ?? null,
    status: said?.status ?? null,
    dirty: said?.dirty ?? null,
    rate: rate ?? null,
    secondsLeft: said === undefined ? null : (secondsLeft(said.dirty, rate) ?? null),
    queues: Object.fromEntries(queues),
    localErrors,
  };
}

function servingNode(resources: readonly ResourceStatus[]): string | null {
  const first = resources[0]?.primary ?? null;
  return resources.every((one) => one.primary === first) ? first : null;
}

function totalDirty(resources: readonly ResourceStatus[]): number | null {
  if (resources.some((one) => one.dirty === null)) return null;
  return resources.reduce((sum, one) => sum + (one.dirty ?? 0), 0);
}

function nodeStatus(
  spec: ClusterSpec,
  node: string,
  readings: readonly NodeReading[],
  { lastSeen }: StatusExtras,
): NodeStatus {
  const reading = readings.find((candidate) => candidate.node === node);
  if (!reading || !('facts' in reading)) {
    const error = reading && 'error' in reading ? reading.error.message : 'was not read';
    const none = { release: null, hastd: null, roles: {}, carp: null, agent: null, services: {} };
    return { node, reachable: false, error, lastSeen: lastSeen?.[node] ?? null, ...none };
  }
  const { facts } = reading;
  const carp = carpOf(spec, facts);
  return {
    node,
    reachable: true,
    error: null,
    lastSeen: null,
    release: facts.os.release,
    hastd: isHastSilent(facts) ? null : facts.hast.running ? 'running' : 'stopped',
    roles: Object.fromEntries(spec.resources.map(({ name }) => [name, roleOf(facts, name)])),
    carp: carp ? { state: carp.state, advskew: carp.advskew, demotion: demotionOf(facts) } : null,
    agent: agentStatus(facts),
    services: servicesOf(spec, facts),
  };
}

function roleOf(facts: NodeFacts, resource: string): { role: string; status: string | null } | null {
  const found = facts.hast.resources[resource];
  if (!found || found.error !== undefined) return null;
  return { role: found.role, status: found.status ?? null };
}

/** What is added to the skew that the node advertises; a link that is down, for example, adds 240. */
function demotionOf({ sysctls }: NodeFacts): number | null {
  const text = sysctls['net.inet.carp.demotion'];
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : null;
}

function servicesOf(spec: ClusterSpec, facts: NodeFacts): NodeStatus['services'] {
  const names = ['hastd', 'devd', 'carp_hast', ...clusterServices(spec)];
  const known = names.flatMap((name) => {
    const service = facts.services[name];
    if (!service) return [];
    const word = !service.exists ? 'missing' : service.running ? 'running' : 'stopped';
    return [[name, word] as const];
  });
  return Object.fromEntries(known);
}
