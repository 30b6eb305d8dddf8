import { describe, expect, it } from 'vitest';
import { ExitCode, HastconfError } from '../../src/errors.js';
import { stalledError } from '../../src/sync/explain.js';
import type { SyncProgress } from '../../src/sync/types.js';
import { type SyncWaitOptions, waitForSync } from '../../src/sync/wait.js';
import { FakeNode, looks } from './fake-node.js';
import { resource } from './samples.js';
import { pairSpec } from './spec.js';

const MB = 1024 * 1024;
const primary = (dirty: number, status: 'complete' | 'degraded' = 'complete') => [
  resource('disk0', 'primary', status, dirty),
];
const secondary = [resource('disk0', 'secondary', 'complete')];
const alone = [resource('disk0', 'secondary')];

interface Asked extends Partial<SyncWaitOptions> {
  a: FakeNode;
  b: FakeNode;
}

function wait({ a, b, ...options }: Asked, seen: SyncProgress[] = []) {
  return waitForSync([a, b], pairSpec(), {
    signal: new AbortController().signal,
    pollMs: 5,
    onProgress: (progress) => seen.push(progress),
    ...options,
  });
}

async function failure(promise: Promise<unknown>): Promise<HastconfError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(HastconfError);
  return error as HastconfError;
}

describe('waitForSync', () => {
  it('ends when everything is copied, with one channel a node and both closed', async () => {
    const a = new FakeNode(
      'hasta',
      looks(primary(0, 'degraded'), ...[478, 332, 178, 0].map((n) => primary(n * MB))),
    );
    const b = new FakeNode('hastb', looks(alone, secondary));
    const seen: SyncProgress[] = [];
    const outcome = await wait({ a, b }, seen);
    expect(outcome.result).toBe('in-sync');
    expect(outcome.progress).toMatchObject({ dirty: 0, total: 478 * MB });
    expect(seen.some((progress) => progress.dirty === 178 * MB)).toBe(true);
    expect([a.counters.channels, b.counters.channels, a.open, b.open]).toEqual([1, 1, 0, 0]);
  });

  it('goes on when the script on a node ends by itself', async () => {
    let n = 0;
    const a = new FakeNode('hasta', () => {
      n += 1;
      return n % 3 === 0 ? undefined : primary(n < 20 ? (20 - n) * MB : 0);
    });
    const outcome = await wait({ a, b: new FakeNode('hastb', looks(secondary)) });
    expect(outcome.result).toBe('in-sync');
    expect(a.counters.channels).toBeGreaterThan(5);
  });

  it('does not end while the secondary does not confirm', async () => {
    let confirmed = false;
    const a = new FakeNode('hasta', looks(primary(0)));
    const b = new FakeNode('hastb', (n) => {
      confirmed = n >= 20;
      return confirmed ? secondary : alone;
    });
    await wait({ a, b });
    expect(confirmed).toBe(true);
  });

  it('reports a stall, whose error names the causes and how to go on', async () => {
    const a = new FakeNode('hasta', looks(primary(9 * MB)));
    const outcome = await wait({ a, b: new FakeNode('hastb', looks(secondary)), stallTimeoutMs: 40 });
    expect(outcome.result).toBe('stalled');
    const error = stalledError(outcome, 40);
    expect(error.exit).toBe(ExitCode.StepFailed);
    expect(error.message).toContain('disk0');
    expect(error.detail).toBe(
      'disk0: stalled, 9.0MB dirty (connected, but the dirty bytes do not get fewer)',
    );
    expect(error.remedy).toMatch(/replication link.*hastconf wait/);
  });

  it('names other causes when the secondary never connected', async () => {
    const a = new FakeNode('hasta', looks(primary(0, 'degraded')));
    const outcome = await wait({ a, b: new FakeNode('hastb', looks(alone)), stallTimeoutMs: 40 });
    expect(outcome.result).toBe('stalled');
    expect(stalledError(outcome, 40).remedy).toMatch(/8457.*different size/);
  });

  it('exits 6 after the time limit, with the state of every resource', async () => {
    const a = new FakeNode('hasta', looks({ code: 71, text: 'Connection refused' }));
    const b = new FakeNode('hastb', looks(alone));
    const error = await failure(wait({ a, b, timeoutMs: 50 }));
    expect(error.exit).toBe(ExitCode.Timeout);
    expect(error.detail).toContain('hastd on hasta: Connection refused');
    expect(a.open + b.open).toBe(0);
  });

  it('exits 130 on Ctrl-C, says that the nodes go on, and closes its channels', async () => {
    const abort = new AbortController();
    const a = new FakeNode('hasta', (n) => {
      if (n === 5) abort.abort();
      return primary(9 * MB);
    });
    const b = new FakeNode('hastb', looks(secondary));
    const error = await failure(wait({ a, b, signal: abort.signal }));
    expect(error.exit).toBe(ExitCode.Interrupted);
    expect(error.remedy).toMatch(/nodes go on.*hastconf wait/);
    expect(a.open + b.open).toBe(0);
  });

  it('exits 130 at once when it was interrupted before it began', async () => {
    const a = new FakeNode('hasta', looks(primary(0)));
    const error = await failure(
      wait({ a, b: new FakeNode('hastb', looks(secondary)), signal: AbortSignal.abort() }),
    );
    expect(error.exit).toBe(ExitCode.Interrupted);
  });

  it('passes on the loss of a node at once', async () => {
    const gone = new HastconfError(ExitCode.Unreachable, 'hastb: connection lost', { node: 'hastb' });
    const a = new FakeNode('hasta', looks(primary(9 * MB)));
    const b = new FakeNode('hastb', looks(secondary, secondary, gone));
    expect(await failure(wait({ a, b }))).toBe(gone);
    expect(a.open).toBe(0);
  });

  it('gives up a node on which the script never works', async () => {
    const a = new FakeNode('hasta', looks(undefined));
    const error = await failure(wait({ a, b: new FakeNode('hastb', looks(secondary)) }));
    expect(error).toMatchObject({ exit: ExitCode.StepFailed, node: 'hasta' });
  });
});
