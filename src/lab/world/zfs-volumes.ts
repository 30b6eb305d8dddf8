import { rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { Disk } from './disk.js';
import { type Pool, zvolPath } from './pool.js';
import { PoolMounts } from './zfs-mounts.js';

/** Zvols: disks whose files exist only while their pool is imported. */
export class PoolVolumes extends PoolMounts {
  /** Disks of zvols by device path; their files exist only while the pool is imported. */
  protected readonly volumes = new Map<string, Disk>();

  volumeDisk(path: string): Disk | undefined {
    return this.volumes.get(path);
  }

  addVolume(pool: Pool, volume: { name: string; size: number; volmode: string }): Promise<void> {
    return this.machine.core.exclusive(() => this.#addVolumeAlone(pool, volume));
  }

  async #addVolumeAlone(pool: Pool, volume: { name: string; size: number; volmode: string }): Promise<void> {
    pool.label.volumes.push(volume);
    await this.spread(pool, [0, 1]);
    await this.showVolume(pool, volume);
  }

  removeVolume(pool: Pool, name: string): Promise<void> {
    return this.machine.core.exclusive(() => this.#removeVolumeAlone(pool, name));
  }

  async #removeVolumeAlone(pool: Pool, name: string): Promise<void> {
    const path = zvolPath(pool, name);
    pool.label.volumes = pool.label.volumes.filter((one) => one.name !== name);
    this.volumes.delete(path);
    await this.machine.files.remove(path);
    await this.spread(pool, [0, 1]);
  }

  protected async showVolume(
    pool: Pool,
    volume: { name: string; size: number; volmode: string },
  ): Promise<void> {
    // No device node with volmode=dev, as measured (§3.12).
    if (volume.volmode === 'dev' || volume.volmode === 'none') return;
    const path = zvolPath(pool, volume.name);
    const { files } = this.machine;
    await files.mkdir(path.replace(/\/[^/]*$/, ''));
    const kept = await this.#keptAt(path);
    const disk =
      this.volumes.get(path) ??
      new Disk(this.machine, { name: path.slice('/dev/'.length), size: volume.size, sectorSize: 512 }, path);
    this.volumes.set(path, disk);
    const there = await stat(kept).catch(() => undefined);
    if (there !== undefined && !(await files.exists(path))) await rename(kept, await files.real(path));
    await disk.create();
  }

  protected async hideVolumes(pool: Pool): Promise<void> {
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
