import { open, truncate } from 'node:fs/promises';
import type { FsImage } from './images.js';
import type { Machine } from './machine.js';
import type { DiskProfile } from './profile.js';

/** A disk: a sparse file below the node's /dev, whose bytes are the truth about labels and metadata. */
export class Disk {
  readonly name: string;
  size: number;
  readonly sectorSize: number;
  /** Contents of the file systems whose superblocks are (or were) on it, by file system id. */
  readonly images = new Map<string, FsImage>();
  /** What holds it open exclusively, for example a swap area; mounts and HAST are asked for themselves. */
  holder: string | undefined;
  /** Path of the device node; zvols live below /dev/zvol. */
  readonly path: string;

  constructor(
    readonly machine: Machine,
    profile: DiskProfile,
    path?: string,
  ) {
    this.name = profile.name;
    this.size = profile.size;
    this.sectorSize = profile.sectorSize;
    this.path = path ?? `/dev/${profile.name}`;
  }

  async create(): Promise<void> {
    if (!(await this.machine.files.exists(this.path))) await this.machine.files.write(this.path, '', 0o640);
    await truncate(await this.machine.files.real(this.path), this.size);
  }

  async resize(size: number): Promise<void> {
    this.size = size;
    await this.create();
  }

  /** Nothing but zeros, at this size. */
  async empty(size: number): Promise<void> {
    this.size = size;
    this.images.clear();
    await truncate(await this.machine.files.real(this.path), 0);
    await this.create();
  }

  async read(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length);
    const file = await open(await this.machine.files.real(this.path), 'r');
    try {
      await file.read(buffer, 0, length, offset);
    } finally {
      await file.close();
    }
    return buffer;
  }

  async write(offset: number, data: Buffer): Promise<void> {
    const file = await open(await this.machine.files.real(this.path), 'r+');
    try {
      await file.write(data, 0, data.length, offset);
    } finally {
      await file.close();
    }
  }
}
