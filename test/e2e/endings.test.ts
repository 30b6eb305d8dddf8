import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NODES, type Pair, startPair } from './lab.js';

let pair: Pair;
beforeAll(async () => {
  // The nodes wait in real time: a step is to be still in hand when the second Ctrl-C comes.
  pair = await startPair({ accelerate: 1 });
});
afterAll(() => pair.stop());

const locks = () =>
  Promise.all(NODES.map((node) => pair.on(node, 'ls -d /var/db/hastconf/lock 2>/dev/null || :')));
const journal = () => pair.on('hasta', 'cat /var/db/hastconf/journal 2>/dev/null || :');

/** stderr and the exit code of a process that ends by itself. */
async function endOf(child: ChildProcess): Promise<{ code: number | null; stderr: string }> {
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  const [code] = (await once(child, 'close')) as [number | null];
  expect(stderr).not.toMatch(/^\s+at .+:\d+/m);
  return { code, stderr };
}

/** Resolves when a line of stdout matches. */
async function line(child: ChildProcess, pattern: RegExp): Promise<void> {
  let seen = '';
  for await (const chunk of child.stdout?.iterator({ destroyOnReturn: false }) ?? []) {
    seen += String(chunk);
    if (pattern.test(seen)) return;
  }
  throw new Error(`it ended without ${pattern}: ${seen}`);
}

/** Steps that the journal says were begun and never ended. */
async function halfDone(): Promise<string[]> {
  const lines = (await journal()).split('\n').map((text) => text.split(' '));
  const ended = new Set(
    lines.filter(([, , what]) => what !== 'start').map(([, run, , id]) => `${run} ${id}`),
  );
  return lines
    .filter(([, run, what, id]) => what === 'start' && !ended.has(`${run} ${id}`))
    .map((one) => one.join(' '));
}

it('an output that is full from the beginning ends an apply before its first step, with another code than 0', async () => {
  const full = openSync('/dev/full', 'w');
  const { code, stderr } = await endOf(pair.spawn(['apply', '-y', '--json'], full));
  closeSync(full);
  expect([code, stderr]).toEqual([1, expect.stringContaining('cannot write to stdout (ENOSPC)')]);
  expect(await locks()).toEqual(['', '']);
  expect(await journal()).toBe('');
});

it('a reader that goes away ends an apply after the step in hand, and the locks are given back', async () => {
  const child = pair.spawn(['apply', '-y', '--json']);
  const end = endOf(child);
  await line(child, /"event":"step"/);
  child.stdout?.destroy();
  const { code, stderr } = await end;
  expect([code, stderr]).toEqual([1, expect.stringContaining('cannot write to stdout (EPIPE)')]);
  expect(await locks()).toEqual(['', '']);
  expect(await halfDone()).toEqual([]);
  expect((await pair.hastconf(['plan', '--detailed-exitcode'])).code).toBe(7);
});

it('a terminal that hangs up ends it in the same way', async () => {
  const child = pair.spawn(['apply', '-y', '--json']);
  const end = endOf(child);
  await line(child, /"event":"step"/);
  child.stdout?.resume();
  child.kill('SIGHUP');
  child.kill('SIGHUP');
  expect((await end).code).toBe(130);
  expect(await locks()).toEqual(['', '']);
  expect(await halfDone()).toEqual([]);
});

it('a second Ctrl-C names the step in hand, the locks that stay and the way on; the next run takes them over', async () => {
  await pair.on('hasta', ': >/tmp/hold');
  const wait = 'while [ -e /tmp/hold ]; do sleep 0.2; done';
  const held = pair.on('hasta', `lockf -k /var/run/hastconf.step sh -c '${wait}'`);
  const child = pair.spawn(['apply', '-y', '--json']);
  const end = endOf(child);
  await line(child, /"id":"hasta[^"]*"[^\n]*"state":"start"/);
  child.stdout?.resume();
  child.kill('SIGINT');
  await sleep(400);
  child.kill('SIGINT');
  const { code, stderr } = await end;
  expect(code).toBe(130);
  expect(stderr).toMatch(/stopped at once; not finished:/);
  expect(stderr).toMatch(/^ {2}hasta: ".+" was begun; it may be half done/m);
  expect(stderr).toMatch(
    /^ {2}the lock on hastb stays behind: the next hastconf on this machine takes it over/m,
  );
  expect(stderr).toMatch(/^ {2}to go on: hastconf apply goes on/m);
  expect(await locks()).toEqual(['/var/db/hastconf/lock\n', '/var/db/hastconf/lock\n']);
  await pair.on('hasta', 'rm /tmp/hold');
  await held;
  const again = pair.spawn(['apply', '-y', '--json']);
  const ended = endOf(again);
  await line(again, /"state":"done"/);
  again.stdout?.resume();
  again.kill('SIGTERM');
  expect((await ended).code).toBe(130);
  expect(await locks()).toEqual(['', '']);
});

it('what only looks says nothing of a reader that had enough, and does not end with 0 either', async () => {
  const child = pair.spawn(['status']);
  child.stdout?.destroy();
  const { code, stderr } = await endOf(child);
  expect(code).not.toBe(0);
  expect(stderr).not.toContain('EPIPE');
});
