import type { FsImage } from './images.js';
import type { Volume } from './volume.js';

export interface Mount {
  device: string;
  mountpoint: string;
  type: 'ufs' | 'devfs' | 'tmpfs' | 'zfs';
  options: string[];
  image: FsImage | undefined;
  volume: Volume | undefined;
  /** The device went away below it. */
  torn: boolean;
}

/** A refusal of mount(8), umount(8) or newfs(8), in their words. */
export class FsError extends Error {
  constructor(
    message: string,
    readonly code = 1,
  ) {
    super(message);
  }
}
