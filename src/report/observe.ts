import { jailKey } from '../facts/services.js';
import type { CarpFacts, NodeFacts } from '../facts/types.js';
import { sha256 } from '../plan/applied.js';
import { rcScriptsOf } from '../spec/serving.js';
import { type ClusterSpec, nodeOf, type ServiceSpec, type StorageSpec } from '../spec/types.js';

/** The node's CARP state for the cluster's vhid on its interface; undefined: not configured. */
export function carpOf(spec: ClusterSpec, facts: NodeFacts): CarpFacts | undefined {
  const name = nodeOf(spec, facts.node).interface;
  const found = facts.interfaces.find((candidate) => candidate.name === name);
  return found?.carp.find((carp) => carp.vhid === spec.carp.vhid);
}

/** hastd was asked and did not answer in its time: what it runs is not known, and not gone. */
export function isHastSilent({ unanswered = [] }: NodeFacts): boolean {
  return unanswered.some(({ subject }) => subject === 'hastctl list');
}

/** What people call the storage: mount point, pool, resource. */
export function storageName(storage: StorageSpec): string {
  if (storage.type === 'ufs') return storage.mountpoint;
  return storage.type === 'zfs' ? storage.pool : storage.resource;
}

/** The HAST resources below a storage. */
export function resourcesOf(storage: StorageSpec): readonly string[] {
  return storage.type === 'zfs' ? storage.resources : [storage.resource];
}

/** Whether this node has the storage: mounted from its HAST device, imported, or as a device. */
export function hasStorage(storage: StorageSpec, facts: NodeFacts): boolean {
  if (storage.type === 'zfs') return facts.zfs.pools.some((pool) => pool.name === storage.pool);
  if (storage.type === 'raw') return facts.hastDevices.some((device) => device.name === storage.resource);
  return facts.mounts.some(
    (mount) => mount.mountpoint === storage.mountpoint && mount.device === `/dev/hast/${storage.resource}`,
  );
}

/** What is mounted at a UFS storage's mount point instead of its HAST device. */
export function foreignMount(storage: StorageSpec, facts: NodeFacts): string | undefined {
  if (storage.type !== 'ufs') return undefined;
  const mount = facts.mounts.find((candidate) => candidate.mountpoint === storage.mountpoint);
  return mount && mount.device !== `/dev/hast/${storage.resource}` ? mount.device : undefined;
}

/** The rc services behind everything that serves the storage. */
export function clusterServices(spec: ClusterSpec): string[] {
  return [...new Set(spec.services.flatMap(serviceNames))];
}

function serviceNames(service: ServiceSpec): string[] {
  return service.type === 'jail' ? [jailKey(service.name)] : rcScriptsOf(service);
}

/** Files that must be the same, byte for byte, on both nodes. */
export const IDENTICAL_FILES = [
  '/etc/hast.conf',
  '/usr/local/etc/devd/hastconf.conf',
  '/usr/local/sbin/carp-hast-switch',
  '/usr/local/etc/rc.d/carp_hast',
] as const;

/** SHA-256 of a file's content in hex; undefined: the node does not have it, or it could not be read. */
export function fileSha256(facts: NodeFacts, path: string): string | undefined {
  const file = facts.files[path];
  if (!file || file.error !== undefined) return undefined;
  return sha256(file.content);
}
