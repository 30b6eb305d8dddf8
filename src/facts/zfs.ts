import { type Frames, frameOf } from './frames.js';
import type { ZfsFacts } from './types.js';

/**
 * `zfs list` and `zpool list` load zfs.ko by themselves, so they run only when the module is there. A pool whose
 * devices are gone hangs them: bounded. `status -P` (full paths) is OpenZFS, 13+.
 */
export function zfsBody(): string {
  return `pool_status() {
  bounded 10 zpool status -P 2>/dev/null || bounded 10 zpool status
}
zfs_facts() {
  frame zfs.loaded kldstat -q -m zfs
  [ "$code" = 0 ] || return 0
  frame zfs.pools bounded 10 zpool list -Hp -o name,size,free,health
  frame zfs.status pool_status
  frame zfs.volumes bounded 10 zfs list -Hp -t volume -o name,volsize
}
`;
}

export function parseZfs(frames: Frames): ZfsFacts {
  return {
    loaded: frameOf(frames, 'zfs.loaded').code === 0,
    pools: parsePools(frameOf(frames, 'zfs.pools').stdout),
    volumes: parseVolumes(frameOf(frames, 'zfs.volumes').stdout),
  };
}

/** `zpool list -Hp -o name,size,free,health`. */
export function parsePools(text: string): ZfsFacts['pools'][number][] {
  return rows(text).flatMap(([name, size, free, health]) =>
    name && size && free && health ? [{ name, size: bytes(size), free: bytes(free), health }] : [],
  );
}

/** `zfs list -Hp -t volume -o name,volsize`. */
export function parseVolumes(text: string): ZfsFacts['volumes'][number][] {
  return rows(text).flatMap(([name, size]) => (name && size ? [{ name, size: bytes(size) }] : []));
}

function rows(text: string): string[][] {
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => line.split('\t'));
}

const UNITS = 'KMGTPE';

/** Bytes of `-p`'s plain number, or of the rounded `480M` where -p is ignored; 0 for `-`. */
function bytes(text: string): number {
  const match = /^([\d.]+)([KMGTPE]?)B?$/.exec(text);
  if (!match) return 0;
  return Math.round(Number(match[1]) * 1024 ** (UNITS.indexOf(match[2] || ' ') + 1));
}

export interface PoolMember {
  pool: string;
  /** Under /dev, absolute. */
  device: string;
}

/** Devices of imported pools, from `zpool status` with or without -P. */
export function parsePoolMembers(text: string): PoolMember[] {
  const members: PoolMember[] = [];
  let pool: string | undefined;
  for (const line of text.split('\n')) {
    pool = /^ *pool: (\S+)$/.exec(line)?.[1] ?? pool;
    const name = /^\t +(\S+)/.exec(line)?.[1];
    if (pool === undefined || name === undefined || isGroup(name)) continue;
    members.push({ pool, device: name.startsWith('/') ? name : `/dev/${name}` });
  }
  return members;
}

/** mirror-0, raidz2-1, replacing-0 …, and the bare number of a device that is gone. */
function isGroup(name: string): boolean {
  return /^(?:(?:mirror|raidz\d?|draid\S*|spare|replacing|indirect)-\d+|\d+)$/.test(name);
}
