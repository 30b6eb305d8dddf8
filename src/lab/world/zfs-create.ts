import { randomBytes } from 'node:crypto';
import type { PoolLabel } from './images.js';
import { type CreateOptions, newImage, type Pool, ZfsError } from './pool.js';
import { type Volume, volumeAt, writePool } from './volume.js';
import { PoolVolumes } from './zfs-volumes.js';

/** Makes pools. */
export class NewPools extends PoolVolumes {
  /** Pools named in the cache file, by name. */
  protected readonly cache = new Map<string, string[]>();

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
      ...this.stamp(),
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
    if (options.cached) this.cache.set(name, label.members);
    await this.spread(pool, [0, 1, 2]);
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

  protected stamp(): { lastHost: string; lastHostid: number; lastAccess: number } {
    const { name, profile } = this.machine;
    return { lastHost: name, lastHostid: profile.hostid, lastAccess: this.machine.now() };
  }
}
