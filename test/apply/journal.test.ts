import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openRunLog } from '../../src/apply/journal.js';
import { captured } from '../commands/io.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hastconf-log-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const io = (env: Record<string, string>) => ({ ...captured().context.io, env });

it('the local log gets one JSON line an entry, in order, for its owner’s eyes', async () => {
  const log = await openRunLog(io({ XDG_STATE_HOME: dir }), 'pair1', 'run1');
  expect(log.path).toBe(join(dir, 'hastconf/pair1.log'));
  for (const step of [1, 2, 3]) log.write({ event: 'step', step });
  await expect.poll(async () => (await readFile(log.path, 'utf8')).split('\n').length).toBe(4);
  const lines = (await readFile(log.path, 'utf8')).trimEnd().split('\n');
  expect(lines.map((line) => JSON.parse(line))).toEqual(
    [1, 2, 3].map((step) => ({ at: '2026-11-20T12:00:00.000Z', run: 'run1', event: 'step', step })),
  );
  expect((await stat(log.path)).mode & 0o77).toBe(0);
});

it('lies in HOME where XDG has no say', async () => {
  expect((await openRunLog(io({ HOME: dir }), 'p', 'r')).path).toBe(join(dir, '.local/state/hastconf/p.log'));
});

it('that cannot be written stops nothing', async () => {
  await writeFile(join(dir, 'hastconf'), 'a file where the directory should be');
  await chmod(join(dir, 'hastconf'), 0o600);
  const log = await openRunLog(io({ XDG_STATE_HOME: dir }), 'p', 'r');
  log.write({ event: 'end' });
  log.write({ event: 'end' });
  await new Promise((resolve) => setImmediate(resolve));
});
