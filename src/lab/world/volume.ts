import type { Disk } from './disk.js';
import type { HastResource } from './hast-resource.js';
import type { Machine } from './machine.js';

/** A device that a file system can be on: a disk, or the data area of a HAST resource. */
export interface Volume {
  /** As the user named it, with /dev. */
  path: string;
  disk: Disk;
  /** Where its first byte lies on the disk. */
  offset: number;
  size: number;
  resource: HastResource | undefined;
}

const SUPERBLOCK = 65_536;
const MAGIC_AT = 1372;
const ID_AT = 144;
const UFS2_MAGIC = 0x19540119;
/** First bytes of a volume that are copied between nodes as they are. */
export const META_BYTES = 128 * 1024;
const POOL_LABEL = 16_384;
const POOL_MAGIC = 0x00bab10c;

/** `vtbd1`, `/dev//vtbd1` -> `/dev/vtbd1`. */
export function devicePath(text: string): string {
  const path = text.startsWith('/') ? text : `/dev/${text}`;
  return path.replace(/\/+/g, '/');
}

/** Finds the device; undefined when the node has none of this name. */
export function volumeAt(machine: Machine, text: string): Volume | undefined {
  const path = devicePath(text);
  for (const resource of machine.hastd.resources.values()) {
    const worker = resource.worker;
    if (resource.devicePath !== path || worker?.device !== true || worker.role !== 'primary') continue;
    const { localoff, datasize } = worker.metadata;
    return { path, disk: worker.disk, offset: localoff, size: datasize, resource };
  }
  const disk = machine.fs.diskAt(path);
  return disk === undefined ? undefined : { path, disk, offset: 0, size: disk.size, resource: undefined };
}

/** Id of the UFS2 on the volume by its superblock's bytes, undefined when there is none. */
export async function ufsId(volume: Volume): Promise<string | undefined> {
  const bytes = await volume.disk.read(volume.offset + SUPERBLOCK, MAGIC_AT + 4);
  return bytes.readUInt32LE(MAGIC_AT) === UFS2_MAGIC ? bytes.toString('hex', ID_AT, ID_AT + 8) : undefined;
}

export async function writeUfs(volume: Volume, id: string): Promise<void> {
  const bytes = Buffer.alloc(MAGIC_AT + 4);
  bytes.write(id, ID_AT, 'hex');
  bytes.writeUInt32LE(UFS2_MAGIC, MAGIC_AT);
  await volume.disk.write(volume.offset + SUPERBLOCK, bytes);
}

/** Id of the pool whose label the volume carries. */
export async function poolId(volume: Volume): Promise<string | undefined> {
  const bytes = await volume.disk.read(volume.offset + POOL_LABEL, 16);
  return bytes.readUInt32LE(0) === POOL_MAGIC ? bytes.toString('hex', 8, 16) : undefined;
}

/** Writes a pool label, or wipes it when there is no id. */
export async function writePool(volume: Volume, id: string | undefined): Promise<void> {
  const bytes = Buffer.alloc(16);
  if (id !== undefined) {
    bytes.writeUInt32LE(POOL_MAGIC, 0);
    bytes.write(id, 8, 'hex');
  }
  await volume.disk.write(volume.offset + POOL_LABEL, bytes);
}

/** Whether requests to the volume end at once. */
export function answers(volume: Volume): boolean {
  const { resource } = volume;
  if (resource === undefined) return true;
  return resource.worker?.device === true && !resource.worker.blocked.closed && !resource.worker.hung;
}

/** Waits until the volume answers requests: never on a hung primary. Rejects when `signal` ends the caller. */
export async function answering(volume: Volume, signal: AbortSignal): Promise<void> {
  const worker = volume.resource?.worker;
  if (worker === undefined) return;
  if (worker.blocked.closed) await orAborted(volume, worker.blocked.wait(), signal);
  if (worker.hung) await orAborted(volume, new Promise<void>(() => undefined), signal);
}

async function orAborted(volume: Volume, pending: Promise<void>, signal: AbortSignal): Promise<void> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    await volume.disk.machine.core.clock.outside(Promise.race([pending, aborted]));
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
