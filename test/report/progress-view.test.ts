import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { progressBars } from '../../src/report/progress-bars.js';
import { createProgressView, type ProgressMode, progressMode } from '../../src/report/progress-view.js';
import type { ResourceProgress, SyncProgress } from '../../src/sync/types.js';

const MB = 1024 * 1024;

function one(over: Partial<ResourceProgress> = {}): ResourceProgress {
  return {
    resource: 'disk0',
    state: 'synchronising',
    detail: '',
    primary: 'hasta',
    dirty: 178 * MB,
    total: 478 * MB,
    ...over,
  };
}

function progress(resources: readonly ResourceProgress[], notices: readonly string[] = []): SyncProgress {
  const dirty = resources.reduce((sum, { dirty: part }) => sum + (part ?? 0), 0);
  const total = resources.reduce((sum, { total: part }) => sum + part, 0);
  return { resources, dirty, total, notices };
}

/** A stream that keeps what was written, as a terminal of 80 by 24 when asked. */
function screen(terminal: boolean) {
  const stream = new PassThrough() as PassThrough & { isTTY?: boolean; columns?: number; rows?: number };
  if (terminal) Object.assign(stream, { isTTY: true, columns: 80, rows: 24 });
  let written = '';
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  return { stream, text: () => written };
}

function view(mode: ProgressMode, clock: { now: number } = { now: 0 }) {
  const { stream, text } = screen(mode === 'bars');
  return { view: createProgressView({ mode, stream, color: false, now: () => clock.now }), text };
}

describe('which view', () => {
  it('is json with --json, bars on a terminal, lines otherwise', () => {
    expect(progressMode(screen(true).stream, true)).toBe('json');
    expect(progressMode(screen(true).stream, false)).toBe('bars');
    expect(progressMode(screen(false).stream, false)).toBe('lines');
  });
});

describe('plain lines', () => {
  it('says something every five seconds, only when it changed, and moves no cursor', () => {
    const clock = { now: 0 };
    const { view: shown, text } = view('lines', clock);
    for (clock.now = 0; clock.now <= 12_000; clock.now += 1000) {
      shown.update(progress([one({ dirty: (100 - clock.now / 1000) * MB })]));
    }
    for (; clock.now <= 60_000; clock.now += 1000) shown.update(progress([one({ dirty: 88 * MB })]));
    shown.end();
    expect(text().split('\n')).toEqual([
      'Synchronisation: 0 of 1 in sync, 100MB left',
      'Synchronisation: 0 of 1 in sync, 95MB left',
      'Synchronisation: 0 of 1 in sync, 90MB left',
      'Synchronisation: 0 of 1 in sync, 88MB left',
      '',
    ]);
  });

  it('says notices at once and the last state at the end', () => {
    const clock = { now: 0 };
    const { view: shown, text } = view('lines', clock);
    shown.update(progress([one()]));
    clock.now = 10;
    shown.update(progress([one({ state: 'lost' })], ['disk0: the connection between the nodes is lost']));
    shown.update(progress([one({ state: 'in-sync', dirty: 0 })]));
    shown.end();
    shown.end();
    expect(text().split('\n').slice(1)).toEqual([
      'disk0: the connection between the nodes is lost',
      'Synchronisation: 1 of 1 in sync',
      '',
    ]);
    expect(text()).not.toContain('\x1b');
  });
});

describe('json', () => {
  it('is one object a line, every key always there, and only what changed', () => {
    const { view: shown, text } = view('json');
    shown.update(progress([one({ rate: 1.6, secondsLeft: 3 }), one({ resource: 'b', state: 'waiting' })]));
    shown.update(
      progress([one({ rate: 1.6, secondsLeft: 3 }), one({ resource: 'b', state: 'init' })], ['hm']),
    );
    const lines = text()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines).toEqual([
      {
        event: 'sync',
        resource: 'disk0',
        state: 'synchronising',
        detail: '',
        primary: 'hasta',
        dirty: 178 * MB,
        total: 478 * MB,
        rate: 2,
        secondsLeft: 3,
      },
      expect.objectContaining({ resource: 'b', state: 'waiting', rate: null, secondsLeft: null }),
      { event: 'notice', message: 'hm' },
      expect.objectContaining({ resource: 'b', state: 'init' }),
    ]);
  });
});

describe('bars', () => {
  it('redraws in place and puts notices above', () => {
    const { view: shown, text } = view('bars');
    shown.update(progress([one(), one({ resource: 'b' })]));
    const first = text();
    shown.update(progress([one(), one({ resource: 'b' })]));
    expect(text()).toBe(first);
    shown.update(progress([one({ dirty: 0, state: 'in-sync' }), one({ resource: 'b' })], ['hm']));
    expect(text().slice(first.length)).toMatch(/^\x1b\[2A\r\x1b\[Jhm\n\r\x1b\[Kdisk0 .*100% in sync\n/);
  });

  const states = [
    'waiting',
    'init',
    'degraded',
    'lost',
    'synchronising',
    'in-sync',
    'stalled',
    'split',
  ] as const;
  it.each([40, 60, 80, 200])('never writes into the last of %d columns', (width) => {
    const long = {
      resource: 'x'.repeat(60),
      detail: 'y '.repeat(60),
      dirty: 4e15,
      total: 5e15,
      rate: 1e11,
      secondsLeft: 4e5,
    };
    const lines = progressBars(progress(states.map((state) => one({ ...long, state }))), {
      width,
      height: 20,
      color: false,
    });
    expect(lines).toHaveLength(states.length);
    for (const line of lines) expect(line).toMatch(new RegExp(`^[\\x20-\\x7e]{1,${width - 1}}$`));
  });

  it('draws no more lines than the terminal has, what is not finished first', () => {
    const all = Array.from({ length: 64 }, (_, index) =>
      one({ resource: `disk${index}`, state: index < 60 ? 'in-sync' : 'synchronising' }),
    );
    const lines = progressBars(progress(all), { width: 80, height: 10, color: false });
    expect(lines).toHaveLength(10);
    expect(lines[0]).toContain('disk60');
    expect(lines.at(-1)).toBe('... and 55 more; 60 of 64 in sync');
  });

  it('shows 100 % only for what is in sync', () => {
    const draw = (over: Partial<ResourceProgress>) =>
      progressBars(progress([one(over)]), { width: 80, height: 9, color: false })[0];
    expect(draw({ dirty: 0 })).toMatch(/ 99% checking$/);
    expect(draw({ dirty: 1, total: 1e12 })).toContain(' 99% ');
    expect(draw({ dirty: 0, total: 0, state: 'in-sync' })).toContain('100% in sync');
  });
});
