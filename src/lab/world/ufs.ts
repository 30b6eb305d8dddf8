import { randomBytes } from 'node:crypto';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { marks } from './extents.js';
import { Writes } from './fs-writes.js';
import { emptyImage, type FsImage, scan } from './images.js';
import { FsError } from './mount.js';
import { type Volume, writeUfs } from './volume.js';

/** Mounts of one machine; contents are real trees moved under the mount point and away again. */
export class FileSystems extends Writes {
  /** newfs(8) -U and -j. */
  newfs(volume: Volume, options: { softUpdates: boolean; journaled: boolean }): Promise<void> {
    return this.machine.core.exclusive(() => this.#newfsAlone(volume, options));
  }

  async #newfsAlone(volume: Volume, options: { softUpdates: boolean; journaled: boolean }): Promise<void> {
    const id = randomBytes(8).toString('hex');
    const tree = await this.newTree(volume.disk.name);
    const image: FsImage = { ...emptyImage(id, 'ufs', tree), ...options };
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

  /** mount_tmpfs(8): owner and mode are those of the directory. Throws FsError. */
  mountTmpfs(mountpoint: string): Promise<void> {
    return this.machine.core.exclusive(async () => {
      const target = await this.machine.files.real(mountpoint);
      const there = await stat(target).catch(() => undefined);
      if (!there?.isDirectory())
        throw new FsError(`mount: ${mountpoint}: ${there ? 'Not a directory' : 'No such file or directory'}`);
      const image = emptyImage('tmpfs', 'ufs', await this.newTree('tmpfs'));
      await this.place(image, target, there, there.mode & 0o7777);
      this.mounts.push({
        device: 'tmpfs',
        mountpoint,
        type: 'tmpfs',
        options: ['local'],
        image,
        volume: undefined,
        torn: false,
      });
    });
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
      if (user !== undefined || this.machine.jails.below(mount.mountpoint).length > 0)
        throw new FsError(`umount: unmount of ${mount.mountpoint} failed: Device busy`);
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
      await this.flushMount(mount);
      if (!mount.options.includes('read-only')) {
        mount.image.clean = true;
        await this.changed(mount.volume, [0]);
      }
    }
    await this.lift(mount);
    this.mounts.splice(this.mounts.indexOf(mount), 1);
  }
}
