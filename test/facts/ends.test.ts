import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ends, parseEnds } from '../../src/facts/ends.js';
import { ENDS_LABELS, endsFunctions, WIPE_FUNCTIONS } from '../../src/facts/ends-script.js';

const MIB = 1024 * 1024;
let directory: string;
let number = 0;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hastconf-ends-'));
});
afterAll(() => rm(directory, { recursive: true }));

type Piece = readonly [number, string | Buffer];

/** A sparse file that stands for a disk of this size. */
async function disk(size: number, ...pieces: readonly Piece[]): Promise<string> {
  const path = join(directory, `disk${++number}`);
  const file = await open(path, 'w+');
  await file.truncate(size);
  for (const [at, data] of pieces) {
    const bytes = typeof data === 'string' ? Buffer.from(data, 'latin1') : data;
    await file.write(bytes, 0, bytes.length, at < 0 ? size + at : at);
  }
  await file.close();
  return path;
}

/** Runs shell text over the device as a node would, with a diskinfo that knows its size. */
async function onNode(path: string, body: string, sector = 512): Promise<string> {
  const script = `diskinfo() { printf '%s\\t%s\\t%s\\t0\\n' "$1" ${sector} "$(wc -c <"$1")"; }
bounded() { shift; "$@"; }
gpart() { return 1; }
fstyp() { return 1; }
${endsFunctions()}${ENDS_LABELS}${WIPE_FUNCTIONS}
device=${path}
${body}`;
  const { stdout } = await execa('sh', ['-eu', '-s'], { input: script });
  return stdout;
}

async function endsOf(path: string, size: number, sector = 512): Promise<Ends> {
  const said = await onNode(path, 'ends_mark "$device" provider; ends_labels "$device"', sector);
  const [mark = '', ...labels] = said.split('\n');
  return parseEnds(mark, labels.join('\n'), size, sector)!;
}

const EVEN = 4 * MIB;
const ODD = EVEN + 5 * 512;
const ext = (name: string) => Buffer.from(name, 'latin1');
const mbr = () => {
  const sector = Buffer.alloc(512);
  sector[450] = 0xa5;
  sector.writeUInt16LE(0xaa55, 510);
  return sector;
};
const zfs = (label: number): Piece => [label + 16384, Buffer.concat([Buffer.alloc(24), ext('version\0')])];

describe('both ends of a device', () => {
  it.each([EVEN, ODD, MIB, 3 * MIB + 512, 500 * 512])('are blank on zeros: %i bytes', async (size) => {
    expect(await endsOf(await disk(size), size)).toEqual({ mark: 'blank', known: [] });
  });

  it.each<[string, number, Piece]>([
    ['in the first byte', EVEN, [0, 'x']],
    ['a newline alone', EVEN, [4711, '\n']],
    ['at the end of the first megabyte', EVEN, [MIB - 1, 'x']],
    ['in the last byte', EVEN, [-1, 'x']],
    ['in the last byte of an odd size', ODD, [-1, 'x']],
    ['a megabyte before the end', ODD, [-MIB, 'x']],
    ['in the middle of a small one', 2 * MIB, [MIB, 'x']],
  ])('are not blank and not known: %s', async (_, size, piece) => {
    const { mark, known } = await endsOf(await disk(size, piece), size);
    expect(mark).toMatch(/^\d+-\d+$/);
    expect(known).toEqual([]);
  });

  it.each<[string, string, Piece]>([
    ['LUKS encryption', 'encrypted', [0, 'LUKS\xba\xbe\0\x02']],
    ['LVM physical volume', 'volume', [512, 'LABELONE']],
    ['member of a Linux software RAID (mdraid)', 'volume', [4096, '\xfc\x4e\x2b\xa9']],
    ['member of a Linux software RAID (mdraid)', 'volume', [EVEN - 8192, '\xfc\x4e\x2b\xa9']],
    ['member of a Linux software RAID (mdraid)', 'volume', [EVEN - 65536, '\xfc\x4e\x2b\xa9']],
    ['XFS file system', 'filesystem', [0, 'XFSB']],
    ['btrfs file system', 'filesystem', [65600, '_BHRfS_M']],
    ['VMware VMFS volume', 'volume', [MIB, '\x0d\xd0\x01\xc0']],
    ['ext2, ext3 or ext4 file system', 'filesystem', [1080, '\x53\xef']],
    ['NTFS file system', 'filesystem', [3, 'NTFS    ']],
    ['label of a ZFS pool that is not imported', 'zpool', zfs(0)],
    ['label of a ZFS pool that is not imported', 'zpool', zfs(EVEN - 262144)],
    ['gmirror metadata', 'volume', [-512, 'GEOM::MIRROR']],
    ['glabel metadata', 'label', [-512, 'GEOM::LABEL']],
    ['geli encryption', 'geli', [-512, 'GEOM::ELI']],
    ['metadata of GEOM class NEW', 'volume', [-512, 'GEOM::NEW']],
    ['GPT that is not in use', 'partition-table', [512, 'EFI PART']],
    ['GPT that is not in use', 'partition-table', [-512, 'EFI PART']],
    ['MBR partition table that is not in use', 'partition-table', [0, mbr()]],
  ])('name %s (%s)', async (detail, kind, piece) => {
    const { known } = await endsOf(await disk(EVEN, piece), EVEN);
    expect(known).toEqual([{ kind, detail }]);
  });

  it('find the last sector of a disk with sectors of 4096 bytes, and the second label of its pool', async () => {
    const size = EVEN + 4096;
    const { known } = await endsOf(await disk(size, [-4096, 'GEOM::MIRROR'], zfs(EVEN - 524288)), size, 4096);
    expect(known.map(({ detail }) => detail)).toEqual([
      'label of a ZFS pool that is not imported',
      'gmirror metadata',
    ]);
  });

  it('take no boot code for a partition table', async () => {
    const boot = mbr();
    boot[446] = 0x33;
    expect((await endsOf(await disk(EVEN, [0, boot]), EVEN)).known).toEqual([]);
  });

  it('have another mark when a byte has changed', async () => {
    const marks = await Promise.all(
      ['a', 'b'].map(async (text) => (await endsOf(await disk(EVEN, [-700, text]), EVEN)).mark),
    );
    expect(new Set(marks).size).toBe(2);
  });

  it.each([
    ['is not there', '/nonexistent/device'],
    ['gives nothing', '/dev/null'],
  ])('are never blank of what %s', async (_, path) => {
    const liar = 'diskinfo() { printf \'%s\\t512\\t67108864\\n\' "$1"; }\n';
    expect(await onNode(path, `${liar}ends_mark "$device" provider`)).toBe('unreadable');
  });

  it.each([EVEN, ODD, MIB, 500 * 512])(
    'are blank once wiped, and nothing between is touched: %i bytes',
    async (size) => {
      const path = await disk(size, [0, Buffer.alloc(size, 'x')]);
      const said = await onNode(
        path,
        'media_of "$device"; wipe_ends "$device"; ends_mark "$device" provider',
      );
      expect(said).toBe('blank');
      const rest = await onNode(path, 'wc -c <"$device"; tr -d "\\000" <"$device" | wc -c');
      const [bytes, left] = rest.split('\n').map(Number);
      expect(bytes).toBe(size);
      expect(left).toBeGreaterThanOrEqual(Math.max(0, size - 2.25 * MIB));
    },
  );

  it('of a device on HAST are blank wherever its provider is', async () => {
    const localoff = 4096 + 512;
    const size = EVEN;
    const path = await disk(size, [MIB + 100_000, 'x']);
    // Seen on the provider, because it lies in the first megabyte of the device.
    expect(MIB + 100_000 - localoff).toBeGreaterThan(MIB);
    expect(await onNode(path, 'ends_mark "$device" provider')).not.toBe('blank');
    expect(await onNode(path, 'ends_mark "$device" device')).toBe('blank');
  });
});
