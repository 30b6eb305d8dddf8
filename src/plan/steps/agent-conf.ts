import type { NodeFacts } from '../../facts/types.js';
import { parseAgentConf } from '../../formats/agent-conf.js';
import type { StorageSpec } from '../../spec/types.js';
import { sha256 } from '../applied.js';
import { mustHearCarp } from '../carp-change.js';
import { serviceId } from '../releases.js';
import { toldAgent } from '../told.js';
import type { Impact, Phase, PlanInput, Step } from '../types.js';
import { type WantedFile, writeStep } from './write.js';

/**
 * A running agent that hears of a resource before it has its roles and its file system would act on it, so it hears of
 * new ones last. Of what goes it hears before hastd does, for the same reason: then its configuration is written twice.
 */
export function agentConfSteps(input: PlanInput, facts: NodeFacts, wanted: WantedFile): Step[] {
  const impact = moveImpact(input, facts);
  const last: WantedFile = {
    ...wanted,
    phase: lastPhase(input, facts),
    ...(mustHearCarp(input, facts.node) ? { atomic: true } : {}),
    ...(impact === undefined ? {} : { impact }),
  };
  const current = facts.files[wanted.path];
  const without = current && withoutWhatGoes(input, current.content);
  if (current === undefined || without === undefined || without === current.content) return writeStep(last);
  const first = { ...wanted, content: without, applies: [{ key: wanted.path, sha256: sha256(without) }] };
  const { drift: _, ...rest } = last;
  return [...writeStep(first), ...writeStep({ ...rest, before: { ...current, content: without } })];
}

/**
 * An agent that finds its CARP address gone gives the storage up as soon as the other node is ready. So the serving one
 * hears of a new VHID or interface right after that is up, while the standby has no address and cannot be ready. The
 * standby hears of it while it has none: should the other node fail by then, a boot brings up what fits together.
 */
function lastPhase(input: PlanInput, { node }: NodeFacts): Phase {
  if (!mustHearCarp(input, node)) return 'agent';
  return node === input.primary ? 'carp' : 'withdraw';
}

/** agent.conf without the lines of resources, storage and services that go; undefined when no resource would stay. */
function withoutWhatGoes({ spec }: PlanInput, content: string): string | undefined {
  const kept = content.split('\n').filter((line) => {
    const { resources, storage, services } = parseAgentConf(line);
    return (
      resources.every((name) => spec.resources.some((resource) => resource.name === name)) &&
      storage.every((one) => spec.storage.some((other) => sameStorage(one, other))) &&
      services.every((one) => spec.services.some((other) => serviceId(other) === serviceId(one)))
    );
  });
  const text = kept.join('\n');
  return parseAgentConf(text).resources.length === 0 ? undefined : text;
}

function sameStorage(left: StorageSpec, right: StorageSpec): boolean {
  return JSON.stringify(fieldsOf(left)) === JSON.stringify(fieldsOf(right));
}

function fieldsOf(storage: StorageSpec): readonly unknown[] {
  switch (storage.type) {
    case 'ufs':
      return [storage.type, storage.resource, storage.mountpoint];
    case 'zfs':
      return [storage.type, storage.pool, storage.layout, ...storage.resources];
    case 'raw':
      return [storage.type, storage.resource];
  }
}

/** Seconds without storage in a planned move: the agent's target on the measured pair. */
const MOVE_SECONDS = 2;

/** With `failback: auto` a new `preferred` node takes the storage as soon as its agent knows of it. */
function moveImpact({ spec, primary }: PlanInput, facts: NodeFacts): Impact | undefined {
  if (facts.node !== spec.preferred || spec.preferred === primary) return undefined;
  if (spec.agent.failback !== 'auto' || facts.agent === undefined) return undefined;
  const told = toldAgent(facts).variables;
  if (told.failback === 'auto' && told.preferred === '1') return undefined;
  return {
    kind: 'interruption',
    seconds: MOVE_SECONDS,
    detail: `with "failback: auto" the storage moves to ${spec.preferred} within a minute or two`,
  };
}
