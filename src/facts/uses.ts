import type { OpenCounts, PartitionTable } from './disks.js';
import type { Probe } from './probe.js';
import type { HastResourceFacts, MountFacts, ProviderUse } from './types.js';
import type { PoolMember } from './zfs.js';

/** Everything on a node that may have a device in use; names are without /dev/ and with labels resolved. */
export interface DeviceUsers {
  modes: ReadonlyMap<string, OpenCounts>;
  tables: ReadonlyMap<string, PartitionTable>;
  labels: ReadonlyMap<string, string>;
  swap: readonly string[];
  mounts: readonly MountFacts[];
  pools: readonly PoolMember[];
  /** Resources with a worker: hastd opens their provider for writing, not exclusively. */
  hast: readonly HastResourceFacts[];
}

/** `/dev/gpt/data` -> `da0p3`; a label may lie on a label. */
export function realName(device: string, users: DeviceUsers): string {
  let name = device.replace(/^\/dev\//, '');
  for (let depth = 0; depth < 4; depth += 1) {
    const below = users.labels.get(name);
    if (below === undefined) return name;
    name = below;
  }
  return name;
}

/** Everything found on a device or using it, most telling first. */
export function usesOf(path: string, name: string, probe: Probe, users: DeviceUsers): ProviderUse[] {
  const holders = [...mountUses(name, users), ...swapUses(name, users), ...poolUses(name, users)];
  const found = [
    ...holders,
    ...tableUses(name, users),
    ...labelUses(name, users),
    ...contentUses(probe, holders),
  ];
  return [
    ...found,
    ...endUses(probe, found),
    ...(holders.length === 0 ? openUses(path, name, users) : []),
    ...(probe.failure === undefined
      ? []
      : [{ kind: 'open' as const, detail: `cannot be read: ${probe.failure}` }]),
  ];
}

/** The device's own name and every label on it: with diskid labels partitions are called diskid/DISK-xp1. */
function namesOf(name: string, users: DeviceUsers): string[] {
  return [name, ...[...users.labels.keys()].filter((label) => realName(label, users) === name)];
}

/** The device itself, or a partition of it (da0p3, da0s1, da0s1a), encrypted (.eli) or not. */
function belongsTo(name: string, device: string, users: DeviceUsers): boolean {
  const used = realName(realName(device, users).replace(/\.(?:eli|journal|nop)$/, ''), users);
  return namesOf(name, users).some((own) => used === own || isPartition(own, used));
}

/** A letter alone is a BSD partition only after a number (da0a): zvols are called vol and vola. */
function isPartition(whole: string, part: string): boolean {
  const suffix = /\d$/.test(whole) ? /^(?:p\d+|s\d+[a-h]?|[a-h])$/ : /^(?:p\d+|s\d+[a-h]?)$/;
  return part.startsWith(whole) && suffix.test(part.slice(whole.length));
}

function mountUses(name: string, users: DeviceUsers): ProviderUse[] {
  return users.mounts
    .filter((mount) => mount.device.startsWith('/dev/') && belongsTo(name, mount.device, users))
    .map((mount) => ({
      kind: 'mounted',
      detail: `${mount.type} mounted on ${mount.mountpoint} (${mount.device})`,
    }));
}

function swapUses(name: string, users: DeviceUsers): ProviderUse[] {
  return users.swap
    .filter((device) => belongsTo(name, device, users))
    .map((device) => ({ kind: 'swap', detail: `swap space in use (${device})` }));
}

function poolUses(name: string, users: DeviceUsers): ProviderUse[] {
  return users.pools
    .filter((member) => belongsTo(name, member.device, users))
    .map((member) => ({ kind: 'zpool', detail: `member of pool ${member.pool} (${member.device})` }));
}

function tableUses(name: string, users: DeviceUsers): ProviderUse[] {
  const table = namesOf(name, users).flatMap((own) => users.tables.get(own) ?? [])[0];
  if (!table) return [];
  const count = table.partitions.length;
  const list = table.partitions.map((partition) => `${partition.name} ${partition.type}`).join(', ');
  const detail = `${table.scheme} with ${count} partition${count === 1 ? '' : 's'}${list && `: ${list}`}`;
  return [{ kind: 'partition-table', detail: table.corrupt ? `${detail} (corrupt)` : detail }];
}

/** Labels that somebody wrote. gptid, gpt and diskid come by themselves with partitions and drives. */
function labelUses(name: string, users: DeviceUsers): ProviderUse[] {
  return [...users.labels]
    .filter(([label, component]) => component === name && !/^(?:gptid|gpt|diskid)\//.test(label))
    .map(([label]) => ({ kind: 'label', detail: `label ${label}` }));
}

function contentUses(probe: Probe, holders: readonly ProviderUse[]): ProviderUse[] {
  const { content } = probe;
  if (content === undefined) return [];
  if (content === 'geli') return [{ kind: 'geli', detail: 'geli encryption' }];
  if (content === 'zfs') {
    const known = holders.some((use) => use.kind === 'zpool');
    return known ? [] : [{ kind: 'zpool', detail: 'label of a ZFS pool that is not imported' }];
  }
  const detail = `${content} file system`;
  // HAST's metadata and bitmap leave a superblock at 64 kB alone, so an old one may still show.
  return [
    {
      kind: 'filesystem',
      detail: probe.hastResource === undefined ? detail : `${detail}, maybe from before HAST`,
    },
  ];
}

/** What FreeBSD's tools do not name; zeros at both ends are the only sign that nothing is there. */
function endUses({ ends, hastResource }: Probe, found: readonly ProviderUse[]): ProviderUse[] {
  if (ends === undefined || ends.mark === 'blank' || ends.mark === 'unreadable') return [];
  const known = ends.known.filter(({ kind }) => !found.some((use) => use.kind === kind));
  if (known.length + found.length > 0 || hastResource !== undefined) return known;
  return [{ kind: 'unrecognised', detail: 'data that is not recognised' }];
}

/** Open by somebody who is not explained: exclusively, or for writing and not by hastd. */
function openUses(path: string, name: string, users: DeviceUsers): ProviderUse[] {
  const open = users.modes.get(name);
  if (!open) return [];
  const counts = `r${open.read}w${open.write}e${open.exclusive}`;
  if (open.exclusive > 0)
    return [{ kind: 'open', detail: `held open by another program or GEOM class (${counts})` }];
  const byHast = users.hast.some(
    (resource) => realName(resource.localPath, users) === name && resource.role !== 'init',
  );
  if (open.write === 0 || byHast) return [];
  return [{ kind: 'open', detail: `${path} is open for writing, and not by hastd (${counts})` }];
}
