import { emptyImage, type FsImage, type PoolLabel } from './images.js';
import type { Volume } from './volume.js';

/** An imported pool. */
export interface Pool {
  id: string;
  label: PoolLabel;
  /** The first member's; the other members' copies follow it. */
  image: FsImage;
  members: Volume[];
  cached: boolean;
}

/** A refusal of zpool(8) or zfs(8), in their words. */
export class ZfsError extends Error {}

/** Found by looking at devices, not imported. */
export interface FoundPool {
  id: string;
  label: PoolLabel;
  members: Volume[];
}

export interface CreateOptions {
  force: boolean;
  cached: boolean;
  mountpoint: string | undefined;
}

export function zvolPath(pool: Pool, name: string): string {
  return `/dev/zvol/${pool.label.name}/${name}`;
}

/** How many members an import needs. */
export function needed(label: PoolLabel): number {
  if (label.layout === 'mirror') return 1;
  const parity = label.layout.startsWith('raidz') ? Number(label.layout.slice(5) || '1') : 0;
  return label.members.length - parity;
}

export function newImage(id: string, tree: string, label: PoolLabel): FsImage {
  return { ...emptyImage(id, 'zpool', tree), pool: structuredClone(label) };
}
