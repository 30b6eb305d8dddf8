import type { Finding } from '../findings.js';
import type { Path } from '../schema-walk.js';
import { type Draft, finding } from './draft.js';
import { unknownResource } from './storage.js';

type Lun = Extract<NonNullable<NonNullable<Draft['services']>[number]>, { type?: 'iscsi' | undefined }>;

/** A LUN is on one device that nothing else writes to: a raw resource, or a volume in a pool of the storage. */
export function checkLun(draft: Draft, { resource, volume, size }: Lun, path: Path): Finding[] {
  if (resource !== undefined && volume !== undefined)
    return [finding([...path, 'volume'], 'cannot be there beside resource: a LUN is on one of them')];
  if (volume !== undefined) return volumeInPool(draft, volume, [...path, 'volume']);
  if (size !== undefined)
    return [finding([...path, 'size'], 'is for a volume; a resource is as large as its provider')];
  if (resource === undefined) {
    return [
      finding([...path, 'resource'], 'is missing', 'name a resource of type raw, or volume: POOL/NAME'),
    ];
  }
  return [
    ...unknownResource(draft, resource, [...path, 'resource']),
    ...mountedToo(draft, resource, [...path, 'resource']),
  ];
}

function volumeInPool(draft: Draft, volume: string, place: Path): Finding[] {
  const pools = (draft.storage ?? []).flatMap((entry) =>
    entry?.type === 'zfs' && entry.pool !== undefined ? [entry.pool] : [],
  );
  if (draft.storage?.includes(undefined) || pools.includes(volume.split('/')[0]!)) return [];
  const choices = pools.length > 0 ? `pools: ${pools.join(', ')}` : 'there is no pool in the storage';
  return [finding(place, `${volume} is not in a pool of this cluster`, choices)];
}

/** A device that a file system or pool uses must not be written to by initiators as well. */
function mountedToo(draft: Draft, resource: string | undefined, place: Path): Finding[] {
  const entry = (draft.storage ?? []).find(
    (candidate) =>
      (candidate?.type === 'ufs' && candidate.resource === resource) ||
      (candidate?.type === 'zfs' && candidate.resources?.includes(resource)),
  );
  if (resource === undefined || !entry) return [];
  return [finding(place, `${resource} holds a file system or pool already`, 'serve a resource of type raw')];
}
