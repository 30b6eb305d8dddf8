import type { EventEmitter } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { DirtyHistory, sparkline } from '../../src/report/history.js';
import { speaksUnicode } from '../../src/report/unicode.js';
import { WatchScreen } from '../../src/report/watch-screen.js';
import { screenAfter } from '../e2e/screen.js';

function terminal(columns: number, rows: number) {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns, rows });
  let written = '';
  stream.on('data', (chunk: Buffer) => {
    written += chunk.toString();
  });
  return { stream, written: () => written };
}

const lines = (count: number, word: string) =>
  Array.from({ length: count }, (_, index) => `${word} ${index + 1}`).join('\n');

describe('the screen of --watch', () => {
  it('shows the last text alone, also when it is shorter than the one before', async () => {
    const { stream, written } = terminal(80, 24);
    const screen = new WatchScreen(stream);
    screen.show(() => lines(10, 'a long line of the first sample, number'));
    screen.show(() => lines(3, 'second'));
    expect(await screenAfter(written())).toBe('second 1\nsecond 2\nsecond 3\n');
    expect(written()).not.toContain('\x1b[2J');
  });

  it('keeps the verdict, which stands last, when the window is too small', async () => {
    const { stream, written } = terminal(40, 10);
    new WatchScreen(stream).show(() => `${lines(30, 'line')}\nverdict that is ${'very '.repeat(20)}long`);
    const shown = (await screenAfter(written())).trimEnd().split('\n');
    expect(shown).toHaveLength(10);
    expect(shown[6]).toBe('... 22 more lines: enlarge the window');
    expect(shown[9]).toMatch(/^verdict that is .{23}~$/);
  });

  it('draws again when the window changes its size, and leaves nothing behind', async () => {
    const { stream, written } = terminal(80, 24);
    stream.write('what was there before\r\n');
    const screen = new WatchScreen(stream);
    screen.show((columns) => `for ${columns}`);
    stream.columns = 100;
    (stream as EventEmitter).emit('resize');
    expect(await screenAfter(written())).toBe('for 100\n');
    screen.close();
    expect(stream.listenerCount('resize')).toBe(0);
    expect(await screenAfter(written())).toBe('what was there before\n');
  });
});

describe('the history of dirty bytes', () => {
  const at = (dirty: number | null, status: 'complete' | 'degraded' = 'complete') => ({
    dirty,
    resources: [
      {
        resource: 'disk0',
        primary: 'hasta',
        status,
        dirty,
        rate: null,
        secondsLeft: null,
        queues: {},
        localErrors: {},
      },
    ],
  });

  it('gives a rate only over a connection, and only while it falls', () => {
    const history = new DirtyHistory();
    history.add(at(100, 'degraded'), 0);
    history.add(at(90), 2000);
    expect(history.rates()).toEqual(new Map());
    history.add(at(50), 4000);
    expect(history.rates()).toEqual(new Map([['disk0', 20]]));
    history.add(at(null), 6000);
    expect(history.rates()).toEqual(new Map());
    expect(history.totals()).toEqual([100, 90, 50, null]);
    expect(history.spanMs()).toBe(6000);
  });

  it('is one character a sample', () => {
    expect(sparkline([0, 1, 50, 100, null, 0], true)).toBe('▁▂▅█ ▁');
    expect(sparkline([0, 1, 50, 100, null, 0], false)).toBe('_.+# _');
    expect(sparkline([0, 0], true)).toBe('▁▁');
  });
});

it.each([
  [{}, true],
  [{ LANG: 'C.UTF-8' }, true],
  [{ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }, false],
  [{ LANG: 'de_DE.ISO8859-1' }, false],
  [{ LC_ALL: '', LANG: 'en_US.utf8' }, true],
])('with %j the terminal speaks Unicode: %s', (env, expected) => {
  expect(speaksUnicode(env)).toBe(expected);
});
