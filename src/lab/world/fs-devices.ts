import type { Disk } from './disk.js';
import { Trees } from './fs-trees.js';
import type { HastResource } from './hast-resource.js';
import type { Mount } from './mount.js';
import { type Volume, volumeAt } from './volume.js';

/** Devices and who uses them. */
export class Devices extends Trees {
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

  /** The same of the device of a HAST resource: a mount, a pool. */
  deviceMode(resource: HastResource): string {
    const mounted = this.mounts.some((one) => one.volume?.resource === resource && !one.torn);
    const pooled = [...(this.machine.zfs?.pools.values() ?? [])].some((pool) =>
      pool.members.some((volume) => volume.resource === resource),
    );
    return mounted || pooled ? 'r1w1e1' : 'r0w0e0';
  }

  at(mountpoint: string): Mount | undefined {
    return this.mounts.findLast((one) => one.mountpoint === mountpoint || one.device === mountpoint);
  }

  /** The mount that a path lies in. */
  holding(path: string): Mount | undefined {
    return this.mounts.findLast((one) => path === one.mountpoint || path.startsWith(`${one.mountpoint}/`));
  }

  volume(path: string): Volume | undefined {
    return volumeAt(this.machine, path);
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
}
