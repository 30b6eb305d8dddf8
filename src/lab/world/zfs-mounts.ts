import { stat } from 'node:fs/promises';
import type { Disk } from './disk.js';
import { changedExtents } from './extents.js';
import type { HastResource } from './hast-resource.js';
import { mirror } from './images.js';
import type { Machine } from './machine.js';
import type { Mount } from './mount.js';
import type { Pool } from './pool.js';
import type { Volume } from './volume.js';

/** Imported pools, what is mounted of them, and what was written there. */
export class PoolMounts {
  readonly pools = new Map<string, Pool>();

  /** Pools that something in the kernel uses: they cannot be exported, not even by force. */
  readonly busy = new Set<string>();

  constructor(readonly machine: Machine) {}

  /** Says `zpool` for a disk that is a member of an imported pool itself. */
  holds(disk: Disk): string | undefined {
    const member = [...this.pools.values()].some((pool) =>
      pool.members.some((one) => one.disk === disk && one.resource === undefined),
    );
    return member ? 'zpool' : undefined;
  }

  holdsVolume(volume: Volume): boolean {
    return [...this.pools.values()].some((pool) => pool.members.some((one) => one.path === volume.path));
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
    if (extents.length > 0) await this.spread(pool, extents);
  }

  /** A member's device is gone below the imported pool. */
  suspended(pool: Pool): boolean {
    return pool.members.some((one) => one.resource !== undefined && one.resource.role !== 'primary');
  }

  changed(pool: Pool): Promise<void> {
    return this.machine.core.exclusive(() => this.#changedAlone(pool));
  }

  async #changedAlone(pool: Pool): Promise<void> {
    await this.spread(pool, [0]);
  }

  /** Every member gets label and files; what lies on HAST goes to the peer or becomes dirty. */
  protected async spread(pool: Pool, extents: readonly number[]): Promise<void> {
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
}
