import type { NodeFacts } from '../facts/types.js';
import { type EffectiveResource, readHastConf } from '../formats/hast-node.js';
import { isPending } from './notice.js';
import type { PlanInput } from './types.js';

/** What a reload changes about one resource on one node, in the order of harm. */
export type HastChange = 'added' | 'settings' | 'addresses' | 'unknown' | 'provider' | 'removed';

/**
 * By resource, what hastd of this node will find different when it reads the wanted hast.conf; empty where it does not
 * run. What hastd holds now counts, and the file on the node stands for what hastctl does not tell.
 */
export function hastChanges(input: PlanInput, facts: NodeFacts): ReadonlyMap<string, HastChange> {
  if (!facts.hast.running) return new Map();
  const before = resourcesOf(facts.files['/etc/hast.conf']?.content, facts);
  const after = resourcesOf(wantedHastConf(input, facts.node), facts);
  const wanted = input.spec.resources.flatMap(({ name, local }): [string, HastChange][] => {
    const change = changeOf(name, local[facts.node]!, facts, before?.get(name), after?.get(name));
    return change === undefined ? [] : [[name, change]];
  });
  return new Map([
    ...wanted,
    ...leavingResources(input, facts).map((name): [string, HastChange] => [name, 'removed']),
  ]);
}

/**
 * Connected resources whose primary is to read other addresses. Reloaded while it is connected, its worker and its
 * hastd wait for each other for ever (primary.c: primary_config_reload, remote_close, event_send): the storage goes on,
 * and no role can be changed any more. So the standby lets go first. `unknown`: a run was cut off before the reload.
 */
export function resourcesToDisconnect(input: PlanInput): string[] {
  const [primary, standby] = [input.facts[input.primary]!, input.facts[input.secondary]!];
  return [...hastChanges(input, primary)].flatMap(([name, change]) => {
    if (change !== 'addresses' && change !== 'unknown') return [];
    const connected =
      primary.hast.resources[name]?.role === 'primary' && standby.hast.resources[name]?.role === 'secondary';
    return connected ? [name] : [];
  });
}

/** Resources that hastd runs and the new hast.conf lacks. */
export function leavingResources({ spec }: PlanInput, facts: NodeFacts): string[] {
  const kept = new Set(spec.resources.map(({ name }) => name));
  return Object.keys(facts.hast.resources).filter((name) => !kept.has(name));
}

/** The provider that the node has for a resource now: as hastd runs it, else as its hast.conf says. */
export function currentProvider(resource: string, facts: NodeFacts): string | undefined {
  const running = facts.hast.resources[resource];
  if (running && running.error === undefined) return running.localPath;
  return resourcesOf(facts.files['/etc/hast.conf']?.content, facts)?.get(resource)?.local;
}

export function wantedHastConf({ files }: PlanInput, node: string): string | undefined {
  const file = files.find((candidate) => candidate.node === node && candidate.path === '/etc/hast.conf');
  return file?.kind === 'whole' ? file.content : undefined;
}

function changeOf(
  name: string,
  local: string,
  facts: NodeFacts,
  before: EffectiveResource | undefined,
  after: EffectiveResource | undefined,
): HastChange | undefined {
  const running = facts.hast.resources[name];
  if (running === undefined || running.error !== undefined) return 'added';
  if (running.localPath !== local) return 'provider';
  if (before === undefined || after === undefined) return after === undefined ? undefined : 'unknown';
  if (before.remote !== after.remote || before.source !== after.source) return 'addresses';
  if (SETTINGS.some((key) => before[key] !== after[key])) return 'settings';
  // The file is as it should be, and hastd may not have read it: what it holds is not known.
  return isPending(facts, 'hastd') ? 'unknown' : undefined;
}

const SETTINGS = ['replication', 'timeout', 'compression', 'checksum', 'metaflush', 'exec'] as const;

function resourcesOf(
  content: string | undefined,
  { identity }: NodeFacts,
): ReadonlyMap<string, EffectiveResource> | undefined {
  if (content === undefined) return undefined;
  const read = readHastConf(content, identity);
  return read.ok ? new Map(read.resources.map((resource) => [resource.name, resource])) : undefined;
}
