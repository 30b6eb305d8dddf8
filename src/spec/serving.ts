import type { ClusterSpec, IscsiSpec, ServiceSpec, StorageSpec } from './types.js';

/** The agent's limits in seconds for an rc service or jail that names none. */
export const START_WITHIN = 60;
export const STOP_WITHIN = 15;

/** The device that a LUN is on, on whichever node serves. */
export function lunDevice({ resource, volume }: IscsiSpec): string {
  return volume === undefined ? `/dev/hast/${resource ?? ''}` : `/dev/zvol/${volume}`;
}

/** Where a storage entry is mounted; undefined for a raw device. */
export function mountpointOf(storage: StorageSpec): string | undefined {
  if (storage.type === 'ufs') return storage.mountpoint;
  return storage.type === 'zfs' ? `/${storage.pool}` : undefined;
}

/** The directories at the start of an exports(5) line. */
export function exportedPaths(line: string): string[] {
  const words = line.split(/[ \t]+/);
  const end = words.findIndex((word) => !word.startsWith('/'));
  return end === -1 ? words : words.slice(0, end);
}

/**
 * The file system that the first export is on: there version 4 keeps what the other node must know of its clients.
 * Undefined where nothing of the storage is exported (the checks refuse that).
 */
export function exportedMount(
  spec: Pick<ClusterSpec, 'storage'>,
  exports: readonly string[],
): string | undefined {
  const [path] = exportedPaths(exports[0] ?? '');
  return spec.storage
    .flatMap((entry) => mountpointOf(entry) ?? [])
    .find((mount) => path === mount || path?.startsWith(`${mount}/`));
}

/** The rc scripts behind a service, in starting order; none for a jail, which rc.d/jail looks after by its name. */
export function rcScriptsOf(service: ServiceSpec): string[] {
  switch (service.type) {
    case 'nfs':
      return ['mountd', 'nfsd'];
    case 'iscsi':
      return ['ctld'];
    case 'samba':
      return ['samba_server'];
    case 'rc':
      return [service.name];
    case 'jail':
      return [];
  }
}
