import { describe, expect, it } from 'vitest';
import {
  parseDiskinfo,
  parseDiskNames,
  parseLabels,
  parseModes,
  parsePartitions,
  parsePartitionTables,
  parseSwap,
} from '../../src/facts/disks.js';
import { parseMounts } from '../../src/facts/mounts.js';
import { type Probe, parseContent, parseHastHead } from '../../src/facts/probe.js';
import { providerFacts } from '../../src/facts/providers.js';
import type { HastResourceFacts } from '../../src/facts/types.js';
import type { DeviceUsers } from '../../src/facts/uses.js';
import { parsePoolMembers, parsePools, parseVolumes } from '../../src/facts/zfs.js';
import { hastHead } from './hast-head.js';
import { blockOf, excerpt } from './transcript.js';

const storage = blockOf('08-facts.txt', 'hasta', 'sysctl -n kern.disks; diskinfo').output;

describe('disks', () => {
  it('sorts the names as people count', () => {
    expect(parseDiskNames(excerpt(storage, /^vtbd3 vtbd2/, /^vtbd0\t/))).toEqual([
      'vtbd0',
      'vtbd1',
      'vtbd2',
      'vtbd3',
    ]);
    expect(parseDiskNames('da10 da2 cd0\n')).toEqual(['cd0', 'da2', 'da10']);
    expect(parseDiskNames('\n')).toEqual([]);
  });

  it('reads sizes, and leaves out what diskinfo could not open', () => {
    const sizes = parseDiskinfo(excerpt(storage, /^vtbd0\t/, /^=>/));
    expect(sizes.get('vtbd0')).toEqual({ mediaSize: 1109395968, sectorSize: 512 });
    expect(sizes.size).toBe(4);
    expect(parseDiskinfo('diskinfo: cd0: Device not configured\n').size).toBe(0);
  });

  it('reads access counts of providers, not of consumers', () => {
    expect(parseModes(excerpt(storage, /^Geom name/)).get('vtbd1')).toEqual({
      read: 0,
      write: 0,
      exclusive: 0,
    });
    const parts = `Geom name: da0
scheme: GPT
Providers:
1. Name: da0p1
   Mediasize: 1 (1)
   Mode: r1w1e1
2. Name: da0p2
   Mode: r0w0e0
Consumers:
1. Name: da0
   Mode: r1w1e2
`;
    expect([...parseModes(parts)]).toEqual([
      ['da0p1', { read: 1, write: 1, exclusive: 1 }],
      ['da0p2', { read: 0, write: 0, exclusive: 0 }],
    ]);
  });

  it('reads partitions with size and type, and not what they lie on', () => {
    const one = (number: number, type: string) =>
      `${number}. Name: da0p${number}\n   Mediasize: 1048576 (1.0M)\n   Sectorsize: 512\n   Mode: r0w0e0\n   rawtype: x\n   length: 1048576\n   type: ${type}\n   index: ${number}\n`;
    const list = `Geom name: da0\nscheme: GPT\nProviders:\n${one(1, 'freebsd-boot')}${one(2, 'freebsd-ufs')}Consumers:\n1. Name: da0\n   Mediasize: 99 (99B)\n   Sectorsize: 512\n   Mode: r1w1e2\n\n`;
    const size = { mediaSize: 1048576, sectorSize: 512 };
    expect(parsePartitions(`${list}${list.replaceAll('da0', 'da1')}`)).toEqual([
      { name: 'da0p1', type: 'freebsd-boot', ...size },
      { name: 'da0p2', type: 'freebsd-ufs', ...size },
      { name: 'da1p1', type: 'freebsd-boot', ...size },
      { name: 'da1p2', type: 'freebsd-ufs', ...size },
    ]);
  });

  it('reads partition tables', () => {
    const tables = parsePartitionTables(excerpt(storage, /^=>/, /^gpart:/));
    expect([...tables]).toEqual([
      [
        'vtbd0',
        {
          scheme: 'GPT',
          corrupt: false,
          partitions: [
            { name: 'vtbd0p1', type: 'efi' },
            { name: 'vtbd0p2', type: 'freebsd-ufs' },
          ],
        },
      ],
    ]);
    const corrupt = parsePartitionTables(
      '=>      40  1048496  da3  GPT  (512M) [CORRUPT]\n        40  1048496       - free -  (512M)\n\n',
    );
    expect(corrupt.get('da3')).toEqual({ scheme: 'GPT', corrupt: true, partitions: [] });
    expect(parsePartitionTables('gpart: No such geom: vtbd1.\n').size).toBe(0);
  });

  it('reads labels and swap', () => {
    expect([...parseLabels(excerpt(storage, /^gptid/, /^zfs=/))]).toEqual([
      ['gptid/8a0277ac-e4cc-11f1-0567-c7697351ff4a', 'vtbd0p1'],
    ]);
    expect(parseSwap(excerpt(storage, /^Device/, /^gptid/))).toEqual([]);
    expect(
      parseSwap(
        'Device 1K-blocks Used Avail Capacity\n/dev/da0p2.eli 2097152 0 2097152 0%\nTotal 1 0 1 0%\n',
      ),
    ).toEqual(['/dev/da0p2.eli']);
  });
});

describe('HAST magic', () => {
  it('gives the resource name', () => {
    expect(parseHastHead(hastHead('disk0'))).toBe('disk0');
    expect(parseHastHead(hastHead('x'.repeat(254)))).toBe('x'.repeat(254));
  });

  it.each([
    ['zeroes', ' 00'.repeat(277)],
    ['nothing', ''],
    ['another version', hastHead('disk0').replace('11 09', '11 0a')],
    ['another key', hastHead('disk0').replace('72 65 73', '52 65 73')],
    ['a disk of ten bytes', hastHead('disk0').slice(0, 30)],
  ])('is absent in %s', (_, hex) => {
    expect(parseHastHead(hex)).toBeUndefined();
  });
});

describe('fstyp', () => {
  it.each([
    ['ufs\n', 'ufs'],
    ['zfs\n', 'zfs'],
    ['', undefined],
    ['data\n', undefined],
    ['Unix Fast File system [v2] (little-endian) last mounted on /, last written at …\n', 'ufs'],
  ])('%j is %s', (text, content) => {
    expect(parseContent(text)).toBe(content);
  });
});

describe('zfs', () => {
  const status = blockOf('07-zfs-on-hast.txt', 'hasta', 'zpool create -f -o cachefile=none failover').output;

  it('reads members without -P and skips groups', () => {
    expect(parsePoolMembers(excerpt(status, /^ {2}pool:/, /^errors:/))).toEqual([
      { pool: 'failover', device: '/dev/hast/disk1' },
      { pool: 'failover', device: '/dev/hast/vol0' },
    ]);
  });

  it('reads members with -P, of several pools, with logs and a device that is gone', () => {
    const text = `  pool: tank
 state: DEGRADED
status: One or more devices could not be used.
\tSufficient replicas exist.
config:

\tNAME                STATE     READ WRITE CKSUM
\ttank                DEGRADED     0     0     0
\t  raidz2-0          DEGRADED     0     0     0
\t    /dev/da1        ONLINE       0     0     0
\t    8237409822      UNAVAIL      0     0     0  was /dev/da2
\tlogs
\t  /dev/gpt/log0     ONLINE       0     0     0

  pool: b
config:
\tNAME          STATE
\tb             ONLINE
\t  /dev/da9p3  ONLINE
`;
    expect(parsePoolMembers(text)).toEqual([
      { pool: 'tank', device: '/dev/da1' },
      { pool: 'tank', device: '/dev/gpt/log0' },
      { pool: 'b', device: '/dev/da9p3' },
    ]);
  });

  it('reads pools and volumes, plain and rounded numbers', () => {
    expect(parsePools('tank\t503316480\t502728704\tONLINE\nold\t480M\t-\tUNAVAIL\n')).toEqual([
      { name: 'tank', size: 503316480, free: 502728704, health: 'ONLINE' },
      { name: 'old', size: 480 * 1024 * 1024, free: 0, health: 'UNAVAIL' },
    ]);
    expect(parseVolumes('tank/vol0\t209715200\n')).toEqual([{ name: 'tank/vol0', size: 209715200 }]);
    expect(parsePools('')).toEqual([]);
  });
});

const nobody: DeviceUsers = {
  modes: new Map(),
  tables: new Map(),
  labels: new Map(),
  swap: [],
  mounts: [],
  pools: [],
  hast: [],
};
const blank: Probe = { exists: true, size: { mediaSize: 536870912, sectorSize: 512 } };
const r1w1 = (exclusive: number) => ({ read: 1, write: 1, exclusive });

function primaryOn(localPath: string): HastResourceFacts {
  return {
    name: 'disk0',
    role: 'primary',
    localPath,
    remoteAddress: '10.77.0.2',
    replication: 'memsync',
    workerPid: 1,
    extentSize: 2097152,
    dirty: 0,
    localErrors: { read: 0, write: 0, delete: 0, flush: 0 },
  };
}

describe('uses of a provider', () => {
  it('has none on a blank disk', () => {
    expect(providerFacts('/dev/vtbd1', blank, nobody)).toEqual({
      path: '/dev/vtbd1',
      exists: true,
      mediaSize: 536870912,
      sectorSize: 512,
      uses: [],
    });
  });

  it('has nothing on a disk that is not there', () => {
    expect(providerFacts('/dev/da9', { exists: false }, nobody)).toEqual({
      path: '/dev/da9',
      exists: false,
      uses: [],
    });
  });

  it('names the partition table and what is mounted from it', () => {
    const users: DeviceUsers = {
      ...nobody,
      modes: new Map([['vtbd0', { read: 2, write: 2, exclusive: 5 }]]),
      tables: parsePartitionTables(excerpt(storage, /^=>/, /^gpart:/)),
      mounts: parseMounts(excerpt(storage, /^\/dev\/vtbd0p2/, /^Device/)),
    };
    expect(providerFacts('/dev/vtbd0', blank, users).uses).toEqual([
      { kind: 'mounted', detail: 'ufs mounted on / (/dev/vtbd0p2)' },
      { kind: 'partition-table', detail: 'GPT with 2 partitions: vtbd0p1 efi, vtbd0p2 freebsd-ufs' },
    ]);
    expect(providerFacts('/dev/vtbd0p2', blank, users).uses).toEqual([
      { kind: 'mounted', detail: 'ufs mounted on / (/dev/vtbd0p2)' },
    ]);
    expect(providerFacts('/dev/vtbd', blank, users).uses).toEqual([]);
  });

  it.each<[string, string, Partial<DeviceUsers>, string]>([
    [
      'a mount by label',
      '/dev/da0',
      { labels: new Map([['ufs/data', 'da0p3']]), mounts: parseMounts('/dev/ufs/data /data ufs rw 2 2') },
      'mounted',
    ],
    ['encrypted swap', '/dev/da0p2', { swap: ['/dev/da0p2.eli'] }, 'swap'],
    ['a BSD partition', '/dev/da0', { mounts: parseMounts('/dev/da0s1a / ufs rw 1 1') }, 'mounted'],
    [
      'a pool by label',
      '/dev/da1',
      { labels: new Map([['gpt/z1', 'da1p1']]), pools: [{ pool: 'tank', device: '/dev/gpt/z1' }] },
      'zpool',
    ],
    [
      'a provider given by its label',
      '/dev/gpt/data',
      { labels: new Map([['gpt/data', 'da0p3']]), mounts: parseMounts('/dev/da0p3 /data ufs rw 2 2') },
      'mounted',
    ],
    [
      'a zvol in a pool',
      '/dev/zvol/tank/vol0',
      { pools: [{ pool: 'x', device: '/dev/zvol/tank/vol0' }] },
      'zpool',
    ],
    ['another GEOM class', '/dev/da1', { modes: new Map([['da1', r1w1(1)]]) }, 'open'],
    ['a raw writer', '/dev/da1', { modes: new Map([['da1', r1w1(0)]]) }, 'open'],
    [
      'a mount by diskid',
      '/dev/da0',
      {
        labels: new Map([['diskid/DISK-7', 'da0']]),
        mounts: parseMounts('/dev/diskid/DISK-7p2 /data ufs rw 2 2'),
      },
      'mounted',
    ],
    [
      'a table by diskid',
      '/dev/da0',
      {
        labels: new Map([['diskid/DISK-7', 'da0']]),
        tables: parsePartitionTables(
          '=>  40  100  diskid/DISK-7  GPT  (1G)\n    40  100  diskid/DISK-7p1  freebsd-ufs  (1G)\n',
        ),
      },
      'partition-table',
    ],
    ['a glabel', '/dev/da1', { labels: new Map([['label/data', 'da1']]) }, 'label'],
  ])('sees %s', (_, path, users, kind) => {
    expect(providerFacts(path, blank, { ...nobody, ...users }).uses.map((use) => use.kind)).toEqual([kind]);
  });

  it.each<[string, string, Partial<DeviceUsers>]>([
    ['da10 for da1', '/dev/da1', { mounts: parseMounts('/dev/da10 /a ufs rw 2 2'), swap: ['/dev/da11p1'] }],
    ['vola for vol', '/dev/zvol/tank/vol', { pools: [{ pool: 'x', device: '/dev/zvol/tank/vola' }] }],
    [
      'the HAST device for its provider',
      '/dev/vtbd1',
      { mounts: parseMounts('/dev/hast/vtbd1 /a ufs rw 2 2') },
    ],
    [
      'labels that come by themselves',
      '/dev/da0p1',
      {
        labels: new Map([
          ['gptid/8a02', 'da0p1'],
          ['gpt/data', 'da0p1'],
          ['diskid/DISK-1', 'da0'],
        ]),
      },
    ],
    ['a reader', '/dev/da1', { modes: new Map([['da1', { read: 1, write: 0, exclusive: 0 }]]) }],
    [
      'hastd itself (r2w1e0)',
      '/dev/da1',
      { modes: new Map([['da1', { read: 2, write: 1, exclusive: 0 }]]), hast: [primaryOn('/dev/da1')] },
    ],
  ])('does not take %s', (_, path, users) => {
    expect(providerFacts(path, blank, { ...nobody, ...users }).uses).toEqual([]);
  });

  it('keeps the writer of another disk apart from hastd', () => {
    const users = { ...nobody, modes: new Map([['da2', r1w1(0)]]), hast: [primaryOn('/dev/da1')] };
    expect(providerFacts('/dev/da2', blank, users).uses[0]!.kind).toBe('open');
  });

  it('names content, and HAST metadata beside it', () => {
    const facts = providerFacts('/dev/da1', { ...blank, hastResource: 'disk0', content: 'ufs' }, nobody);
    expect(facts.hastMetadata).toEqual({ resource: 'disk0' });
    expect(facts.uses).toEqual([{ kind: 'filesystem', detail: 'ufs file system, maybe from before HAST' }]);
    expect(providerFacts('/dev/da1', { ...blank, content: 'zfs' }, nobody).uses[0]!.kind).toBe('zpool');
    expect(providerFacts('/dev/da1', { ...blank, content: 'geli' }, nobody).uses[0]!.kind).toBe('geli');
  });

  it('does not take an unreadable disk for a blank one', () => {
    const facts = providerFacts('/dev/da1', { exists: true, failure: 'no answer in time' }, nobody);
    expect(facts.uses).toEqual([{ kind: 'open', detail: 'cannot be read: no answer in time' }]);
  });
});
