import { afterEach, describe, expect, it } from 'vitest';
import { type ControlledClock, createClock } from '../../../src/lab/world/clock.js';

let clock: ControlledClock;
afterEach(() => clock.stop());

describe('a jumping clock', () => {
  it('goes straight to the end of a sleep, through every timer before it, in order', async () => {
    clock = createClock({ accelerate: 'jump', start: 0 });
    const seen: string[] = [];
    clock.after(3000, () => seen.push(`b ${Math.round(clock.now() / 1000)}`));
    clock.after(1000, () => seen.push(`a ${Math.round(clock.now() / 1000)}`));
    clock.after(9000, () => seen.push('late'));
    const real = Date.now();
    await clock.sleep(5000);
    expect(seen).toEqual(['a 1', 'b 3']);
    expect(Date.now() - real).toBeLessThan(1000);
    expect(clock.now()).toBeGreaterThanOrEqual(5000);
  });

  it('stands at real speed while somebody computes, and while nobody sleeps', async () => {
    clock = createClock({ accelerate: 'jump', start: 0 });
    let fired = false;
    clock.after(60_000, () => {
      fired = true;
    });
    const leave = clock.enter();
    const sleeping = clock.sleep(60_000);
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
    expect(clock.now()).toBeLessThan(30_000);
    expect(fired).toBe(false);
    leave();
    await sleeping;
    expect(fired).toBe(true);
  });
});

describe('calls', () => {
  it('are idle while they only sleep, and say so', async () => {
    clock = createClock({ accelerate: 'jump', start: 0 });
    const said: boolean[] = [];
    await clock.call(
      async () => clock.sleep(10_000),
      (waiting) => said.push(waiting),
    );
    expect(said).toEqual([true, false]);
    expect(clock.now()).toBeGreaterThanOrEqual(10_000);
  });

  it('are idle while they wait for a nested party that accounts for itself', async () => {
    clock = createClock({ accelerate: 'jump', start: 0 });
    await clock.call(async () => {
      const nested = clock.call(
        async () => clock.sleep(30_000),
        () => undefined,
      );
      await clock.outside(nested);
    });
    expect(clock.now()).toBeGreaterThanOrEqual(30_000);
  });

  it('leave nothing busy behind when they end before what they wait for', async () => {
    clock = createClock({ accelerate: 'jump', start: 0 });
    let end: () => void = () => undefined;
    const nested = new Promise<void>((resolve) => {
      end = resolve;
    });
    let left: Promise<void> | undefined;
    await clock.call(async () => {
      left = clock.outside(nested);
    });
    end();
    await left;
    await clock.sleep(1_000_000);
    expect(clock.now()).toBeGreaterThanOrEqual(1_000_000);
  });
});

describe('sleep', () => {
  it('ends with the reason of its signal', async () => {
    clock = createClock({ accelerate: 1, start: 0 });
    const given = new AbortController();
    const sleeping = clock.sleep(60_000, given.signal);
    given.abort(new Error('killed'));
    await expect(sleeping).rejects.toThrow('killed');
  });

  it('takes a part of the time when the clock is accelerated', async () => {
    clock = createClock({ accelerate: 100, start: 0 });
    const real = Date.now();
    await clock.sleep(5000);
    expect(Date.now() - real).toBeLessThan(2500);
  });
});
