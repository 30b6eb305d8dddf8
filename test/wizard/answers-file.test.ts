import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { answersPath, dropAnswers, loadAnswers, saveAnswers } from '../../src/wizard/answers-file.js';
import { START } from '../../src/wizard/flow.js';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hastconf-answers-'));
});
afterEach(async () => {
  await rm(dir, { recursive: true });
});

const at = new Date('2026-11-20T12:00:00Z');
const progress = {
  ...START,
  given: { login1: 'root@a', providers: ['x=x'] },
  trail: ['login1', 'providers'],
  drafts: { use: 'ufs' },
};

it('lies beside the cluster file', () => {
  expect(answersPath('/work/pair.yaml')).toBe('/work/.pair.yaml.answers');
  expect(answersPath('pair.yaml')).toBe('.pair.yaml.answers');
});

it('is read back as it was kept, by its owner alone', async () => {
  const path = join(dir, 'new', '.pair.yaml.answers');
  await saveAnswers(path, START, at);
  await saveAnswers(path, { ...progress, reopened: 'use', visit: true }, at);
  expect(await loadAnswers(path)).toEqual({ at, progress });
  expect((await stat(path)).mode & 0o777).toBe(0o600);
  expect(await readdir(join(dir, 'new'))).toEqual(['.pair.yaml.answers']);
  await dropAnswers(path);
  await dropAnswers(path);
  expect(await loadAnswers(path)).toBeUndefined();
});

it.each(['', 'not JSON', '{"version":2}', '{"version":1,"at":"x","given":{"a":1},"trail":[],"drafts":{}}'])(
  'that cannot be read is none: %s',
  async (text) => {
    const path = join(dir, 'answers');
    await writeFile(path, text);
    expect(await loadAnswers(path)).toBeUndefined();
    expect(await readFile(path, 'utf8')).toBe(text);
  },
);
