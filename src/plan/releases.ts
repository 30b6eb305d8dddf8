import { jailKey } from '../facts/services.js';
import type { NodeFacts } from '../facts/types.js';
import { lunDevice, rcScriptsOf } from '../spec/serving.js';
import type { ServiceSpec, StorageSpec } from '../spec/types.js';
import { leavingResources } from './hast-change.js';
import { resourceOfDevice } from './hast-device.js';
import { toldAgent } from './told.js';
import type { PlanInput } from './types.js';

/** A file system, pool or device that has to be let go of before hast.conf or agent.conf change. */
export type Release =
  | { type: 'ufs'; resource: string; mountpoint: string /** It comes back elsewhere. */; moves: boolean }
  | { type: 'zfs'; pool: string; resources: readonly string[] }
  /** A device that programs use directly: there is nothing to let go of, but somebody may have it open. */
  | { type: 'raw'; resource: string };

/**
 * What is attached on this node and must not be when the cluster file counts: storage of resources that go, and what
 * the agent was told to attach and no longer is. What somebody mounted by hand from a resource that stays is theirs.
 * In the order in which it is to be let go of: last mounted first.
 */
export function releasesOn(input: PlanInput, facts: NodeFacts): Release[] {
  const leaving = leavingResources(input, facts);
  const told = toldStorage(facts);
  const attached = [...mounts(input, facts, leaving, told), ...pools(input, facts, leaving, told)];
  const raw = leaving.filter(
    (name) =>
      facts.hast.resources[name]?.role === 'primary' &&
      !attached.some((one) => (one.type === 'zfs' ? one.resources.includes(name) : one.resource === name)),
  );
  return [...attached, ...raw.map((resource): Release => ({ type: 'raw', resource }))];
}

/** The storage that the node's agent was told of. */
export function toldStorage(facts: NodeFacts): readonly StorageSpec[] {
  return toldAgent(facts).storage;
}

/**
 * What the node's agent was told of and the cluster file no longer has, in starting order: names of rc scripts, and jails
 * by their key. A server with fewer entries than before leaves with them, and is started again afterwards.
 */
export function leavingServices({ spec }: PlanInput, facts: NodeFacts): string[] {
  const wanted = spec.services.map(serviceId);
  const left = toldAgent(facts).services.filter((service) => !wanted.includes(serviceId(service)));
  return [...new Set(left.flatMap(namesOf))];
}

/** All that the node's agent was told of. */
export function toldServices(facts: NodeFacts): string[] {
  return [...new Set(toldAgent(facts).services.flatMap(namesOf))];
}

/** rc scripts of a service, or the key of a jail. */
export function namesOf(service: ServiceSpec): string[] {
  return service.type === 'jail' ? [jailKey(service.name)] : rcScriptsOf(service);
}

/** What makes two entries the same service, whatever its settings are. */
export function serviceId(service: ServiceSpec): string {
  switch (service.type) {
    case 'nfs':
      return 'nfs';
    case 'iscsi':
      return `iscsi ${service.target} ${lunDevice(service)}`;
    case 'samba':
      return `samba ${service.share}`;
    default:
      return `${service.type} ${service.name}`;
  }
}

function mounts(
  { spec }: PlanInput,
  facts: NodeFacts,
  leaving: readonly string[],
  told: readonly StorageSpec[],
): Release[] {
  return facts.mounts.toReversed().flatMap(({ device, mountpoint }): Release[] => {
    const resource = resourceOfDevice(device);
    if (resource === undefined) return [];
    const wanted = spec.storage.find((one) => one.type === 'ufs' && one.resource === resource);
    if (wanted?.type === 'ufs' && wanted.mountpoint === mountpoint) return [];
    const ours = told.some(
      (one) => one.type === 'ufs' && one.resource === resource && one.mountpoint === mountpoint,
    );
    if (!ours && !leaving.includes(resource)) return [];
    return [{ type: 'ufs', resource, mountpoint, moves: wanted !== undefined }];
  });
}

function pools(
  { spec }: PlanInput,
  facts: NodeFacts,
  leaving: readonly string[],
  told: readonly StorageSpec[],
): Release[] {
  return facts.zfs.pools.flatMap(({ name, vdevs = [] }): Release[] => {
    const resources = vdevs
      .flatMap(({ devices }) => devices)
      .flatMap((device) => resourceOfDevice(device) ?? []);
    if (resources.length === 0) return [];
    if (spec.storage.some((one) => one.type === 'zfs' && one.pool === name)) return [];
    const ours = told.some((one) => one.type === 'zfs' && one.pool === name);
    if (!ours && !resources.some((resource) => leaving.includes(resource))) return [];
    return [{ type: 'zfs', pool: name, resources }];
  });
}
