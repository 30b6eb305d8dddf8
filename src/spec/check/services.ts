import type { Finding } from '../findings.js';
import type { Path } from '../schema-walk.js';
import { exportedPaths, rcScriptsOf } from '../serving.js';
import type { ServiceSpec } from '../types.js';
import { type Draft, finding, repeated } from './draft.js';
import { checkLun } from './luns.js';
import { isBelow, mountpointsOf } from './storage.js';

/** rc scripts and placeholders that the pair itself stands on. */
const RESERVED_SERVICES = [
  ...['hastd', 'devd', 'carp_hast', 'netif', 'routing', 'sshd', 'zfs', 'zpool'],
  ...['FILESYSTEMS', 'NETWORKING', 'DAEMON', 'LOGIN', 'SERVERS'],
];

/** Services serve what the storage holds. */
export function checkServices(draft: Draft): Finding[] {
  const services = draft.services ?? [];
  return [
    ...services.flatMap((_, index) => checkService(draft, index)),
    ...servicesTwice(draft),
    ...scriptsTwice(draft),
    ...fencedNfs(draft),
  ];
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
      return checkLun(draft, service, path);
    case 'rc':
      return service.name !== undefined && RESERVED_SERVICES.includes(service.name)
        ? [finding([...path, 'name'], `${service.name} is not a service that can move with the storage`)]
        : [];
    default:
      return [];
  }
}

function onStorage(draft: Draft, path: string, place: readonly (string | number)[]): Finding[] {
  const known = mountpointsOf(draft).map(([mountpoint]) => mountpoint);
  if (draft.storage?.includes(undefined) || known.some((mount) => path === mount || isBelow(path, mount)))
    return [];
  const choices =
    known.length > 0 ? `mount points: ${known.join(', ')}` : 'there is no storage with a mount point';
  return [finding(place, `${path} is not on the storage of this cluster`, choices)];
}

function servicesTwice(draft: Draft): Finding[] {
  const keys = (draft.services ?? []).flatMap((service, index) => keysOf(service, ['services', index]));
  return repeated(keys).map(({ value, again }) =>
    value === 'nfs'
      ? finding(again, 'there is one NFS server on a machine', 'put all lines into one exports list')
      : finding(again, `${value} stands here twice`),
  );
}

type Key = readonly [string | undefined, Path];

/** What only one service can be or have. */
function keysOf(service: NonNullable<Draft['services']>[number], path: Path): Key[] {
  switch (service?.type) {
    case 'nfs':
      return [['nfs', path]];
    case 'iscsi':
      return [
        [prefixed('iscsi target', service.target), [...path, 'target']],
        [prefixed('a LUN on', service.resource), [...path, 'resource']],
        [prefixed('a LUN on', service.volume), [...path, 'volume']],
        [prefixed('serial', service.serial), [...path, 'serial']],
        [prefixed('device id', service.deviceId), [...path, 'deviceId']],
        [prefixed('naa', service.naa), [...path, 'naa']],
      ];
    case 'samba':
      return [[prefixed('samba share', service.share), [...path, 'share']]];
    case 'rc':
    case 'jail':
      return [[prefixed(service.type === 'rc' ? 'rc service' : 'jail', service.name), [...path, 'name']]];
    default:
      return [];
  }
}

function prefixed(kind: string, name: string | undefined): string | undefined {
  return name === undefined ? undefined : `${kind} ${name}`;
}

/** An rc script that a service of another kind starts and stops already. */
function scriptsTwice(draft: Draft): Finding[] {
  const services = draft.services ?? [];
  const owners = new Map<string, string>();
  for (const service of services) {
    if (service?.type === 'nfs' || service?.type === 'iscsi' || service?.type === 'samba')
      for (const script of rcScriptsOf(service as ServiceSpec)) owners.set(script, service.type);
  }
  return services.flatMap((service, index) => {
    const owner = service?.type === 'rc' ? owners.get(service.name ?? '') : undefined;
    return owner === undefined
      ? []
      : [
          finding(
            ['services', index, 'name'],
            `is started and stopped by the service of type ${owner} already`,
          ),
        ];
  });
}

/**
 * nfsd takes a write for stable when the verifier that the client holds is its own, which is the boot time: a node that
 * lost its storage without a reboot and serves again would confirm writes that it has lost (nfs_nfsdport.c).
 */
function fencedNfs(draft: Draft): Finding[] {
  if (draft.agent?.onDemoteFailure !== 'alert') return [];
  if (!draft.services?.some((service) => service?.type === 'nfs')) return [];
  return [
    finding(
      ['agent', 'onDemoteFailure'],
      'must be reboot with an NFS service: a node that could not let go of its storage in order would confirm writes to NFS clients that it has lost',
      'set onDemoteFailure: reboot, or leave it out',
    ),
  ];
}
