import {
  chmod,
  chown,
  copyFile,
  lchown,
  lstat,
  lutimes,
  mkdir,
  readdir,
  readlink,
  rm,
  symlink,
} from 'node:fs/promises';
import { join } from 'node:path';

/** What a file system or pool member holds: its flags, and its files in a real directory. */
export interface FsImage {
  id: string;
  kind: 'ufs' | 'zpool';
  /** Directory of its files while it is not mounted. */
  tree: string;
  softUpdates: boolean;
  journaled: boolean;
  clean: boolean;
  /** A synchronisation onto it was broken off: its blocks are of two ages. */
  torn: boolean;
  /** First extent of each file, handed out in order. */
  extents: Map<string, number>;
  /** Files as they were when last looked at. */
  seen: Map<string, string>;
  nextExtent: number;
  /** Whatever a pool needs to remember. */
  pool?: PoolLabel;
}

/** What every member of a pool knows of it. */
export interface PoolLabel {
  name: string;
  layout: string;
  /** Device paths of all members at creation. */
  members: string[];
  /** Bytes. */
  size: number;
  exported: boolean;
  lastHost: string;
  lastHostid: number;
  /** Milliseconds. */
  lastAccess: number;
  mountpoint: string;
  canmount: boolean;
  /** Child file systems, directories of the pool's tree here. */
  filesystems: string[];
  volumes: { name: string; size: number; volmode: string }[];
}

/** Nothing in it, and nothing wrong with it. */
export function emptyImage(id: string, kind: FsImage['kind'], tree: string): FsImage {
  return {
    id,
    kind,
    tree,
    softUpdates: false,
    journaled: false,
    clean: true,
    torn: false,
    extents: new Map(),
    seen: new Map(),
    nextExtent: 8,
  };
}

/** Files of a tree: relative path -> a word that changes with content, mode or kind, and the size. */
export async function scan(root: string): Promise<Map<string, { mark: string; size: number }>> {
  const found = new Map<string, { mark: string; size: number }>();
  const walk = async (below: string): Promise<void> => {
    for (const entry of await readdir(join(root, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      const stat = await lstat(join(root, path)).catch(() => undefined);
      if (stat === undefined) continue;
      const size = stat.isFile() ? stat.size : 0;
      const time = stat.isDirectory() ? 0 : stat.mtimeMs;
      found.set(path, { mark: `${stat.mode} ${size} ${time} ${stat.isDirectory() ? 0 : stat.ino}`, size });
      if (stat.isDirectory()) await walk(path);
    }
  };
  await walk('');
  return found;
}

/** Makes `to` equal to `from`, copying only what differs in size, time or mode; owners are kept. */
export async function mirror(from: string, to: string): Promise<void> {
  await mkdir(to, { recursive: true });
  const source = await readdir(from, { withFileTypes: true });
  const wanted = new Set(source.map((entry) => entry.name));
  for (const name of await readdir(to)) {
    if (!wanted.has(name)) await rm(join(to, name), { recursive: true, force: true });
  }
  for (const entry of source) await mirrorEntry(join(from, entry.name), join(to, entry.name));
  const stat = await lstat(from);
  await chmod(to, stat.mode & 0o7777);
  await chown(to, stat.uid, stat.gid).catch(() => undefined);
}

async function mirrorEntry(from: string, to: string): Promise<void> {
  const stat = await lstat(from).catch(() => undefined);
  if (stat === undefined) return;
  const old = await lstat(to).catch(() => undefined);
  if (stat.isDirectory()) {
    if (old !== undefined && !old.isDirectory()) await rm(to, { force: true });
    await mirror(from, to);
    return;
  }
  const same =
    old !== undefined &&
    (old.mode & 0o170000) === (stat.mode & 0o170000) &&
    old.size === stat.size &&
    Math.abs(old.mtimeMs - stat.mtimeMs) < 1;
  if (!same) {
    if (old !== undefined) await rm(to, { recursive: true, force: true });
    if (stat.isSymbolicLink()) await symlink(await readlink(from), to);
    else if (stat.isFile()) await copyFile(from, to);
    else return;
  }
  if (stat.isFile()) await chmod(to, stat.mode & 0o7777);
  await lchown(to, stat.uid, stat.gid).catch(() => undefined);
  await lutimes(to, stat.atimeMs / 1000, stat.mtimeMs / 1000);
}
