import { describe, expect, it } from 'vitest';
import { parseAvailable, parseDirectories, parseKinds } from '../../src/facts/directories.js';
import type { Frame, Frames } from '../../src/facts/frames.js';
import type { FactsRequest } from '../../src/facts/types.js';

const HEAD = 'Filesystem 1024-blocks Used Avail Capacity  Mounted on\n';
const request = { directories: ['/', '/usr/local', '/file', '/gone'] } as unknown as FactsRequest;

function framesOf(kinds: string, space: string): Frames {
  const answer = (stdout: string): Frame => ({ stdout, stderr: '', code: 0 });
  return new Map([
    ['directories.kinds', answer(kinds)],
    ['directories.space', answer(space)],
  ]);
}

describe('df -k', () => {
  it.each([
    ['/dev/vtbd0p2  1015324  512000 422100    55%    /\n', [422100 * 1024]],
    ['/dev/vtbd0p2  1015324 1000000 -66576   107%    /\n', [-66576 * 1024]],
    ['a 1 1 1 50% /\na 2 2 2 50% /my disk\n', [1024, 2048]],
    ['df: /nosuch: No such file or directory\n', []],
  ])('%j', (lines, available) => {
    expect(parseAvailable(`${HEAD}${lines}`)).toEqual(available);
  });
});

describe('directories', () => {
  it('gives each its own line of df', () => {
    const frames = framesOf(
      '0 used\n1 empty\n2 other\n3 missing\n',
      `${HEAD}a 1 1 1 50% /\nb 1 1 2 50% /usr\n`,
    );
    expect(parseDirectories(frames, request)).toEqual({
      '/': { empty: false, available: 1024 },
      '/usr/local': { empty: true, available: 2048 },
      '/file': undefined,
      '/gone': undefined,
    });
  });

  it('does not guess whose line is missing', () => {
    const frames = framesOf('0 used\n1 empty\n', `${HEAD}a 1 1 1 50% /\n`);
    expect(parseDirectories(frames, request)).toMatchObject({
      '/': { available: Number.NaN },
      '/usr/local': { empty: true, available: Number.NaN },
    });
  });

  it('knows which ones never answered', () => {
    expect([...parseKinds('0 used\n1 emp').keys()]).toEqual([0]);
  });
});
