import { type Frames, frameOf } from './frames.js';
import type { PoolFacts, PoolVdev, ZfsFacts } from './types.js';

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
  const layouts = parsePoolVdevs(frameOf(frames, 'zfs.status').stdout);
  return {
    loaded: frameOf(frames, 'zfs.loaded').code === 0,
    pools: parsePools(frameOf(frames, 'zfs.pools').stdout).map((pool): PoolFacts => {
      const vdevs = layouts.get(pool.name);
      return vdevs === undefined ? pool : { ...pool, vdevs };
    }),
    volumes: parseVolumes(frameOf(frames, 'zfs.volumes').stdout),
  };
}

/** `zpool list -Hp -o name,size,free,health`. */
export function parsePools(text: string): PoolFacts[] {
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
    members.push({ pool, device: deviceOf(name) });
  }
  return members;
}

/**
 * Top-level members of each pool from `zpool status`, by indent: the pool and the headings `logs`, `cache`,
 * `spares` … after one tab, its members two blanks deeper, theirs again two.
 */
export function parsePoolVdevs(text: string): Map<string, PoolVdev[]> {
  const layouts = new Map<string, PoolVdev[]>();
  let pool = '';
  let section = '';
  let group: { kind: string; devices: string[] } | undefined;
  for (const line of text.split('\n')) {
    pool = /^ *pool: (\S+)$/.exec(line)?.[1] ?? pool;
    const [, blanks, name] = /^\t( *)(\S+)/.exec(line) ?? [];
    if (blanks === undefined || name === undefined || name === 'NAME') continue;
    const vdevs = layouts.get(pool) ?? [];
    layouts.set(pool, vdevs);
    if (blanks.length === 0) section = name === pool ? '' : name;
    else if (blanks.length === 2) {
      group = { kind: section || kindOfVdev(name), devices: isGroup(name) ? [] : [deviceOf(name)] };
      vdevs.push(group);
    } else if (!isGroup(name)) group?.devices.push(deviceOf(name));
  }
  return layouts;
}

function kindOfVdev(name: string): string {
  return isGroup(name) ? name.replace(/-\d+$/, '') : 'disk';
}

function deviceOf(name: string): string {
  return name.startsWith('/') ? name : `/dev/${name}`;
}

/** mirror-0, raidz2-1, replacing-0 …, and the bare number of a device that is gone. */
function isGroup(name: string): boolean {
  return /^(?:(?:mirror|raidz\d?|draid\S*|spare|replacing|indirect)-\d+|\d+)$/.test(name);
}
