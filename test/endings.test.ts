import { EventEmitter } from 'node:events';
import { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { type Endable, Endings } from '../src/endings.js';

/** A process with outputs that take everything until they are told to fail. */
function endable() {
  const written = { stdout: '', stderr: '' };
  const exits: number[] = [];
  const fails: { stdout?: string; stderr?: string } = {};
  const stream = (name: 'stdout' | 'stderr') =>
    new Writable({
      autoDestroy: false,
      write(chunk, _encoding, done) {
        const code = fails[name];
        if (code !== undefined) return done(Object.assign(new Error(code), { code }));
        written[name] += String(chunk);
        done();
      },
    });
  const process = Object.assign(new EventEmitter(), {
    stdout: stream('stdout'),
    stderr: stream('stderr'),
    exit: (code: number) => void exits.push(code),
  }) satisfies Endable;
  return { process, written, exits, fails, endings: new Endings(process) };
}

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'])('%s asks the run to finish the step in hand', (signal) => {
  const { process, endings, written, exits } = endable();
  process.emit(signal);
  expect([endings.signal.aborted, exits]).toEqual([true, []]);
  expect(written.stderr).toContain('finishing the current step');
});

it('a second Ctrl-C tells what is half done, and goes', async () => {
  const { process, endings, written, exits } = endable();
  const noted = endings.unfinished.add(() => ['this is over']);
  endings.unfinished.add(() => ['hasta: "Do it" was begun', 'to go on: hastconf apply']);
  noted();
  process.emit('SIGINT');
  await sleep(300);
  process.emit('SIGINT');
  expect(exits).toEqual([130]);
  expect(written.stderr).toMatch(
    /stopped at once; not finished:\n {2}hasta: "Do it" was begun\n {2}to go on: hastconf apply\n$/,
  );
  expect(written.stderr).not.toContain('this is over');
});

it('a Ctrl-C that a wrapper passes on as well is one, and so is a terminal that closes', async () => {
  const { process, exits } = endable();
  process.emit('SIGINT');
  process.emit('SIGINT');
  await sleep(300);
  process.emit('SIGHUP');
  expect(exits).toEqual([]);
});

it.each(['EPIPE', 'ENOSPC', 'EIO'])(
  '%s on stdout ends the run as Ctrl-C does, and never with 0',
  async (code) => {
    const { process, endings, fails, exits } = endable();
    fails.stdout = code;
    process.stdout.write('a result\n');
    expect(await endings.exitCode(0)).toBe(1);
    expect(await endings.exitCode(130)).toBe(1);
    expect(await endings.exitCode(5)).toBe(5);
    expect([endings.signal.aborted, exits]).toEqual([true, []]);
  },
);

it('a full disk is named, and a reader that had enough is not while nothing is half done', async () => {
  const full = endable();
  full.fails.stdout = 'ENOSPC';
  full.process.stdout.write('x');
  await full.endings.exitCode(0);
  expect(full.written.stderr).toContain('cannot write to stdout (ENOSPC)');
  const gone = endable();
  gone.fails.stdout = 'EPIPE';
  gone.process.stdout.write('x');
  await gone.endings.exitCode(0);
  expect(gone.written.stderr).toBe('');
});

it('a lost stderr ends the run as well, and nothing is thrown for it', async () => {
  const { process, endings, fails } = endable();
  fails.stderr = 'EIO';
  process.stderr.write('progress\n');
  await sleep(5);
  process.emit('SIGHUP');
  expect(await endings.exitCode(0)).toBe(1);
  expect(endings.signal.aborted).toBe(true);
});

it('a run that could say everything keeps its exit code', async () => {
  const { process, endings } = endable();
  process.stdout.write('a result\n');
  expect(await endings.exitCode(0)).toBe(0);
});
