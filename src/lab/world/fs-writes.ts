import { changedExtents, copyImage } from './extents.js';
import { Devices } from './fs-devices.js';
import type { HastResource } from './hast-resource.js';
import type { Session } from './hast-session.js';
import type { FsImage } from './images.js';
import type { Mount } from './mount.js';
import { META_BYTES, poolId, ufsId, type Volume } from './volume.js';

/** What was written, and where it goes. */
export class Writes extends Devices {
  async image(volume: Volume): Promise<FsImage | undefined> {
    const id = await ufsId(volume);
    return id === undefined ? undefined : volume.disk.images.get(id);
  }

  /** Looks at what was written below mounts of the resource since the last look. */
  flush(resource: HastResource): Promise<void> {
    return this.machine.core.exclusive(() => this.#flushAlone(resource));
  }

  async #flushAlone(resource: HastResource): Promise<void> {
    for (const mount of [...this.mounts]) {
      if (mount.volume?.resource === resource && !mount.torn) await this.flushMount(mount);
    }
    await this.machine.zfs?.flush(resource);
  }

  flushAll(): Promise<void> {
    return this.machine.core.exclusive(() => this.#flushAllAlone());
  }

  async #flushAllAlone(): Promise<void> {
    for (const mount of [...this.mounts]) if (!mount.torn) await this.flushMount(mount);
    for (const resource of this.machine.hastd.resources.values()) await this.machine.zfs?.flush(resource);
  }

  protected async flushMount(mount: Mount): Promise<void> {
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
}
