import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { bytes, clip, duration, style, table, visibleWidth, wrap } from '../../src/report/text.js';

describe('bytes', () => {
  // as hastctl prints them (transcripts)
  it.each([
    [0, '0B'],
    [2_097_152, '2.0MB'],
    [4_194_304, '4.0MB'],
    [62_914_560, '60MB'],
    [79_691_776, '76MB'],
    [501_219_328, '478MB'],
    [536_866_304, '512MB'],
    [999, '999B'],
    [1000, '1.0KB'],
    [10 * 1024, '10KB'],
    [1.5 * 1024 ** 4, '1.5TB'],
  ])('%d is %s', (count, shown) => {
    expect(bytes(count)).toBe(shown);
  });

  it('is never wider than six columns (property)', () => {
    fc.assert(fc.property(fc.nat(Number.MAX_SAFE_INTEGER), (count) => bytes(count).length <= 6));
  });
});

describe('duration', () => {
  it.each([
    [0, '0 s'],
    [140, '0.1 s'],
    [2000, '2 s'],
    [9949, '9.9 s'],
    [9960, '10 s'],
    [59_400, '59 s'],
    [60_000, '1 min 00 s'],
    [200_000, '3 min 20 s'],
    [7_500_000, '2 h 05 min'],
    [273_600_000, '3 d 4 h'],
  ])('%d ms is %s', (ms, shown) => {
    expect(duration(ms)).toBe(shown);
  });
});

describe('layout', () => {
  it('aligns columns by what is seen, without trailing spaces', () => {
    const rows = [
      ['a', style('bb', 'bad', true), 'c'],
      ['aaa', 'b', ''],
    ];
    expect(table(rows).map((line) => line.replace(/\x1b\[\d+m/g, ''))).toEqual(['a    bb  c', 'aaa  b']);
  });

  it('colours only when asked to', () => {
    expect(style('x', 'bad', false)).toBe('x');
    expect(style('x', 'bad', true)).toContain('\x1b[31m');
    expect(visibleWidth(style('x', 'bad', true))).toBe(1);
  });

  it('marks what it cuts', () => {
    expect([clip('abcdef', 6), clip('abcdef', 4), clip('abcdef', 1)]).toEqual(['abcdef', 'abc~', 'a']);
  });

  it('wraps without losing or splitting a word (property)', () => {
    const words = fc.array(fc.stringMatching(/^[a-z]{1,20}$/), { maxLength: 30 });
    fc.assert(
      fc.property(words, fc.integer({ min: 20, max: 80 }), (all, width) => {
        const lines = wrap(all.join(' '), width);
        expect(lines.join(' ')).toBe(all.join(' '));
        for (const line of lines) expect(line.length).toBeLessThanOrEqual(width);
      }),
    );
  });
});
