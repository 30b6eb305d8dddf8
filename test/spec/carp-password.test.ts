import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HastconfError } from '../../src/errors.js';
import { ensureCarpPassword, loadCarpPassword } from '../../src/spec/carp-password.js';
import { carpPasswordPath } from '../../src/spec/derive.js';
import type { ClusterSpec } from '../../src/spec/types.js';
import { demoSpec } from './demo.js';

let directory: string;
let specPath: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hastconf-carp-'));
  specPath = join(directory, 'pair.yaml');
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

function specWith(passwordFile?: string): ClusterSpec {
  const spec = demoSpec();
  return passwordFile === undefined ? spec : { ...spec, carp: { ...spec.carp, passwordFile } };
}

async function failure(content: string, mode = 0o600): Promise<HastconfError> {
  const path = join(directory, 'pair.carp');
  await writeFile(path, content);
  await chmod(path, mode);
  const error: unknown = await loadCarpPassword(demoSpec(), specPath).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(HastconfError);
  return error as HastconfError;
}

describe('carpPasswordPath', () => {
  it('is the file that is named, else one beside the cluster file', () => {
    expect(carpPasswordPath(specWith('/x/y'), specPath)).toBe('/x/y');
    expect(carpPasswordPath(specWith(), specPath)).toBe(join(directory, 'pair.carp'));
  });
});

describe('loadCarpPassword', () => {
  it('knows a missing file', async () => {
    expect(await loadCarpPassword(demoSpec(), specPath)).toBeUndefined();
  });

  it.each(['MyPassword\n', 'MyPassword', 'MyPassword\r\n'])('reads %j', async (content) => {
    await writeFile(join(directory, 'pair.carp'), content, { mode: 0o600 });
    expect((await loadCarpPassword(demoSpec(), specPath))?.reveal()).toBe('MyPassword');
  });

  it.each([
    ['', 'is empty'],
    ['Pass-word\n', 'has characters other than'],
    ['two\nlines\n', 'has characters other than'],
    ['pässword', 'has characters other than'],
    ['ABCDEFGHIJKLMNOPQRST', 'is 20 bytes long'],
    ['inet6', 'is a word that rc.conf reads'],
  ])('refuses %j', async (content, says) => {
    const error = await failure(content);
    expect(error).toMatchObject({ exit: 2, message: expect.stringContaining(says) });
    if (content !== '') expect(inspect(error)).not.toContain(content.trim());
  });

  it.each([0o640, 0o604, 0o660])('refuses mode %o', async (mode) => {
    expect(await failure('MyPassword', mode)).toMatchObject({
      exit: 2,
      remedy: `chmod 600 ${join(directory, 'pair.carp')}`,
    });
  });

  it('refuses a directory', async () => {
    await expect(loadCarpPassword(specWith(directory), specPath)).rejects.toMatchObject({ exit: 2 });
  });
});

describe('ensureCarpPassword', () => {
  it('makes a new one of 19 letters and digits that only its owner can read', async () => {
    const path = join(directory, 'private/keys/pair.carp');
    const made = await ensureCarpPassword(specWith(path), specPath);
    expect(made).toMatchObject({ created: true, path });
    expect(made.password.reveal()).toMatch(/^[A-Za-z0-9]{19}$/);
    expect(await readFile(path, 'utf8')).toBe(`${made.password.reveal()}\n`);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'private/keys'))).mode & 0o777).toBe(0o700);
    expect(await readdir(join(directory, 'private/keys'))).toEqual(['pair.carp']);
  });

  it('keeps the one that is there', async () => {
    const first = await ensureCarpPassword(demoSpec(), specPath);
    const second = await ensureCarpPassword(demoSpec(), specPath);
    expect(second.created).toBe(false);
    expect(second.password.reveal()).toBe(first.password.reveal());
  });

  it('never overwrites, however many do it at once', async () => {
    const all = await Promise.all(Array.from({ length: 8 }, () => ensureCarpPassword(demoSpec(), specPath)));
    expect(new Set(all.map(({ password }) => password.reveal())).size).toBe(1);
    expect(all.filter(({ created }) => created)).toHaveLength(1);
  });

  it('makes a different one each time', async () => {
    const [left, right] = await Promise.all(
      ['a', 'b'].map((name) => ensureCarpPassword(specWith(join(directory, name)), specPath)),
    );
    expect(left?.password.reveal()).not.toBe(right?.password.reveal());
  });

  it('says where it cannot write', async () => {
    const path = join(directory, 'pair.yaml', 'x');
    await writeFile(specPath, '');
    await expect(ensureCarpPassword(specWith(path), specPath)).rejects.toMatchObject({
      exit: 2,
      message: expect.stringContaining(path),
    });
  });
});
