import { randomBytes } from 'node:crypto';
import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Disk } from './disk.js';
import type { HastResource } from './hast-resource.js';
import { type FsImage, mirror, type PoolLabel } from './images.js';
import type { Machine } from './machine.js';
import { changedExtents, type Mount } from './ufs.js';
import { poolId, type Volume, volumeAt, writePool } from './volume.js';

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

/** Pools and volumes of one machine; members' contents live in the images of their disks. */
export class Zfs {
  readonly pools = new Map<string, Pool>();
  /** Disks of zvols by device path; their files exist only while the pool is imported. */
  readonly #volumes = new Map<string, Disk>();
  /** Pools that something in the kernel uses: they cannot be exported, not even by force. */
  readonly busy = new Set<string>();
  /** Pools named in the cache file, by name. */
  readonly #cache = new Map<string, string[]>();

  constructor(readonly machine: Machine) {}

  /** The machine lost its memory. */
  reset(): Promise<void> {
    return this.machine.core.exclusive(() => this.#resetAlone());
  }

  async #resetAlone(): Promise<void> {
    for (const pool of [...this.pools.values()]) await this.#hideVolumes(pool);
    this.pools.clear();
    this.busy.clear();
  }

  volumeDisk(path: string): Disk | undefined {
    return this.#volumes.get(path);
  }

  /** Says `zpool` for a disk that is a member of an imported pool itself. */
  holds(disk: Disk): string | undefined {
    const member = [...this.pools.values()].some((pool) =>
      pool.members.some((one) => one.disk === disk && one.resource === undefined),
    );
    return member ? 'zpool' : undefined;
  }

  /** At boot with zfs_enable: what the cache file names. */
  importCached(): Promise<void> {
    return this.machine.core.exclusive(() => this.#importCachedAlone());
  }

  async #importCachedAlone(): Promise<void> {
    for (const [name, devices] of [...this.#cache]) {
      const found = (await this.find(devices)).find((one) => one.label.name === name);
      if (found !== undefined) await this.import(found, { cached: true });
    }
  }

  /** zpool create. Throws ZfsError. */
  create(name: string, layout: string, devices: readonly string[], options: CreateOptions): Promise<void> {
    return this.machine.core.exclusive(() => this.#createAlone(name, layout, devices, options));
  }

  async #createAlone(
    name: string,
    layout: string,
    devices: readonly string[],
    options: CreateOptions,
  ): Promise<void> {
    const members = devices.map((device) => this.#member(device));
    const sizes = new Set(members.map((member) => member.size));
    if (!options.force && layout !== 'stripe' && sizes.size > 1) {
      throw new ZfsError(
        `invalid vdev specification\nuse '-f' to override the following errors:\n${layout} contains devices of different sizes`,
      );
    }
    const least = Math.min(...sizes);
    const parity = layout.startsWith('raidz') ? Number(layout.slice(5) || '1') : 0;
    const data = layout === 'mirror' ? 1 : members.length - parity;
    const label: PoolLabel = {
      name,
      layout,
      members: members.map((member) => member.path),
      size: Math.floor((least * data) / 16_777_216) * 16_777_216 - 33_554_432,
      exported: false,
      ...this.#stamp(),
      mountpoint: options.mountpoint ?? `/${name}`,
      canmount: true,
      filesystems: [],
      volumes: [],
    };
    const id = randomBytes(8).toString('hex');
    for (const member of members) {
      await writePool(member, id);
      const tree = await this.machine.fs.newTree(member.disk.name);
      member.disk.images.set(id, newImage(id, tree, label));
    }
    const image = members[0]?.disk.images.get(id);
    if (image === undefined) throw new ZfsError('invalid vdev specification: no devices');
    const pool: Pool = { id, label: image.pool ?? label, image, members, cached: options.cached };
    this.pools.set(name, pool);
    if (options.cached) this.#cache.set(name, label.members);
    await this.#spread(pool, [0, 1, 2]);
    await this.mount(pool);
  }

  #member(device: string): Volume {
    const volume = volumeAt(this.machine, device);
    if (volume === undefined) throw new ZfsError(`cannot open '${device}': no such GEOM provider`);
    const busy =
      this.machine.fs.mounts.some((one) => one.volume?.path === volume.path) || this.holdsVolume(volume);
    const held = volume.resource === undefined && this.machine.fs.exclusive(volume.disk) !== undefined;
    if (busy || held)
      throw new ZfsError(
        `cannot create: one or more vdevs refer to the same device, or one of\nthe devices is part of an active md or lvm device`,
      );
    return volume;
  }

  holdsVolume(volume: Volume): boolean {
    return [...this.pools.values()].some((pool) => pool.members.some((one) => one.path === volume.path));
  }

  #stamp(): { lastHost: string; lastHostid: number; lastAccess: number } {
    const { name, profile } = this.machine;
    return { lastHost: name, lastHostid: profile.hostid, lastAccess: this.machine.now() };
  }

  /** Pools that the devices carry and that are not imported, complete enough to import. */
  async find(devices: readonly string[]): Promise<FoundPool[]> {
    const found = new Map<string, FoundPool>();
    for (const device of devices) {
      const volume = volumeAt(this.machine, device);
      if (volume === undefined) continue;
      const id = await poolId(volume);
      const label = id === undefined ? undefined : volume.disk.images.get(id)?.pool;
      if (id === undefined || label === undefined || this.pools.has(label.name)) continue;
      const one = found.get(id) ?? { id, label, members: [] };
      one.members.push(volume);
      found.set(id, one);
    }
    return [...found.values()].filter((one) => one.members.length >= needed(one.label));
  }

  /** zpool import of a found pool. */
  import(found: FoundPool, options: { cached: boolean }): Promise<Pool> {
    return this.machine.core.exclusive(() => this.#importAlone(found, options));
  }

  async #importAlone(found: FoundPool, options: { cached: boolean }): Promise<Pool> {
    const first = found.members[0];
    const image = first?.disk.images.get(found.id);
    if (image?.pool === undefined)
      throw new ZfsError(`cannot import '${found.label.name}': one or more devices is unavailable`);
    const pool: Pool = { ...found, label: image.pool, image, cached: options.cached };
    Object.assign(pool.label, this.#stamp(), { exported: false });
    this.pools.set(pool.label.name, pool);
    if (options.cached)
      this.#cache.set(
        pool.label.name,
        pool.members.map((one) => one.path),
      );
    await this.#spread(pool, [0, 1, 2]);
    for (const volume of pool.label.volumes) await this.#showVolume(pool, volume);
    return pool;
  }

  /** zpool export, also the end of destroy. Throws ZfsError when something uses it. */
  export(pool: Pool, force: boolean): Promise<void> {
    return this.machine.core.exclusive(() => this.#exportAlone(pool, force));
  }

  async #exportAlone(pool: Pool, force: boolean): Promise<void> {
    const mount = this.mounted(pool);
    if (mount !== undefined) {
      if (!force && (await this.machine.fs.users(mount.mountpoint)).length > 0) {
        throw new ZfsError(`cannot unmount '${mount.mountpoint}': pool or dataset is busy`);
      }
      await this.unmount(pool);
    }
    const active = [...this.machine.hastd.resources.values()].some((one) =>
      pool.label.volumes.some(
        (volume) => one.worker?.disk === this.#volumes.get(zvolPath(pool, volume.name)),
      ),
    );
    if (active || this.busy.has(pool.label.name))
      throw new ZfsError(`cannot export '${pool.label.name}': pool is busy`);
    Object.assign(pool.label, this.#stamp(), { exported: true });
    await this.#spread(pool, [0, 1, 2]);
    await this.#hideVolumes(pool);
    this.pools.delete(pool.label.name);
    this.#cache.delete(pool.label.name);
  }

  destroy(pool: Pool): Promise<void> {
    return this.machine.core.exclusive(() => this.#destroyAlone(pool));
  }

  async #destroyAlone(pool: Pool): Promise<void> {
    await this.export(pool, true);
    for (const member of pool.members) {
      await writePool(member, undefined);
      await this.machine.fs.forget(member.disk, pool.id);
      await this.machine.fs.changed(member, [0]);
    }
  }

  mounted(pool: Pool): Mount | undefined {
    return this.machine.fs.mounts.find((one) => one.type === 'zfs' && one.device === pool.label.name);
  }

  /** Mounts the pool's file system at its mount point, making the directory. */
  mount(pool: Pool): Promise<void> {
    return this.machine.core.exclusive(() => this.#mountAlone(pool));
  }

  async #mountAlone(pool: Pool): Promise<void> {
    const { files, fs } = this.machine;
    const { mountpoint } = pool.label;
    if (mountpoint === 'none' || mountpoint === 'legacy' || this.mounted(pool) !== undefined) return;
    await files.mkdir(mountpoint);
    const target = await files.real(mountpoint);
    await fs.place(pool.image, target, await stat(target));
    fs.mounts.push({
      device: pool.label.name,
      mountpoint,
      type: 'zfs',
      options: ['local', 'nfsv4acls'],
      image: pool.image,
      volume: undefined,
      torn: false,
    });
  }

  unmount(pool: Pool): Promise<void> {
    return this.machine.core.exclusive(() => this.#unmountAlone(pool));
  }

  async #unmountAlone(pool: Pool): Promise<void> {
    const mount = this.mounted(pool);
    if (mount === undefined) return;
    await this.#flushPool(pool);
    await this.machine.fs.lift(mount);
    this.machine.fs.mounts.splice(this.machine.fs.mounts.indexOf(mount), 1);
  }

  /** Looks at what was written below pools that use the resource. */
  flush(resource: HastResource): Promise<void> {
    return this.machine.core.exclusive(() => this.#flushAlone(resource));
  }

  async #flushAlone(resource: HastResource): Promise<void> {
    for (const pool of this.pools.values()) {
      if (pool.members.some((one) => one.resource === resource)) await this.#flushPool(pool);
    }
  }

  async #flushPool(pool: Pool): Promise<void> {
    if (this.mounted(pool) === undefined || this.suspended(pool)) return;
    const extents = await changedExtents(pool.image);
    if (extents.length > 0) await this.#spread(pool, extents);
  }

  /** A member's device is gone below the imported pool. */
  suspended(pool: Pool): boolean {
    return pool.members.some((one) => one.resource !== undefined && one.resource.role !== 'primary');
  }

  addVolume(pool: Pool, volume: { name: string; size: number; volmode: string }): Promise<void> {
    return this.machine.core.exclusive(() => this.#addVolumeAlone(pool, volume));
  }

  async #addVolumeAlone(pool: Pool, volume: { name: string; size: number; volmode: string }): Promise<void> {
    pool.label.volumes.push(volume);
    await this.#spread(pool, [0, 1]);
    await this.#showVolume(pool, volume);
  }

  removeVolume(pool: Pool, name: string): Promise<void> {
    return this.machine.core.exclusive(() => this.#removeVolumeAlone(pool, name));
  }

  async #removeVolumeAlone(pool: Pool, name: string): Promise<void> {
    const path = zvolPath(pool, name);
    pool.label.volumes = pool.label.volumes.filter((one) => one.name !== name);
    this.#volumes.delete(path);
    await this.machine.files.remove(path);
    await this.#spread(pool, [0, 1]);
  }

  changed(pool: Pool): Promise<void> {
    return this.machine.core.exclusive(() => this.#changedAlone(pool));
  }

  async #changedAlone(pool: Pool): Promise<void> {
    await this.#spread(pool, [0]);
  }

  /** Every member gets label and files; what lies on HAST goes to the peer or becomes dirty. */
  async #spread(pool: Pool, extents: readonly number[]): Promise<void> {
    if (this.suspended(pool)) return;
    for (const member of pool.members) {
      const image = member.disk.images.get(pool.id);
      if (image !== undefined && image !== pool.image) {
        image.pool = structuredClone(pool.label);
        await mirror(pool.image.tree, image.tree);
      }
      await this.machine.fs.changed(member, extents);
    }
  }

  async #showVolume(pool: Pool, volume: { name: string; size: number; volmode: string }): Promise<void> {
    // No device node with volmode=dev, as measured (§3.12).
    if (volume.volmode === 'dev' || volume.volmode === 'none') return;
    const path = zvolPath(pool, volume.name);
    const { files } = this.machine;
    await files.mkdir(path.replace(/\/[^/]*$/, ''));
    const kept = await this.#keptAt(path);
    const disk =
      this.#volumes.get(path) ??
      new Disk(this.machine, { name: path.slice('/dev/'.length), size: volume.size, sectorSize: 512 }, path);
    this.#volumes.set(path, disk);
    const there = await stat(kept).catch(() => undefined);
    if (there !== undefined && !(await files.exists(path))) await rename(kept, await files.real(path));
    await disk.create();
  }

  async #hideVolumes(pool: Pool): Promise<void> {
    for (const volume of pool.label.volumes) {
      const path = zvolPath(pool, volume.name);
      if (!(await this.machine.files.exists(path))) continue;
      const kept = await this.#keptAt(path);
      await rm(kept, { force: true });
      await rename(await this.machine.files.real(path), kept);
    }
    await this.machine.files.remove(`/dev/zvol/${pool.label.name}`);
  }

  async #keptAt(path: string): Promise<string> {
    return join(await this.machine.store(), `zvol${path.replaceAll('/', '-')}`);
  }
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
function needed(label: PoolLabel): number {
  if (label.layout === 'mirror') return 1;
  const parity = label.layout.startsWith('raidz') ? Number(label.layout.slice(5) || '1') : 0;
  return label.members.length - parity;
}

function newImage(id: string, tree: string, label: PoolLabel): FsImage {
  return {
    id,
    kind: 'zpool',
    tree,
    softUpdates: false,
    journaled: false,
    clean: true,
    torn: false,
    extents: new Map(),
    seen: new Map(),
    nextExtent: 8,
    pool: structuredClone(label),
  };
}
