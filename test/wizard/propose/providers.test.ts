import { describe, expect, it } from 'vitest';
import type { ProviderFacts } from '../../../src/facts/types.js';
import { matchProviders } from '../../../src/wizard/propose/providers.js';
import { freshFacts, hastResource, provider } from '../../plan/fixtures.js';
import { holding } from '../fixtures.js';

const GB = 2 ** 30;

function match(first: ProviderFacts[], second: ProviderFacts[]) {
  const found = matchProviders([
    freshFacts('hasta', { disks: first }),
    freshFacts('hastb', { disks: second }),
  ]);
  return { ...found, pairs: found.pairs.map(({ paths }) => paths.join(' ')) };
}

const disk = (name: string, size: number, more: Partial<ProviderFacts> = {}) =>
  provider(`/dev/${name}`, { mediaSize: size, ...more });

describe('pairs of providers', () => {
  it('have equal sizes; what is left says why', () => {
    const { pairs, leftovers } = match(
      [disk('da0', GB), disk('da1', 2 * GB)],
      [disk('da0', GB), disk('da1', 3 * GB)],
    );
    expect(pairs).toEqual(['/dev/da0 /dev/da0']);
    expect(leftovers).toEqual([
      { node: 'hasta', path: '/dev/da1', size: 2 * GB, why: 'nothing free of exactly this size on hastb' },
      { node: 'hastb', path: '/dev/da1', size: 3 * GB, why: 'nothing free of exactly this size on hasta' },
    ]);
  });

  it('may be partitions that nothing uses, behind blank disks', () => {
    const part = (name: string, more: Partial<ProviderFacts> = {}) =>
      disk(name, GB, {
        uses: [{ kind: 'unrecognised', detail: 'freebsd-ufs partition, not looked at yet' }],
        ...more,
      });
    const mounted = { uses: [{ kind: 'mounted', detail: 'ufs mounted on /' } as const] };
    const node = (name: 'hasta' | 'hastb') =>
      freshFacts(name, { disks: [disk('da0', GB)], partitions: [part('da1p1', mounted), part('da1p2')] });
    const { pairs, leftovers } = matchProviders([node('hasta'), node('hastb')]);
    expect(pairs.map(({ paths }) => paths.join(' '))).toEqual(['/dev/da0 /dev/da0', '/dev/da1p2 /dev/da1p2']);
    expect(pairs[1]?.holds[0]).toEqual(['freebsd-ufs partition, not looked at yet']);
    expect(leftovers).toEqual([]);
  });

  it('have the same name where they can', () => {
    const { pairs } = match([disk('da1', GB), disk('da2', GB)], [disk('da2', GB), disk('da1', GB)]);
    expect(pairs).toEqual(['/dev/da1 /dev/da1', '/dev/da2 /dev/da2']);
  });

  it('put blank ones together, before names', () => {
    const { pairs } = match(
      [disk('da1', GB), holding('/dev/da2', 'ufs file system', GB)],
      [holding('/dev/da1', 'ufs file system', GB), disk('da2', GB)],
    );
    expect(pairs).toEqual(['/dev/da1 /dev/da2', '/dev/da2 /dev/da1']);
  });

  it('are listed blank first, in the order in which people count', () => {
    const full = holding('/dev/da0', 'GPT with 1 partition', GB);
    const { pairs } = match(
      [full, disk('da10', GB), disk('da2', GB)],
      [full, disk('da10', GB), disk('da2', GB)],
    );
    expect(pairs).toEqual(['/dev/da2 /dev/da2', '/dev/da10 /dev/da10', '/dev/da0 /dev/da0']);
  });

  it('need equal sectors', () => {
    expect(match([disk('da0', GB)], [disk('da0', GB, { sectorSize: 4096 })]).pairs).toEqual([]);
  });

  it.each([
    ['mounted', { uses: [{ kind: 'mounted' as const, detail: 'ufs mounted on /' }] }],
    ['swap', { uses: [{ kind: 'swap' as const, detail: 'swap space in use' }] }],
    ['held open', { open: { read: 1, write: 1, exclusive: 1 } }],
  ])('never contain what is %s', (_, more) => {
    const { pairs, leftovers } = match([disk('da0', GB, more)], [disk('da0', GB)]);
    expect(pairs).toEqual([]);
    expect(leftovers[0]).toMatchObject({ path: '/dev/da0', why: expect.stringMatching(/^in use: /) });
  });

  it('leave out an empty card reader', () => {
    const { mediaSize: _, ...reader } = provider('/dev/da0');
    const { pairs, leftovers } = match([reader], [reader]);
    expect(pairs).toEqual([]);
    expect(leftovers[0]?.why).toBe('no medium');
  });

  it('tell of a running resource before its metadata', () => {
    const used = disk('da0', GB, {
      hastMetadata: { resource: 'disk0' },
      open: { read: 1, write: 1, exclusive: 0 },
    });
    const hast = {
      running: true,
      metadata: {},
      resources: { disk0: hastResource('disk0', { role: 'primary', localPath: '/dev/da0' }) },
    };
    const { pairs } = matchProviders([
      freshFacts('hasta', { disks: [used], hast }),
      freshFacts('hastb', { disks: [used] }),
    ]);
    expect(pairs[0]?.holds).toEqual([
      ['running HAST resource disk0 (primary)', 'HAST metadata of disk0'],
      ['HAST metadata of disk0'],
    ]);
  });
});

describe('volumes', () => {
  const volume = (name: string, size = GB) => ({
    zfs: { loaded: true, pools: [], volumes: [{ name, size }] },
    disks: [],
  });

  it('match each other across pools, never a disk', () => {
    const facts = [
      freshFacts('hasta', volume('tank/vol0')),
      freshFacts('hastb', volume('zdata/vol0')),
    ] as const;
    expect(matchProviders(facts).pairs[0]?.paths).toEqual(['/dev/zvol/tank/vol0', '/dev/zvol/zdata/vol0']);
    const other = freshFacts('hastb', { disks: [disk('da0', GB)] });
    expect(matchProviders([facts[0], other]).pairs).toEqual([]);
  });
});
