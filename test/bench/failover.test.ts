import { describe, expect, it } from 'vitest';
import type { EventName, Measured } from '../../src/bench/events.js';
import { rowOf } from '../../src/bench/failover.js';
import { judge, type Outage } from '../../src/bench/prober.js';

const sight = (at: number, holder: string | undefined, ...stored: string[]) => ({ at, holder, stored });

describe('an outage', () => {
  it('is the time in which the holder of the address has no storage', () => {
    const seen = [
      sight(0, 'hasta', 'hasta'),
      sight(1000, 'hastb', 'hasta'),
      sight(1500, 'hastb'),
      sight(3500, 'hastb', 'hastb'),
      sight(9000, 'hastb', 'hastb'),
    ];
    expect(judge(seen)).toEqual({
      withoutService: 2.5,
      withoutStorage: 2,
      servedAfter: 3.5,
      addressMovedAfter: 1,
      appeared: ['hastb'],
      watched: 9,
    });
  });

  it('has no end when the last look finds no service', () => {
    const seen = [sight(0, 'hasta', 'hasta'), sight(4000, 'hasta'), sight(9000, 'hasta')];
    expect(judge(seen)).toMatchObject({
      servedAfter: undefined,
      withoutService: 5,
      addressMovedAfter: undefined,
    });
  });

  it('lasts while two nodes hold the address, or none', () => {
    const seen = [sight(0, undefined, 'hasta'), sight(2000, 'hasta', 'hasta'), sight(3000, 'hasta', 'hasta')];
    expect(judge(seen)).toMatchObject({ withoutService: 2, withoutStorage: 0, servedAfter: 2, appeared: [] });
  });

  it('counts every place where the storage appeared', () => {
    const seen = [
      sight(0, 'hasta'),
      sight(1, 'hasta', 'hasta'),
      sight(2, 'hastb', 'hastb'),
      sight(3, 'hasta', 'hasta'),
    ];
    expect(judge(seen).appeared).toEqual(['hasta', 'hastb', 'hasta']);
  });
});

describe('a row of the fail-over bench', () => {
  const outage = (more: Partial<Outage>): Outage => ({
    withoutService: 1,
    withoutStorage: 1,
    servedAfter: 2,
    addressMovedAfter: 3,
    appeared: [],
    commands: 5,
    watched: 20,
    ...more,
  });
  const all = (more: Partial<Outage>) =>
    Object.fromEntries(
      (['planned move', 'power cut', 'crashed node returns', 'CARP flap', 'both boot'] as EventName[]).map(
        (name) => [name, outage(more)],
      ),
    ) as Measured;

  it('says the ratio and whether the aim is met', () => {
    const row = rowOf('planned move', all({ withoutService: 1.5 }), all({ withoutService: 6 }));
    expect(row.cells).toEqual(['1.5', '6.0', '1 : 4.0', '5 / 5']);
    expect(row.remark).toContain('aim 2.0 s: met');
  });

  it('measures a power cut from what CARP needs itself', () => {
    const row = (withoutService: number) => rowOf('power cut', all({ withoutService }), all({})).remark;
    expect(row(5)).toContain('aim CARP + 2.0 s: met; CARP 3.0 s');
    expect(row(5.1)).toContain('aim CARP + 2.0 s: MISSED');
  });

  it('takes never for never, not for a small figure', () => {
    const row = rowOf('crashed node returns', all({ servedAfter: undefined, withoutService: 0 }), all({}));
    expect(row.cells.slice(0, 3)).toEqual(['never', '1.0', '-']);
    expect(row.remark).toContain('aim 0 s: MISSED');
  });

  it('counts a flap by the storage alone: the address is away anyway', () => {
    const row = rowOf('CARP flap', all({ withoutService: 3, withoutStorage: 0 }), all({}));
    expect(row.cells[0]).toBe('0.0');
    expect(row.remark).toContain('aim 0 s: met');
  });
});
