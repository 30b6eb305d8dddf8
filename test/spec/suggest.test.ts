import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { closest, editDistance } from '../../src/spec/suggest.js';

describe('closest', () => {
  it.each([
    ['vihd', 'vhid'],
    ['replicaton', 'replication'],
    ['Timeout', 'timeout'],
    ['xyzzy', undefined],
    ['', undefined],
  ])('%s means %s', (word, meant) => {
    expect(closest(word, ['vhid', 'replication', 'timeout', 'local'])).toBe(meant);
  });
});

describe('editDistance', () => {
  it('is a distance', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (left, right) => {
        const distance = editDistance(left, right);
        expect(distance).toBe(editDistance(right, left));
        expect(distance === 0).toBe(left === right);
        expect(distance).toBeLessThanOrEqual(Math.max(left.length, right.length));
        expect(distance).toBeGreaterThanOrEqual(Math.abs(left.length - right.length));
      }),
    );
  });
});
