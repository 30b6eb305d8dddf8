import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/spec/units.js';

describe('sizes', () => {
  it.each([
    ['50G', 50 * 2 ** 30],
    ['512M', 2 ** 29],
    ['1.5T', 1.5 * 2 ** 40],
    ['1k', 1024],
    ['4096', 4096],
    [4096, 4096],
    ['1GB', 2 ** 30],
    ['1GiB', 2 ** 30],
  ])('%s is %d bytes', (text, bytes) => {
    expect(parseSize(text)).toBe(bytes);
  });

  it.each(['', '-1G', 'G', '1X', '0.1G', '1e3', 1.5, -1, true, null, '99999999T'])('%s is none', (text) => {
    expect(parseSize(text)).toBeUndefined();
  });

  it('are written as they are read', () => {
    fc.assert(fc.property(fc.maxSafeNat(), (bytes) => parseSize(formatSize(bytes)) === bytes));
    expect(formatSize(50 * 2 ** 30)).toBe('50G');
  });
});

describe('durations', () => {
  it.each([
    ['1s', 1],
    ['120s', 120],
    ['2m', 120],
    ['1h', 3600],
    ['1.5m', 90],
    ['10', 10],
    [10, 10],
  ])('%s is %d seconds', (text, seconds) => {
    expect(parseDuration(text)).toBe(seconds);
  });

  it.each(['', '1d', '1S', '0.5s', '-1s', 0.5, false, null])('%s is none', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('are written as they are read', () => {
    fc.assert(fc.property(fc.nat(), (seconds) => parseDuration(formatDuration(seconds)) === seconds));
  });
});
