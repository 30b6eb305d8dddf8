import { randomBytes } from 'node:crypto';
import { chmod, chown, mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Disk } from './disk.js';
import type { FsImage } from './images.js';
import type { Machine } from './machine.js';
import type { Mount } from './mount.js';

/** Trees of files that are moved under a mount point and away again. */
export class Trees {
  readonly mounts: Mount[] = [];

  constructor(readonly machine: Machine) {}

  async newTree(name: string): Promise<string> {
    const tree = join(
      await this.machine.store(),
      `${name.replaceAll('/', '-')}-${randomBytes(4).toString('hex')}`,
    );
    await mkdir(tree);
    return tree;
  }

  /** Moves a tree under the mount point, with the covered directory's owner so that the node's own sh may write. */
  async place(
    image: FsImage,
    target: string,
    there: { uid: number; gid: number },
    mode = 0o755,
  ): Promise<void> {
    const covered = await this.#coverPath(target);
    await rename(target, covered);
    await rename(image.tree, target);
    await chown(target, there.uid, there.gid).catch(() => undefined);
    await chmod(target, mode);
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

  /** Throws an image away with its files. */
  async forget(disk: Disk, id: string): Promise<void> {
    const image = disk.images.get(id);
    disk.images.delete(id);
    if (image !== undefined) await rm(image.tree, { recursive: true, force: true });
  }
}
