import type { Finding } from '../findings.js';
import { type Draft, finding, repeated } from './draft.js';
import { isBelow, mountpointsOf, unknownResource } from './storage.js';

/** rc scripts and placeholders that the pair itself stands on. */
const RESERVED_SERVICES = [
  ...['hastd', 'devd', 'carp_hast', 'netif', 'routing', 'sshd', 'zfs', 'zpool'],
  ...['FILESYSTEMS', 'NETWORKING', 'DAEMON', 'LOGIN', 'SERVERS'],
];

/** Services serve what the storage holds. */
export function checkServices(draft: Draft): Finding[] {
  const services = draft.services ?? [];
  return [...services.flatMap((_, index) => checkService(draft, index)), ...servicesTwice(draft)];
}

function checkService(draft: Draft, index: number): Finding[] {
  const service = draft.services?.[index];
  const path = ['services', index] as const;
  switch (service?.type) {
    case 'nfs':
      if (service.exports?.length === 0)
        return [finding([...path, 'exports'], 'must have at least one line')];
      return (service.exports ?? []).flatMap((line, place) =>
        exportedPaths(line ?? '').flatMap((exported) =>
          onStorage(draft, exported, [...path, 'exports', place]),
        ),
      );
    case 'samba':
      return service.path === undefined ? [] : onStorage(draft, service.path, [...path, 'path']);
    case 'iscsi':
      return [
        ...unknownResource(draft, service.resource, [...path, 'resource']),
        ...mountedToo(draft, service.resource, [...path, 'resource']),
      ];
    case 'rc':
      return service.name !== undefined && RESERVED_SERVICES.includes(service.name)
        ? [finding([...path, 'name'], `${service.name} is not a service that can move with the storage`)]
        : [];
    default:
      return [];
  }
}

/** The directories at the start of an exports(5) line. */
function exportedPaths(line: string): string[] {
  const words = line.split(/[ \t]+/);
  const end = words.findIndex((word) => !word.startsWith('/'));
  return end === -1 ? words : words.slice(0, end);
}

function onStorage(draft: Draft, path: string, place: readonly (string | number)[]): Finding[] {
  const known = mountpointsOf(draft).map(([mountpoint]) => mountpoint);
  if (draft.storage?.includes(undefined) || known.some((mount) => path === mount || isBelow(path, mount)))
    return [];
  const choices =
    known.length > 0 ? `mount points: ${known.join(', ')}` : 'there is no storage with a mount point';
  return [finding(place, `${path} is not on the storage of this cluster`, choices)];
}

/** A device that a file system or pool uses must not be written to by initiators as well. */
function mountedToo(
  draft: Draft,
  resource: string | undefined,
  place: readonly (string | number)[],
): Finding[] {
  const entry = (draft.storage ?? []).find(
    (candidate) =>
      (candidate?.type === 'ufs' && candidate.resource === resource) ||
      (candidate?.type === 'zfs' && candidate.resources?.includes(resource)),
  );
  if (resource === undefined || !entry) return [];
  return [finding(place, `${resource} holds a file system or pool already`, 'serve a resource of type raw')];
}

function servicesTwice(draft: Draft): Finding[] {
  const keys = (draft.services ?? []).map((service, index) => {
    const path = ['services', index] as const;
    if (service?.type === 'nfs') return ['nfs', path] as const;
    if (service?.type === 'iscsi')
      return [prefixed('iscsi target', service.target), [...path, 'target']] as const;
    if (service?.type === 'samba')
      return [prefixed('samba share', service.share), [...path, 'share']] as const;
    if (service?.type === 'rc') return [prefixed('rc service', service.name), [...path, 'name']] as const;
    return [undefined, path] as const;
  });
  return repeated(keys).map(({ value, again }) =>
    value === 'nfs'
      ? finding(again, 'there is one NFS server on a machine', 'put all lines into one exports list')
      : finding(again, `${value} stands here twice`),
  );
}

function prefixed(kind: string, name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${kind} ${name}`;
}
