import { type FoundPool, needed, type Pool, ZfsError, zvolPath } from './pool.js';
import { poolId, volumeAt, writePool } from './volume.js';
import { NewPools } from './zfs-create.js';

/** Pools and volumes of one machine; members' contents live in the images of their disks. */
export class Zfs extends NewPools {
  /** The machine lost its memory. */
  reset(): Promise<void> {
    return this.machine.core.exclusive(() => this.#resetAlone());
  }

  async #resetAlone(): Promise<void> {
    for (const pool of [...this.pools.values()]) await this.hideVolumes(pool);
    this.pools.clear();
    this.busy.clear();
  }

  /** At boot with zfs_enable: what the cache file names. */
  importCached(): Promise<void> {
    return this.machine.core.exclusive(() => this.#importCachedAlone());
  }

  async #importCachedAlone(): Promise<void> {
    for (const [name, devices] of [...this.cache]) {
      const found = (await this.find(devices)).find((one) => one.label.name === name);
      if (found !== undefined) await this.import(found, { cached: true });
    }
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
    Object.assign(pool.label, this.stamp(), { exported: false });
    this.pools.set(pool.label.name, pool);
    if (options.cached)
      this.cache.set(
        pool.label.name,
        pool.members.map((one) => one.path),
      );
    await this.spread(pool, [0, 1, 2]);
    for (const volume of pool.label.volumes) await this.showVolume(pool, volume);
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
      pool.label.volumes.some((volume) => one.worker?.disk === this.volumes.get(zvolPath(pool, volume.name))),
    );
    const served = pool.label.volumes.some(({ name }) => this.machine.ctl.holds(zvolPath(pool, name)));
    if (active || served || this.busy.has(pool.label.name))
      throw new ZfsError(`cannot export '${pool.label.name}': pool is busy`);
    Object.assign(pool.label, this.stamp(), { exported: true });
    await this.spread(pool, [0, 1, 2]);
    await this.hideVolumes(pool);
    this.pools.delete(pool.label.name);
    this.cache.delete(pool.label.name);
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
}
