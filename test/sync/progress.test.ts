import { describe, expect, it } from 'vitest';
import { begin, SILENCE_MS, type SyncState, step } from '../../src/sync/progress.js';
import type { SyncProgress } from '../../src/sync/types.js';
import { resource, sample } from './samples.js';

const MB = 1024 * 1024;
const SETTINGS = { stallTimeoutMs: 60_000, intervalSeconds: 1 };

/** Both nodes' looks, second by second; `look(at)` gives [primary's side, other side]. */
class Run {
  state: SyncState;
  progress!: SyncProgress;
  notices: string[] = [];
  at = 0;

  constructor(resources: readonly string[] = ['disk0']) {
    this.state = begin(resources, ['hasta', 'hastb'], SETTINGS, 0);
  }

  feed(one: Parameters<typeof step>[1], nowMs = this.at * 1000): this {
    const next = step(this.state, one, nowMs);
    this.state = next.state;
    this.progress = next.progress;
    this.notices.push(...next.progress.notices);
    return this;
  }

  /** One second in which hasta is primary with these figures and hastb its connected (or not) secondary. */
  second(status: 'complete' | 'degraded', dirty: number, connected = status === 'complete'): this {
    this.at += 1;
    this.feed(sample('hasta', { at: this.at, resources: [resource('disk0', 'primary', status, dirty)] }));
    const other = resource('disk0', 'secondary', connected ? 'complete' : undefined);
    return this.feed(sample('hastb', { at: this.at, resources: [other] }));
  }

  get one() {
    return this.progress.resources[0]!;
  }
}

describe('the progress of a synchronisation', () => {
  it('follows the measured full synchronisation: 478, 432, 332, 178, 0 MB', () => {
    const run = new Run();
    run.second('degraded', 0).second('degraded', 0);
    expect(run.one.state).toBe('degraded');
    for (const dirty of [478, 432, 332, 178]) run.second('complete', dirty * MB);
    expect(run.one).toMatchObject({
      state: 'synchronising',
      primary: 'hasta',
      dirty: 178 * MB,
      total: 478 * MB,
    });
    expect(run.one.rate).toBeCloseTo((300 / 3) * MB);
    expect(run.one.secondsLeft).toBe(2);
    run.second('complete', 0).second('complete', 0);
    expect(run.one).toMatchObject({ state: 'in-sync', dirty: 0 });
    expect(run.progress.secondsLeft).toBe(0);
    expect(run.notices).toEqual([]);
  });

  it('does not believe one clean look, nor a primary whose secondary is gone', () => {
    const run = new Run();
    run.second('complete', 0);
    expect(run.one.state).toBe('synchronising');
    // measured: after the secondary was re-created the primary said complete, 0 for three seconds more
    const stale = new Run();
    for (let i = 0; i < 3; i += 1) stale.second('complete', 0, false);
    expect(stale.one).toMatchObject({
      state: 'synchronising',
      detail: 'hastb is secondary but not connected',
    });
    stale.second('degraded', 0).second('complete', 478 * MB);
    expect(stale.one).toMatchObject({ state: 'synchronising', dirty: 478 * MB });
  });

  it('is not in sync in init, though a raw resource then shows zero dirty bytes', () => {
    const run = new Run();
    for (let at = 1; at < 5; at += 1) {
      run.feed(sample('hasta', { at, resources: [resource('disk0', 'init')] }), at * 1000);
      run.feed(sample('hastb', { at, resources: [resource('disk0', 'secondary')] }), at * 1000);
    }
    expect(run.one).toMatchObject({ state: 'init', detail: 'hasta is init, hastb is secondary' });
    expect(run.one.dirty).toBeUndefined();
  });

  it('stays in sync while writes in flight make the counter twitch, until a node is gone', () => {
    const run = new Run();
    run
      .second('complete', 0)
      .second('complete', 0)
      .second('complete', 2 * MB);
    expect(run.one).toMatchObject({ state: 'in-sync', dirty: 2 * MB });
    run.second('degraded', 4 * MB);
    expect(run.one.state).toBe('lost');
    run.second('complete', 4 * MB);
    expect(run.one.state).toBe('synchronising');
  });

  it('says a lost and a regained connection once each, and does not call the loss a stall', () => {
    const run = new Run();
    run.second('complete', 90 * MB).second('complete', 80 * MB);
    for (let i = 0; i < 200; i += 1) run.second('degraded', 80 * MB);
    expect(run.one.state).toBe('lost');
    run.second('complete', 80 * MB);
    expect(run.one.state).toBe('synchronising');
    expect(run.notices).toEqual([
      'disk0: the connection between the nodes is lost',
      'disk0: the nodes are connected again',
    ]);
  });

  it('is stalled after a minute in which a connected counter does not fall, and recovers when it does', () => {
    const run = new Run();
    run.second('complete', 90 * MB).second('complete', 80 * MB);
    for (let i = 0; i < 59; i += 1) run.second('complete', 80 * MB);
    expect(run.one.state).toBe('synchronising');
    expect(run.one.rate).toBe(0);
    expect(run.one.secondsLeft).toBeUndefined();
    run.second('complete', 81 * MB);
    expect(run.one.state).toBe('stalled');
    run.second('complete', 81 * MB);
    expect(run.notices).toEqual(['disk0: stalled (connected, but the dirty bytes do not get fewer)']);
    run.second('complete', 70 * MB);
    expect(run.one.state).toBe('synchronising');
  });

  it('does not stall while the counter falls now and then under load', () => {
    const run = new Run();
    for (let i = 0; i < 300; i += 1) run.second('complete', (100 + (i % 50 === 0 ? 0 : i)) * MB);
    expect(run.one.state).toBe('synchronising');
    expect(run.one.total).toBe((100 + 299) * MB);
  });

  it('is stalled when a worker comes and goes between init and primary', () => {
    const run = new Run();
    for (let at = 1; at < 65; at += 1) {
      const mine = at % 2 ? resource('disk0', 'init') : resource('disk0', 'primary', 'degraded');
      run.feed(sample('hasta', { at, resources: [mine] }), at * 1000);
      run.feed(sample('hastb', { at, resources: [resource('disk0', 'secondary')] }), at * 1000);
    }
    expect(run.one.state).toBe('stalled');
  });

  it('waits for hastd, with its own words', () => {
    const run = new Run();
    run.feed(sample('hasta', { at: 1, code: 71, words: 'Connection refused' }), 1000);
    expect(run.one).toMatchObject({
      state: 'waiting',
      detail: 'hastd on hasta: Connection refused, hastb has not answered',
    });
    run.feed(sample('hasta', { at: 2, code: 124 }), 2000);
    expect(run.one.detail).toContain('hastctl on hasta does not come back');
  });

  it('tells two primaries at once', () => {
    const run = new Run();
    run.second('complete', 0);
    run.feed(sample('hastb', { at: 2, resources: [resource('disk0', 'primary', 'degraded')] }), 2000);
    expect(run.one.state).toBe('split');
    expect(run.notices).toEqual(['disk0: both nodes are primary']);
  });

  it('follows the roles when they move to the other node', () => {
    const run = new Run();
    run.second('complete', 50 * MB).second('complete', 40 * MB);
    for (let at = 3; at < 6; at += 1) {
      run.feed(sample('hasta', { at, resources: [resource('disk0', 'secondary', 'complete')] }), at * 1000);
      const mine = resource('disk0', 'primary', 'complete', (60 - at * 10) * MB);
      run.feed(sample('hastb', { at, resources: [mine] }), at * 1000);
    }
    expect(run.one).toMatchObject({ state: 'synchronising', primary: 'hastb', dirty: 10 * MB });
    expect(run.one.rate).toBeCloseTo(10 * MB);
  });

  it('forgets what a node said that has been silent for too long', () => {
    const run = new Run();
    run.second('complete', 0).second('complete', 0);
    expect(run.one.state).toBe('in-sync');
    run.feed(undefined, 2000 + SILENCE_MS + 1);
    expect(run.one).toMatchObject({
      state: 'waiting',
      detail: 'hasta has not answered, hastb has not answered',
    });
  });

  it('gives the sum of several resources, and no time left while one of them does not move', () => {
    const run = new Run(['a', 'b']);
    const both = (at: number, a: number, b: number | undefined) => {
      const second = b === undefined ? resource('b', 'init') : resource('b', 'primary', 'complete', b);
      run.feed(
        sample('hasta', { at, resources: [resource('a', 'primary', 'complete', a), second] }),
        at * 1000,
      );
      const others = ['a', 'b'].map((name) => resource(name, 'secondary', 'complete'));
      run.feed(sample('hastb', { at, resources: others }), at * 1000);
    };
    both(1, 100, undefined);
    both(2, 90, undefined);
    expect(run.progress).toMatchObject({ dirty: 90, total: 100 });
    expect(run.progress.secondsLeft).toBeUndefined();
    both(3, 80, 200);
    both(4, 70, 170);
    expect(run.progress).toMatchObject({ dirty: 240, total: 300, rate: 40, secondsLeft: 6 });
  });

  it('keeps its rate when the node’s clock is set', () => {
    const run = new Run();
    run.second('complete', 100 * MB).second('complete', 90 * MB);
    for (let at = 3; at < 6; at += 1) {
      const mine = resource('disk0', 'primary', 'complete', (110 - at * 10) * MB);
      run.feed(sample('hasta', { at, ahead: at === 3 ? 3600 : -86_400, resources: [mine] }), at * 1000);
    }
    expect(run.one.rate).toBeCloseTo(10 * MB);
  });
});
