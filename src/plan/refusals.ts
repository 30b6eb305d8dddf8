import type { Problem } from '../errors.js';
import type { NodeFacts, PoolFacts } from '../facts/types.js';
import type { ResourceSpec, StorageSpec } from '../spec/types.js';
import { needsCreate } from './destructions.js';
import { hastChanges } from './hast-change.js';
import { resourceOfDevice } from './hast-device.js';
import { mayAssignRoles } from './primary.js';
import { releasesOn } from './releases.js';
import type { PlanInput } from './types.js';

/**
 * Changes of a running pair that no order of steps makes safe, with the way that is: they are never planned, and no
 * consent helps (exit 5).
 */
export function findRefusals(input: PlanInput): Problem[] {
  return [
    ...input.spec.nodes.flatMap((node) => providerRefusals(input, input.facts[node.name]!)),
    ...input.spec.storage.flatMap((storage) => storageRefusals(input, storage)),
  ];
}

/** hastd destroys the device of a primary whose provider changes, also under a mount (hastd.c, hastd_reload). */
function providerRefusals(input: PlanInput, facts: NodeFacts): Problem[] {
  const changes = hastChanges(input, facts);
  return input.spec.resources
    .filter(({ name }) => changes.get(name) === 'provider')
    .flatMap((resource) => providerRefusal(input, facts, resource));
}

function providerRefusal(input: PlanInput, facts: NodeFacts, { name, local }: ResourceSpec): Problem[] {
  const { node } = facts;
  const running = facts.hast.resources[name]!;
  const path = local[node]!;
  const base = { node, path: `resources.${name}.local` };
  const what = `${name} is ${running.role} on ${node} with ${running.localPath}, and the cluster file says ${path}`;
  if (running.role === 'init') return [];
  if (running.role === 'primary') {
    const other = input.spec.nodes.find((one) => one.name !== node)!.name;
    return [
      {
        ...base,
        id: 'provider-of-primary',
        message: `${what}: hastd would take its device away from under what uses it`,
        remedy: `move the storage to ${other} first (on ${node}: carp-hast-switch demote), then apply: the copy on ${node} is made anew from there`,
      },
    ];
  }
  if (input.facts[input.primary]!.hast.resources[name]?.role !== 'primary') {
    return [
      {
        ...base,
        id: 'provider-of-last-copy',
        message: `${what}: no node is primary of it, so this may be the only good copy`,
        remedy: 'bring the pair up first (carp-hast-switch status on both nodes), then apply',
      },
    ];
  }
  if (needsCreate(name, path, facts)) return [];
  return [
    {
      ...base,
      id: 'provider-with-old-copy',
      message: `${what}, which holds an older copy of it: what was written since would be missing there`,
      remedy: `if that copy may go, on ${node}: dd if=/dev/zero of=${path} bs=4096 count=1; then hastconf apply --destroy ${node}:${path}`,
    },
  ];
}

/** Storage on a resource that the agents look after already; new resources are formatted by apply. */
function storageRefusals(input: PlanInput, storage: StorageSpec): Problem[] {
  if (storage.type === 'raw') return [];
  const resources = storage.type === 'ufs' ? [storage.resource] : storage.resources;
  const facts = input.facts[input.primary]!;
  const served = resources.filter(
    (name) => facts.hast.resources[name]?.role === 'primary' && !mayAssignRoles(name, input.facts),
  );
  if (served.length === 0) return [];
  return storage.type === 'ufs' ? ufsRefusal(facts, storage) : poolRefusal(input, facts, storage, served);
}

function ufsRefusal(facts: NodeFacts, { resource, mountpoint }: StorageSpec & { type: 'ufs' }): Problem[] {
  if (facts.mounts.some(({ device }) => device === `/dev/hast/${resource}`)) return [];
  const device = facts.hastDevices.find(({ name }) => name === resource);
  if (device === undefined || device.hung || device.content === 'ufs') return [];
  const holds = device.content === undefined ? 'no file system' : device.content;
  return [
    {
      id: 'storage-not-there',
      node: facts.node,
      message: `${mountpoint} is to be on ${resource}, which is in service and holds ${holds}: the agent could not mount it and would give everything up`,
      remedy:
        device.content === undefined
          ? `if nothing uses it, on ${facts.node}: newfs -U -j /dev/hast/${resource}; then apply`
          : `take ${resource} out of the cluster file, apply, and add it again under a new name`,
    },
  ];
}

function poolRefusal(
  input: PlanInput,
  facts: NodeFacts,
  { pool, layout, resources }: StorageSpec & { type: 'zfs' },
  served: readonly string[],
): Problem[] {
  const imported = facts.zfs.pools.find(({ name }) => name === pool);
  const remedy =
    'change the pool with zpool(8) on the node that serves it, and say in the cluster file what it is then; or use another pool and resources';
  if (imported?.vdevs) {
    const [is, wanted] = [shapeOf(imported), `${layout} of ${resources.toSorted().join(', ')}`];
    if (is === undefined || is === wanted) return [];
    const message = `pool ${pool} is a ${is} and the cluster file says ${wanted}: hastconf does not rebuild pools`;
    return [{ id: 'pool-differs', node: facts.node, message, remedy }];
  }
  const lacking = served.filter((name) => {
    const device = facts.hastDevices.find((one) => one.name === name);
    return device !== undefined && !device.hung && device.content !== 'zfs';
  });
  const renamed = releasesOn(input, facts).find((one) => one.type === 'zfs');
  if (lacking.length === 0 && !renamed) return [];
  const message = renamed
    ? `pool ${pool} is to be on ${served.join(', ')}, where pool ${renamed.pool} is`
    : `pool ${pool} is to be on ${lacking.join(', ')}, in service and without it: the agent could not import it and would give everything up`;
  return [{ id: 'pool-not-there', node: facts.node, message, remedy }];
}

/** `mirror of disk0, disk1`; undefined for what the cluster file has no words for, or whose devices are unknown. */
function shapeOf({ vdevs = [] }: PoolFacts): string | undefined {
  const data = vdevs.filter(({ kind }) => !['logs', 'cache', 'spares', 'special', 'dedup'].includes(kind));
  const kinds = new Set(data.map(({ kind }) => kind));
  const names = data.flatMap(({ devices }) => devices).map(resourceOfDevice);
  const [kind] = kinds;
  if (kind === undefined || kinds.size > 1 || names.some((name) => name === undefined)) return undefined;
  const layout = kind === 'disk' ? 'stripe' : kind === 'raidz1' ? 'raidz' : kind;
  return `${layout} of ${names.toSorted().join(', ')}`;
}
