import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  addPoint,
  type Point,
  rateOf,
  secondsBetween,
  secondsLeft,
  WINDOW_SECONDS,
} from '../../src/sync/rate.js';

describe('secondsBetween', () => {
  it.each([
    ['both clocks agree', { epoch: 10, atMs: 0 }, { epoch: 11, atMs: 1000 }, 1],
    ['the node runs faster (accelerated lab)', { epoch: 10, atMs: 0 }, { epoch: 11, atMs: 25 }, 1],
    ['hastctl took its whole time limit', { epoch: 10, atMs: 0 }, { epoch: 21, atMs: 11_000 }, 11],
    ['the node’s clock was set back', { epoch: 5000, atMs: 0 }, { epoch: 10, atMs: 1200 }, 1.2],
    ['the node’s clock was set forward', { epoch: 10, atMs: 0 }, { epoch: 3610, atMs: 1200 }, 1.2],
    ['the node has no working date', { epoch: 0, atMs: 0 }, { epoch: 0, atMs: 900 }, 0.9],
  ])('%s', (_name, before, after, expected) => {
    expect(secondsBetween(before, after, 1)).toBeCloseTo(expected);
  });
});

describe('rate and time left', () => {
  it('is unknown with one point and with points of the same second', () => {
    expect(rateOf([{ t: 3, dirty: 5 }])).toBeUndefined();
    expect(
      rateOf([
        { t: 3, dirty: 5 },
        { t: 3, dirty: 1 },
      ]),
    ).toBeUndefined();
  });

  it('is zero, not negative, when more is written than copied', () => {
    expect(
      rateOf([
        { t: 0, dirty: 10 },
        { t: 1, dirty: 90 },
      ]),
    ).toBe(0);
    expect(secondsLeft(90, 0)).toBeUndefined();
  });

  it('is zero seconds left when nothing is dirty, whatever the rate', () => {
    expect(secondsLeft(0, undefined)).toBe(0);
  });

  it('forgets what is older than the window, but always keeps two points', () => {
    let window: Point[] = [];
    for (let t = 0; t <= 100; t += 1) window = addPoint(window, { t, dirty: 0 });
    expect(window[0]!.t).toBeGreaterThanOrEqual(100 - WINDOW_SECONDS - 1);
    expect(addPoint([{ t: 0, dirty: 9 }], { t: 500, dirty: 1 })).toHaveLength(2);
  });

  it('never promises more time while the copying runs evenly (property)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1e9 }), fc.integer({ min: 3, max: 60 }), (rate, length) => {
        let window: Point[] = [];
        let before = Number.POSITIVE_INFINITY;
        for (let t = 0; t <= length; t += 1) {
          const dirty = rate * (length - t);
          window = addPoint(window, { t, dirty });
          const left = secondsLeft(dirty, rateOf(window));
          if (left === undefined) continue;
          expect(left).toBeLessThanOrEqual(before);
          before = left;
        }
        expect(before).toBe(0);
      }),
    );
  });

  it('is never negative, infinite or not a number, whatever the counter does (property)', () => {
    const points = fc.array(fc.record({ t: fc.nat(100_000), dirty: fc.nat() }), { maxLength: 50 });
    fc.assert(
      fc.property(points, (raw) => {
        let window: Point[] = [];
        for (const point of raw.toSorted((a, b) => a.t - b.t)) {
          window = addPoint(window, point);
          const rate = rateOf(window);
          if (rate !== undefined) expect(rate >= 0 && Number.isFinite(rate)).toBe(true);
          const left = secondsLeft(point.dirty, rate);
          if (left !== undefined) expect(left >= 0 && Number.isFinite(left)).toBe(true);
        }
      }),
    );
  });
});
