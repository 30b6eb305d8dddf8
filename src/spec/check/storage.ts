import type { Finding } from '../findings.js';
import type { Path } from '../schema-walk.js';
import { didYouMean } from '../suggest.js';
import { type Draft, finding, nodeNames, onNode, repeated } from './draft.js';

/** ZFS's own minimum of devices for each layout. */
const MINIMUM = { stripe: 1, mirror: 2, raidz: 2, raidz2: 3, raidz3: 4 } as const;

/** Directories that the system itself lives in: nothing may be mounted on or below them. */
const SYSTEM_TREES = [
  ...['/bin', '/boot', '/dev', '/etc', '/lib', '/libexec', '/net', '/proc', '/rescue', '/sbin', '/sys'],
  ...['/usr/bin', '/usr/lib', '/usr/libexec', '/usr/sbin', '/usr/share', '/usr/local/bin', '/usr/local/etc'],
  ...['/usr/local/lib', '/usr/local/sbin', '/var/run', '/var/log', '/var/db/hastconf'],
];
/** Directories that must not be covered, though something below them may be a mount point. */
const SYSTEM_DIRECTORIES = [
  '/root',
  '/tmp',
  '/usr',
  '/usr/home',
  '/usr/local',
  '/var',
  '/var/db',
  '/var/tmp',
];

/** Storage refers to resources that exist, each used once, mounted where nothing else lives. */
export function checkStorage(draft: Draft): Finding[] {
  const entries = draft.storage ?? [];
  return [
    ...entries.flatMap((_, index) => references(draft, index)),
    ...entries.flatMap((_, index) => checkPool(draft, index)),
    ...usedTwice(draft),
    ...mountpoints(draft),
    ...keyFiles(draft),
  ];
}

/** The resources that one storage entry names, with their places. */
function resourcesOf(draft: Draft, index: number): (readonly [string | undefined, Path])[] {
  const entry = draft.storage?.[index];
  if (entry?.type === 'zfs') {
    return (entry.resources ?? []).map(
      (name, place) => [name, ['storage', index, 'resources', place]] as const,
    );
  }
  if (entry?.type === 'ufs' || entry?.type === 'raw') {
    return [[entry.resource, ['storage', index, 'resource']] as const];
  }
  return [];
}

function references(draft: Draft, index: number): Finding[] {
  return resourcesOf(draft, index).flatMap(([name, path]) => unknownResource(draft, name, path));
}

/** A reference to a resource that is not there. */
export function unknownResource(draft: Draft, name: string | undefined, path: Path): Finding[] {
  if (name === undefined || !draft.resources || Object.hasOwn(draft.resources, name)) return [];
  const known = Object.keys(draft.resources);
  return [
    finding(path, `there is no resource ${name}${didYouMean(name, known)}`, `resources: ${known.join(', ')}`),
  ];
}

/** A key that lies on what it opens cannot be read when it is needed. */
function keyFiles(draft: Draft): Finding[] {
  const mounts = mountpointsOf(draft).map(([mountpoint]) => mountpoint);
  return (draft.storage ?? []).flatMap((entry, index) => {
    if (entry?.type !== 'zfs') return [];
    const { keyFile } = entry;
    if (keyFile === undefined) {
      const place = ['storage', index, 'keyFormat'];
      return entry.keyFormat === undefined ? [] : [finding(place, 'has no meaning without keyFile')];
    }
    if (!mounts.some((mount) => isBelow(keyFile, mount))) return [];
    const place = ['storage', index, 'keyFile'];
    return [finding(place, `${keyFile} is on the storage itself`, 'keep it on a disk of each node')];
  });
}

function usedTwice(draft: Draft): Finding[] {
  const all = (draft.storage ?? []).flatMap((_, index) => resourcesOf(draft, index));
  return repeated(all).map(({ value, first, again }) =>
    finding(again, `${value} is already used in storage[${String(first[1])}]`),
  );
}

function checkPool(draft: Draft, index: number): Finding[] {
  const entry = draft.storage?.[index];
  if (entry?.type !== 'zfs') return [];
  const findings: Finding[] = [];
  const count = entry.resources?.length;
  const minimum = entry.layout === undefined ? 1 : MINIMUM[entry.layout];
  if (count !== undefined && count < minimum) {
    const layout = entry.layout ?? 'pool';
    findings.push(
      finding(['storage', index, 'resources'], `${layout} needs at least ${minimum}, not ${count}`),
    );
  }
  for (const [name, resource] of Object.entries(draft.resources ?? {})) {
    const pools = nodeNames(draft).map((node) => onNode(resource?.zvol?.pool, node)?.split('/')[0]);
    if (entry.pool !== undefined && pools.includes(entry.pool)) {
      findings.push(
        finding(['storage', index, 'pool'], `is the pool that ${name}'s own volume is in, which never moves`),
      );
    }
  }
  return findings;
}

/** Mount points by storage index; a pool is mounted at `/POOL`. */
export function mountpointsOf(draft: Draft): (readonly [string, Path])[] {
  return (draft.storage ?? []).flatMap((entry, index): (readonly [string, Path])[] => {
    if (entry?.type === 'ufs' && entry.mountpoint)
      return [[entry.mountpoint, ['storage', index, 'mountpoint']]];
    if (entry?.type === 'zfs' && entry.pool) return [[`/${entry.pool}`, ['storage', index, 'pool']]];
    return [];
  });
}

function mountpoints(draft: Draft): Finding[] {
  const places = mountpointsOf(draft);
  const twice = repeated(places).map(({ value, again }) => finding(again, `${value} is mounted on twice`));
  const nested = places.flatMap(([inner, path]) =>
    places
      .filter(([outer]) => inner !== outer && isBelow(inner, outer))
      .map(([outer]) => finding(path, `${inner} is inside ${outer}, which is a mount point itself`)),
  );
  const system = places.flatMap(([place, path]) => {
    const tree = SYSTEM_TREES.find((known) => place === known || isBelow(place, known));
    if (tree === undefined && !SYSTEM_DIRECTORIES.includes(place)) return [];
    return [finding(path, `${place} belongs to the system`, 'choose a directory such as /hast/NAME')];
  });
  return [...twice, ...nested, ...system];
}

/** Whether `path` is below `directory`. */
export function isBelow(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`);
}
