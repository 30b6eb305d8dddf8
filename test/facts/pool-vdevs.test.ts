import { describe, expect, it } from 'vitest';
import { parsePoolVdevs } from '../../src/facts/zfs.js';
import { blockOf } from './transcript.js';

describe('what a pool is made of', () => {
  it('reads the measured mirror of two HAST resources', () => {
    const status = blockOf(
      '07-zfs-on-hast.txt',
      'hasta',
      'zpool create -f -o cachefile=none failover',
    ).output;
    expect([...parsePoolVdevs(status)]).toEqual([
      ['failover', [{ kind: 'mirror', devices: ['/dev/hast/disk1', '/dev/hast/vol0'] }]],
    ]);
  });

  it('tells stripes, several groups and helpers apart', () => {
    const text = `  pool: plain
 state: ONLINE
config:

\tNAME              STATE     READ WRITE CKSUM
\tplain             ONLINE       0     0     0
\t  /dev/hast/a     ONLINE       0     0     0
\t  /dev/hast/b     ONLINE       0     0     0

errors: No known data errors

  pool: big
 state: DEGRADED
config:

\tNAME              STATE     READ WRITE CKSUM
\tbig               DEGRADED     0     0     0
\t  raidz2-0        DEGRADED     0     0     0
\t    hast/c        ONLINE       0     0     0
\t    replacing-1   ONLINE       0     0     0
\t      hast/d      ONLINE       0     0     0
\t  mirror-1        ONLINE       0     0     0
\t    hast/e        ONLINE       0     0     0
\tlogs\t
\t  nda0p1          ONLINE       0     0     0
\tcache
\t  nda0p2          ONLINE       0     0     0

errors: No known data errors
`;
    expect(Object.fromEntries(parsePoolVdevs(text))).toEqual({
      plain: [
        { kind: 'disk', devices: ['/dev/hast/a'] },
        { kind: 'disk', devices: ['/dev/hast/b'] },
      ],
      big: [
        { kind: 'raidz2', devices: ['/dev/hast/c', '/dev/hast/d'] },
        { kind: 'mirror', devices: ['/dev/hast/e'] },
        { kind: 'logs', devices: ['/dev/nda0p1'] },
        { kind: 'cache', devices: ['/dev/nda0p2'] },
      ],
    });
  });

  it('has nothing to say of a machine without pools', () => {
    expect(parsePoolVdevs('no pools available\n').size).toBe(0);
  });
});
