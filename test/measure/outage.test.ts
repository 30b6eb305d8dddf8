import { describe, expect, it } from 'vitest';
import { longestSeconds, outagesOf, type Sighting, totalSeconds, within } from '../../src/measure/outage.js';

const see = (node: string, at: number, has: string): Sighting => ({
  node,
  at,
  storage: has.includes('s'),
  address: has.includes('a'),
});

describe('times without', () => {
  const seen = [
    ...[see('a', 0, 'sa'), see('b', 10, ''), see('a', 1000, 'a'), see('a', 1500, '')],
    ...[see('b', 2000, 's'), see('b', 2400, 'sa'), see('a', 2500, ''), see('b', 4000, 'sa')],
  ];

  it('lie between what one node let go of and another had', () => {
    expect(outagesOf(seen, 100, 4500)).toEqual({
      storage: [{ from: 1000, to: 2000 }],
      address: [{ from: 1500, to: 2400 }],
      service: [{ from: 1000, to: 2400 }],
    });
  });

  it('begin with the first moment when nothing was there yet', () => {
    expect(outagesOf([see('a', 50, 'sa')], 0, 100).service).toEqual([{ from: 0, to: 50 }]);
  });

  it('begin with the last word of a node that then falls silent', () => {
    expect(outagesOf([see('a', 0, 'sa')], 0, 5000).service).toEqual([{ from: 0, to: 5000 }]);
    expect(outagesOf([see('a', 0, 'sa'), see('a', 4000, 'sa')], 0, 5000).service).toEqual([
      { from: 0, to: 4000 },
    ]);
    expect(outagesOf([see('a', 0, 'sa')], 0, 2900).service).toEqual([]);
  });

  it('one part on each node is no service', () => {
    const parts = [see('a', 0, 's'), see('b', 0, 'a')];
    expect(outagesOf(parts, 0, 100)).toEqual({ storage: [], address: [], service: [{ from: 0, to: 100 }] });
  });

  it('are summed, and the longest is told', () => {
    const gaps = [
      { from: 0, to: 1234 },
      { from: 5000, to: 5600 },
    ];
    expect([totalSeconds(gaps), longestSeconds(gaps), longestSeconds([])]).toEqual([1.83, 1.23, 0]);
    expect(within(gaps, 1000, 5100)).toEqual([
      { from: 1000, to: 1234 },
      { from: 5000, to: 5100 },
    ]);
  });
});
