import type { ProviderUse } from './types.js';

/** Where bytes are, from the front, from the end (negative), or in the last sector. */
interface Place {
  at: number;
  from?: 'end of 64 kB' | 'end of 256 kB' | 'end of 4 kB' | 'last sector';
}

interface Signature {
  kind: ProviderUse['kind'];
  detail: string;
  magic: string;
  places: readonly Place[];
}

const front = (...offsets: number[]): Place[] => offsets.map((at) => ({ at }));

/** ZFS keeps two labels at each end; the description of the pool begins 16 kB into each. */
const ZFS_PLACES: readonly Place[] = [
  { at: 16384 + 24 },
  { at: 262144 + 16384 + 24 },
  { at: -524288 + 16384 + 24, from: 'end of 256 kB' },
  { at: -262144 + 16384 + 24, from: 'end of 256 kB' },
];

/** What FreeBSD's own tools do not name, and labels that they do not see at the moment. Bytes as latin1. */
const SIGNATURES: readonly Signature[] = [
  { kind: 'encrypted', detail: 'LUKS encryption', magic: 'LUKS\xba\xbe', places: front(0) },
  { kind: 'encrypted', detail: 'BitLocker encryption', magic: '-FVE-FS-', places: front(3) },
  { kind: 'volume', detail: 'LVM physical volume', magic: 'LABELONE', places: front(0, 512, 1024, 1536) },
  {
    kind: 'volume',
    detail: 'member of a Linux software RAID (mdraid)',
    magic: '\xfc\x4e\x2b\xa9',
    places: [...front(0, 4096), { at: -65536, from: 'end of 64 kB' }, { at: -8192, from: 'end of 4 kB' }],
  },
  { kind: 'volume', detail: 'VMware VMFS volume', magic: '\x0d\xd0\x01\xc0', places: front(1048576) },
  {
    kind: 'volume',
    detail: 'bcache device',
    magic: '\xc6\x85\x73\xf6\x4e\x1a\x45\xca\x82\x65\xf5\x7f\x48\xba\x6d\x81',
    places: front(4096 + 24),
  },
  { kind: 'volume', detail: 'Ceph OSD', magic: 'bluestore block device', places: front(0) },
  { kind: 'filesystem', detail: 'XFS file system', magic: 'XFSB', places: front(0) },
  { kind: 'filesystem', detail: 'btrfs file system', magic: '_BHRfS_M', places: front(65536 + 64) },
  { kind: 'filesystem', detail: 'ext2, ext3 or ext4 file system', magic: '\x53\xef', places: front(1080) },
  { kind: 'filesystem', detail: 'NTFS file system', magic: 'NTFS    ', places: front(3) },
  { kind: 'filesystem', detail: 'exFAT file system', magic: 'EXFAT   ', places: front(3) },
  { kind: 'filesystem', detail: 'FAT file system', magic: 'FAT32   ', places: front(82) },
  { kind: 'filesystem', detail: 'FAT file system', magic: 'FAT1', places: front(54) },
  { kind: 'filesystem', detail: 'APFS container', magic: 'NXSB', places: front(32) },
  { kind: 'filesystem', detail: 'F2FS file system', magic: '\x10\x20\xf5\xf2', places: front(1024) },
  { kind: 'filesystem', detail: 'ISO 9660 file system', magic: 'CD001', places: front(32769) },
  { kind: 'filesystem', detail: 'Linux swap space', magic: 'SWAPSPACE2', places: front(4086) },
  {
    kind: 'zpool',
    detail: 'label of a ZFS pool that is not imported',
    magic: 'version\0',
    places: ZFS_PLACES,
  },
  {
    kind: 'partition-table',
    detail: 'GPT that is not in use',
    magic: 'EFI PART',
    places: [...front(512, 4096), { at: 0, from: 'last sector' }],
  },
  { kind: 'partition-table', detail: 'BSD label', magic: '\x57\x45\x56\x82', places: front(512) },
];

/** GEOM classes whose metadata is in the last sector, under the name of their command. */
const GEOM_CLASSES: Readonly<Record<string, Pick<ProviderUse, 'kind' | 'detail'>>> = {
  ELI: { kind: 'geli', detail: 'geli encryption' },
  MIRROR: { kind: 'volume', detail: 'gmirror metadata' },
  LABEL: { kind: 'label', detail: 'glabel metadata' },
  STRIPE: { kind: 'volume', detail: 'gstripe metadata' },
  CONCAT: { kind: 'volume', detail: 'gconcat metadata' },
  RAID3: { kind: 'volume', detail: 'graid3 metadata' },
  JOURNAL: { kind: 'volume', detail: 'gjournal metadata' },
  MULTIPATH: { kind: 'volume', detail: 'gmultipath metadata' },
  VIRSTOR: { kind: 'volume', detail: 'gvirstor metadata' },
  CACHE: { kind: 'volume', detail: 'gcache metadata' },
  SHSEC: { kind: 'encrypted', detail: 'gshsec metadata' },
};

/** Runs of bytes by the offset of their first. */
export type Bytes = ReadonlyMap<number, Buffer>;

/** Everything that the bytes at both ends of a device are known for; empty says nothing about what is there. */
export function recognise(bytes: Bytes, media: number, sector: number): ProviderUse[] {
  const found = SIGNATURES.filter(({ magic, places }) =>
    places.some((place) => holds(bytes, offsetOf(place, media, sector), magic)),
  ).map(({ kind, detail }): ProviderUse => ({ kind, detail }));
  const uses = [...found, ...geomClass(bytes, media - sector)];
  return uses.length === 0 ? masterBootRecord(bytes) : unique(uses);
}

function offsetOf({ at, from }: Place, media: number, sector: number): number {
  if (from === undefined) return at;
  if (from === 'last sector') return media - sector + at;
  const unit = { 'end of 64 kB': 65536, 'end of 256 kB': 262144, 'end of 4 kB': 4096 }[from];
  return Math.floor(media / unit) * unit + at;
}

function bytesAt(bytes: Bytes, offset: number, length: number): Buffer {
  for (const [start, run] of bytes) {
    if (offset >= start && offset + length <= start + run.length)
      return run.subarray(offset - start, offset - start + length);
  }
  return Buffer.alloc(0);
}

function holds(bytes: Bytes, offset: number, magic: string): boolean {
  return bytesAt(bytes, offset, magic.length).toString('latin1') === magic;
}

function geomClass(bytes: Bytes, lastSector: number): ProviderUse[] {
  const name = /^GEOM::([A-Z0-9]+)\0*$/.exec(bytesAt(bytes, lastSector, 16).toString('latin1'))?.[1];
  if (name === undefined) return [];
  return [GEOM_CLASSES[name] ?? { kind: 'volume', detail: `metadata of GEOM class ${name}` }];
}

/** A boot sector alone is none: a partition must be in it. */
function masterBootRecord(bytes: Bytes): ProviderUse[] {
  const sector = bytesAt(bytes, 0, 512);
  if (sector.length < 512 || sector.readUInt16LE(510) !== 0xaa55) return [];
  const entries = [446, 462, 478, 494].map((at) => sector.subarray(at, at + 16));
  const plausible = entries.every((entry) => entry[0] === 0 || entry[0] === 0x80);
  if (!plausible || entries.every((entry) => entry[4] === 0)) return [];
  return [{ kind: 'partition-table', detail: 'MBR partition table that is not in use' }];
}

function unique(uses: readonly ProviderUse[]): ProviderUse[] {
  return uses.filter((use, index) => uses.findIndex((other) => other.detail === use.detail) === index);
}
