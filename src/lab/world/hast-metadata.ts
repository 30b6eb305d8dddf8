import type { Disk } from './disk.js';

export type HastRole = 'init' | 'primary' | 'secondary';

export const EXTENT_SIZE = 2_097_152;
export const KEEP_DIRTY = 64;
const METADATA_SIZE = 4096;

/** What hastd keeps in the first 4096 bytes of a provider. */
export interface HastMetadata {
  resource: string;
  datasize: number;
  extentsize: number;
  keepdirty: number;
  localoff: number;
  resuid: bigint;
  localcnt: number;
  remotecnt: number;
  prevrole: HastRole;
}

/** Layout of freebsd-facts §3: metadata, bitmap rounded up to a sector, data. */
export function layout(mediasize: number, sectorSize: number, extentsize = EXTENT_SIZE): HastMetadata {
  const extents = Math.ceil((mediasize - METADATA_SIZE) / extentsize);
  const bitmap = Math.ceil(Math.ceil(extents / 8) / sectorSize) * sectorSize;
  const localoff = METADATA_SIZE + bitmap;
  return {
    resource: '',
    datasize: mediasize - localoff,
    extentsize,
    keepdirty: KEEP_DIRTY,
    localoff,
    resuid: 0n,
    localcnt: 0,
    remotecnt: 0,
    prevrole: 'init',
  };
}

const TYPE = { uint32: 6, uint64: 8, string: 17 } as const;
const round8 = (value: number): number => Math.ceil(value / 8) * 8;

function entry(type: keyof typeof TYPE, name: string, data: Buffer): Buffer {
  const size = 6 + round8(name.length + 1);
  const out = Buffer.alloc(size + round8(data.length));
  out.writeUInt8(TYPE[type], 0);
  out.writeUInt8(name.length + 1, 1);
  out.writeUInt32LE(data.length, 2);
  out.write(name, 6, 'latin1');
  data.copy(out, size);
  return out;
}

function number64(value: number | bigint): Buffer {
  const data = Buffer.alloc(8);
  data.writeBigUInt64LE(BigInt(value));
  return data;
}

function number32(value: number): Buffer {
  const data = Buffer.alloc(4);
  data.writeUInt32LE(value);
  return data;
}

/** The 4096 bytes as they are on disk. */
export function encodeMetadata(metadata: HastMetadata): Buffer {
  const parts = [
    entry('string', 'resource', Buffer.from(`${metadata.resource}\0`, 'latin1')),
    entry('uint64', 'datasize', number64(metadata.datasize)),
    entry('uint32', 'extentsize', number32(metadata.extentsize)),
    entry('uint32', 'keepdirty', number32(metadata.keepdirty)),
    entry('uint64', 'offset', number64(metadata.localoff)),
    entry('uint64', 'resuid', number64(metadata.resuid)),
    entry('uint64', 'localcnt', number64(metadata.localcnt)),
    entry('uint64', 'remotecnt', number64(metadata.remotecnt)),
    entry('string', 'prevrole', Buffer.from(`${metadata.prevrole}\0`, 'latin1')),
  ];
  const out = Buffer.alloc(METADATA_SIZE);
  Buffer.concat(parts).copy(out);
  return out;
}

/** Reads the bytes back; undefined when they are no HAST metadata. */
export function decodeMetadata(bytes: Buffer): HastMetadata | undefined {
  if (bytes[0] !== 0x11 || bytes[1] !== 0x09) return undefined;
  const values = new Map<string, Buffer>();
  let at = 0;
  while (at + 6 < bytes.length && bytes[at] !== 0) {
    const nameSize = bytes.readUInt8(at + 1);
    const dataSize = bytes.readUInt32LE(at + 2);
    const data = at + 6 + round8(nameSize);
    if (data + dataSize > bytes.length) return undefined;
    values.set(bytes.toString('latin1', at + 6, at + 5 + nameSize), bytes.subarray(data, data + dataSize));
    at = data + round8(dataSize);
  }
  const text = (name: string): string => values.get(name)?.toString('latin1').replace(/\0.*$/s, '') ?? '';
  const big = (name: string): bigint =>
    values.get(name)?.length === 8 ? values.get(name)!.readBigUInt64LE() : 0n;
  const small = (name: string): number =>
    values.get(name)?.length === 4 ? values.get(name)!.readUInt32LE() : 0;
  if (text('resource') === '' || big('datasize') === 0n) return undefined;
  const prevrole = text('prevrole');
  return {
    resource: text('resource'),
    datasize: Number(big('datasize')),
    extentsize: small('extentsize'),
    keepdirty: small('keepdirty'),
    localoff: Number(big('offset')),
    resuid: big('resuid'),
    localcnt: Number(big('localcnt')),
    remotecnt: Number(big('remotecnt')),
    prevrole: prevrole === 'primary' || prevrole === 'secondary' ? prevrole : 'init',
  };
}

export async function readMetadata(disk: Disk): Promise<HastMetadata | undefined> {
  return decodeMetadata(await disk.read(0, METADATA_SIZE));
}

export async function writeMetadata(disk: Disk, metadata: HastMetadata): Promise<void> {
  await disk.write(0, encodeMetadata(metadata));
}

/** Number of extents that the bitmap covers. */
export function extentCount(metadata: HastMetadata): number {
  return Math.ceil(metadata.datasize / metadata.extentsize);
}

export async function readBitmap(disk: Disk, metadata: HastMetadata): Promise<Set<number>> {
  const bytes = await disk.read(METADATA_SIZE, metadata.localoff - METADATA_SIZE);
  const dirty = new Set<number>();
  for (let extent = 0; extent < extentCount(metadata); extent++) {
    if (((bytes[extent >> 3] ?? 0) >> (extent & 7)) & 1) dirty.add(extent);
  }
  return dirty;
}

export async function writeBitmap(
  disk: Disk,
  metadata: HastMetadata,
  dirty: Iterable<number>,
): Promise<void> {
  const bytes = Buffer.alloc(metadata.localoff - METADATA_SIZE);
  for (const extent of dirty) {
    const at = extent >> 3;
    if (at < bytes.length) bytes[at] = (bytes[at] ?? 0) | (1 << (extent & 7));
  }
  await disk.write(METADATA_SIZE, bytes);
}
