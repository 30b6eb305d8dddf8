import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk } from './disk.js';
import { EXTENT_SIZE } from './hast-metadata.js';
import type { HastResource } from './hast-resource.js';
import type { Session } from './hast-session.js';
import { type FsImage, mirror, scan } from './images.js';
import type { Machine } from './machine.js';
import { META_BYTES, poolId, ufsId, type Volume, volumeAt, writeUfs } from './volume.js';

export interface Mount {
  device: string;
  mountpoint: string;
  type: 'ufs' | 'devfs' | 'tmpfs' | 'zfs';
  options: string[];
  image: FsImage | undefined;
  volume: Volume | undefined;
  /** The device went away below it. */
  torn: boolean;
}

/** A refusal of mount(8), umount(8) or newfs(8), in their words. */
export class FsError extends Error {
  constructor(
    message: string,
    readonly code = 1,
  ) {
    super(message);
  }
}

/** Mounts of one machine; contents are real trees moved under the mount point and away again. */
export class FileSystems {
  readonly mounts: Mount[] = [];

  constructor(readonly machine: Machine) {}

  diskAt(path: string): Disk | undefined {
    const wanted = path.startsWith('/') ? path.replace(/\/+/g, '/') : `/dev/${path}`;
    for (const disk of this.machine.disks.values()) if (disk.path === wanted) return disk;
    return this.machine.zfs?.volumeDisk(wanted);
  }

  /** What holds the disk exclusively, in a word for people; undefined: nothing. */
  exclusive(disk: Disk): string | undefined {
    if (disk.name === 'vtbd0') return 'mount';
    const mount = this.mounts.find((one) => one.volume?.disk === disk && one.volume.resource === undefined);
    return mount === undefined ? (disk.holder ?? this.machine.zfs?.holds(disk)) : 'mount';
  }

  /** GEOM access counts as `geom disk list` shows them. */
  mode(disk: Disk): string {
    if (disk.name === 'vtbd0') return 'r2w2e3';
    const held = this.exclusive(disk);
    if (held !== undefined) return 'r1w1e1';
    const active = [...this.machine.hastd.resources.values()].some((one) => one.worker?.disk === disk);
    if (!active) return 'r0w0e0';
    return this.mounts.some((one) => one.volume?.disk === disk && one.type === 'ufs') ? 'r2w1e0' : 'r1w1e0';
  }

  at(mountpoint: string): Mount | undefined {
    return this.mounts.findLast((one) => one.mountpoint === mountpoint || one.device === mountpoint);
  }

  /** The mount that a path lies in. */
  holding(path: string): Mount | undefined {
    return this.mounts.findLast((one) => path === one.mountpoint || path.startsWith(`${one.mountpoint}/`));
  }

  async image(volume: Volume): Promise<FsImage | undefined> {
    const id = await ufsId(volume);
    return id === undefined ? undefined : volume.disk.images.get(id);
  }

  async newTree(name: string): Promise<string> {
    const tree = join(
      await this.machine.store(),
      `${name.replaceAll('/', '-')}-${randomBytes(4).toString('hex')}`,
    );
    await mkdir(tree);
    return tree;
  }

  /** newfs(8) -U and -j. */
  newfs(volume: Volume, options: { softUpdates: boolean; journaled: boolean }): Promise<void> {
    return this.machine.core.exclusive(() => this.#newfsAlone(volume, options));
  }

  async #newfsAlone(volume: Volume, options: { softUpdates: boolean; journaled: boolean }): Promise<void> {
    const id = randomBytes(8).toString('hex');
    const tree = await this.newTree(volume.disk.name);
    const image: FsImage = {
      id,
      kind: 'ufs',
      tree,
      ...options,
      clean: true,
      torn: false,
      extents: new Map(),
      seen: new Map(),
      nextExtent: 8,
    };
    await mkdir(join(tree, '.snap'));
    image.seen = marks(await scan(tree));
    volume.disk.images.set(id, image);
    await writeUfs(volume, id);
    const groups = Math.floor(volume.size / 134_217_728);
    const headers = Array.from({ length: groups }, (_, index) => (index + 1) * 64);
    await this.changed(volume, [0, 1, 2, ...headers]);
  }

  /** mount(8) of a UFS. Throws FsError. */
  mount(volume: Volume, mountpoint: string, options: { readonly: boolean; force: boolean }): Promise<void> {
    return this.machine.core.exclusive(() => this.#mountAlone(volume, mountpoint, options));
  }

  async #mountAlone(
    volume: Volume,
    mountpoint: string,
    options: { readonly: boolean; force: boolean },
  ): Promise<void> {
    const { machine } = this;
    const say = (text: string): FsError => new FsError(`mount: ${text}`);
    const target = await machine.files.real(mountpoint);
    const there = await stat(target).catch(() => undefined);
    if (there === undefined) throw say(`${mountpoint}: No such file or directory`);
    if (!there.isDirectory()) throw say(`${mountpoint}: Not a directory`);
    const busy = this.mounts.some((one) => one.device === volume.path || one.mountpoint === mountpoint);
    const hastActive =
      volume.resource === undefined &&
      [...machine.hastd.resources.values()].some((one) => one.worker?.disk === volume.disk);
    if (busy || hastActive || (volume.resource === undefined && this.exclusive(volume.disk) !== undefined)) {
      throw say(`${volume.path}: Device busy`);
    }
    const image = await this.image(volume);
    if (image === undefined) throw say(`${volume.path}: Invalid argument`);
    if (!image.clean && !options.readonly && !options.force) this.#refuseUnclean(image, volume, mountpoint);
    await this.place(image, target, there);
    const kinds = [
      ...(options.readonly ? ['read-only'] : []),
      'local',
      ...(image.softUpdates ? ['soft-updates'] : []),
      ...(image.journaled ? ['journaled soft-updates'] : []),
    ];
    this.mounts.push({
      device: volume.path,
      mountpoint,
      type: 'ufs',
      options: kinds,
      image,
      volume,
      torn: false,
    });
    if (!options.readonly) {
      image.clean = false;
      await this.changed(volume, [0]);
    }
  }

  #refuseUnclean(image: FsImage, volume: Volume, mountpoint: string): void {
    if (image.softUpdates && !image.journaled) {
      this.machine.kernel(`WARNING: ${mountpoint} was not properly dismounted`);
      return;
    }
    const more = image.journaled ? ' Forced mount will invalidate journal contents' : '';
    throw new FsError(
      `mount: ${volume.path}: R/W mount of ${mountpoint} denied. Filesystem is not clean - run fsck.${more}: ` +
        'Operation not permitted',
    );
  }

  /** Moves a tree under the mount point, with the covered directory's owner so that the node's own sh may write. */
  async place(image: FsImage, target: string, there: { uid: number; gid: number }): Promise<void> {
    const covered = await this.#coverPath(target);
    await rename(target, covered);
    await rename(image.tree, target);
    await chown(target, there.uid, there.gid).catch(() => undefined);
    await chmod(target, 0o755);
    this.#covered.set(target, covered);
    image.tree = target;
  }
  readonly #covered = new Map<string, string>();

  async #coverPath(target: string): Promise<string> {
    return join(await this.machine.store(), `covered-${target.length}-${randomBytes(4).toString('hex')}`);
  }

  /** Takes a tree away from its mount point. */
  async lift(mount: Mount): Promise<void> {
    const { image } = mount;
    if (image === undefined) return;
    const target = image.tree;
    const covered = this.#covered.get(target);
    const tree = join(await this.machine.store(), `${image.id}-${randomBytes(4).toString('hex')}`);
    await rename(target, tree);
    image.tree = tree;
    if (covered !== undefined) await rename(covered, target);
    this.#covered.delete(target);
  }

  /** umount(8). Throws FsError. */
  umount(name: string, force: boolean): Promise<void> {
    return this.machine.core.exclusive(() => this.#umountAlone(name, force));
  }

  async #umountAlone(name: string, force: boolean): Promise<void> {
    const mount = this.at(name.replace(/(.)\/+$/, '$1'));
    if (mount === undefined) throw new FsError(`umount: ${name}: not a file system root directory`);
    if (!force) {
      const user = (await this.users(mount.mountpoint))[0];
      if (user !== undefined) throw new FsError(`umount: unmount of ${mount.mountpoint} failed: Device busy`);
      if (mount.torn) {
        throw new FsError(`umount: unmount of ${mount.mountpoint} failed: Device not configured`);
      }
    }
    if (mount.type === 'zfs') {
      const pool = this.machine.zfs.pools.get(mount.device);
      if (pool !== undefined) await this.machine.zfs.unmount(pool);
      return;
    }
    if (!mount.torn && mount.volume !== undefined && mount.image !== undefined) {
      await this.#flushMount(mount);
      if (!mount.options.includes('read-only')) {
        mount.image.clean = true;
        await this.changed(mount.volume, [0]);
      }
    }
    await this.lift(mount);
    this.mounts.splice(this.mounts.indexOf(mount), 1);
  }

  /** Who has the working directory or a file in the mount: calls of simulated programs and real processes. */
  async users(mountpoint: string): Promise<{ pid: number; name: string; args: readonly string[] }[]> {
    const inside = (cwd: string): boolean => cwd === mountpoint || cwd.startsWith(`${mountpoint}/`);
    const found = new Map<number, { pid: number; name: string; args: readonly string[] }>();
    for (const { pid, words, cwd, open } of (await this.machine.host.processes?.()) ?? []) {
      if ([cwd, ...open].some(inside)) found.set(pid, { pid, name: words[0] ?? '', args: words.slice(1) });
    }
    for (const call of this.machine.calls) if (inside(call.cwd)) found.set(call.pid, call);
    // Asking from inside the mount does not make it busier than the asking shell already does.
    return [...found.values()].filter((one) => one.name !== 'umount');
  }

  /** Looks at what was written below mounts of the resource since the last look. */
  flush(resource: HastResource): Promise<void> {
    return this.machine.core.exclusive(() => this.#flushAlone(resource));
  }

  async #flushAlone(resource: HastResource): Promise<void> {
    for (const mount of [...this.mounts]) {
      if (mount.volume?.resource === resource && !mount.torn) await this.#flushMount(mount);
    }
    await this.machine.zfs?.flush(resource);
  }

  flushAll(): Promise<void> {
    return this.machine.core.exclusive(() => this.#flushAllAlone());
  }

  async #flushAllAlone(): Promise<void> {
    for (const mount of [...this.mounts]) if (!mount.torn) await this.#flushMount(mount);
    for (const resource of this.machine.hastd.resources.values()) await this.machine.zfs?.flush(resource);
  }

  async #flushMount(mount: Mount): Promise<void> {
    if (mount.image === undefined || mount.volume === undefined || mount.type !== 'ufs') return;
    const extents = await changedExtents(mount.image);
    if (extents.length > 0) await this.changed(mount.volume, extents);
  }

  /** Extents of a volume were written: to the mirror when there is one, otherwise they are dirty. */
  changed(volume: Volume, extents: readonly number[]): Promise<void> {
    return this.machine.core.exclusive(() => this.#changedAlone(volume, extents));
  }

  async #changedAlone(volume: Volume, extents: readonly number[]): Promise<void> {
    const { resource } = volume;
    if (resource === undefined) return;
    await resource.write(extents);
    const session = resource.worker?.session;
    if (session !== undefined && !session.syncing) await this.replicate(session);
  }

  /** Makes the secondary's data area equal to the primary's. */
  replicate(session: Session): Promise<void> {
    return this.machine.core.exclusive(() => this.#replicateAlone(session));
  }

  async #replicateAlone(session: Session): Promise<void> {
    const from = session.worker.disk;
    const to = session.other.disk;
    const offset = session.worker.metadata.localoff;
    await to.write(session.other.metadata.localoff, await from.read(offset, META_BYTES));
    const volume: Volume = { path: '', disk: from, offset, size: 0, resource: session.primary };
    for (const id of [await ufsId(volume), await poolId(volume)]) {
      const image = id === undefined ? undefined : from.images.get(id);
      if (image !== undefined) await copyImage(image, to);
    }
  }

  /** The device of a resource is gone: mounts on it are torn, cached files stay listed (measured §3.3). */
  tear(resource: HastResource): void {
    for (const mount of this.mounts) {
      if (mount.volume?.resource !== resource || mount.type !== 'ufs') continue;
      mount.torn = true;
      this.machine.kernel(`${mount.device}: UFS: ${mount.mountpoint}: device is gone`);
    }
  }

  /** Power cut or shutdown: every tree goes back to its disk, in the state it has. */
  detachAll(): Promise<void> {
    return this.machine.core.exclusive(() => this.#detachAllAlone());
  }

  async #detachAllAlone(): Promise<void> {
    for (const mount of this.mounts.splice(0).reverse()) await this.lift(mount);
  }

  /** Throws an image away with its files. */
  async forget(disk: Disk, id: string): Promise<void> {
    const image = disk.images.get(id);
    disk.images.delete(id);
    if (image !== undefined) await rm(image.tree, { recursive: true, force: true });
  }

  volume(path: string): Volume | undefined {
    return volumeAt(this.machine, path);
  }
}

function marks(found: Map<string, { mark: string; size: number }>): Map<string, string> {
  return new Map([...found].map(([path, { mark }]) => [path, mark]));
}

/** Extents that changed since the last look; remembers this look. */
export async function changedExtents(image: FsImage): Promise<number[]> {
  const found = await scan(image.tree);
  const extents = new Set<number>();
  for (const [path, { mark, size }] of found) {
    if (image.seen.get(path) === mark) continue;
    const length = Math.ceil(size / EXTENT_SIZE) + 1;
    let first = image.extents.get(path);
    if (first === undefined) {
      first = image.nextExtent;
      image.nextExtent += length;
      image.extents.set(path, first);
    }
    for (let extent = 0; extent < length; extent++) extents.add(first + extent);
  }
  const gone = [...image.seen.keys()].some((path) => !found.has(path));
  image.seen = marks(found);
  if (extents.size > 0 || gone) for (const extent of [0, 1, 2]) extents.add(extent);
  return [...extents];
}

/** Makes the disk's copy of an image equal to it. */
export async function copyImage(image: FsImage, to: Disk): Promise<void> {
  const old = to.images.get(image.id);
  const tree = old?.tree ?? (await to.machine.fs.newTree(to.name));
  await mirror(image.tree, tree);
  const { tree: _, ...rest } = image;
  const copy: FsImage = { ...rest, tree, torn: false, extents: new Map(image.extents), seen: new Map() };
  copy.seen = marks(await scan(tree));
  if (image.pool !== undefined) copy.pool = structuredClone(image.pool);
  to.images.set(image.id, copy);
}
