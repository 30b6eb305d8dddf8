import type { Disk } from './disk.js';
import type { HastResource } from './hast-resource.js';
import type { Machine } from './machine.js';

/** Pools and volumes of one machine. */
export class Zfs {
  constructor(readonly machine: Machine) {}

  reset(): void {}

  volumeDisk(_path: string): Disk | undefined {
    return undefined;
  }

  holds(_disk: Disk): string | undefined {
    return undefined;
  }

  async flush(_resource: HastResource): Promise<void> {}
}
