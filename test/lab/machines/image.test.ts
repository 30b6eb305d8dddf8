import { mkdtemp, readdir, readFile, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { overlay } from '../../../src/lab/machines/disks.js';
import { cacheDirectory, openImage } from '../../../src/lab/machines/image.js';

let dir: string;
const env = () => ({ PATH: process.env.PATH, XDG_CACHE_HOME: join(dir, 'cache') });
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hastconf-image-'));
});
afterEach(() => rm(dir, { recursive: true }));

async function packed(content: string): Promise<string> {
  const file = join(dir, 'm.img.xz');
  await writeFile(file, (await execa('xz', ['-c'], { input: content, encoding: 'buffer' })).stdout);
  return file;
}

it('unpacks an image once, and again when it is another one', async () => {
  const file = await packed('first');
  const one = await openImage(file, env());
  expect(await readFile(one.file, 'utf8')).toBe('first');
  const { ino } = await stat(one.file);
  expect(await openImage(file, env())).toEqual(one);
  expect((await stat(one.file)).ino).toBe(ino);
  await packed('second');
  await utimes(file, 1, 1);
  const two = await openImage(file, env());
  expect(await readFile(two.file, 'utf8')).toBe('second');
  expect(await readFile(one.file, 'utf8')).toBe('first');
});

it('leaves nothing that looks like an image when the file is broken', async () => {
  const file = join(dir, 'm.img.xz');
  await writeFile(file, 'no xz');
  await expect(openImage(file, env())).rejects.toMatchObject({
    exit: 1,
    detail: expect.stringMatching(/xz/),
  });
  expect(await readdir(cacheDirectory(env()))).toEqual([]);
});

it('clears what a killed unpacking left', async () => {
  const file = await packed('whole');
  const first = await openImage(file, env());
  await writeFile(`${first.file}.999999999.part`, 'half');
  await rm(first.file);
  await openImage(file, env());
  expect((await readdir(cacheDirectory(env()))).filter((name) => name.endsWith('.part'))).toEqual([]);
});

it('takes .img and .qcow2 as they are, and nothing else', async () => {
  for (const [name, format] of [
    ['a.img', 'raw'],
    ['a.qcow2', 'qcow2'],
  ] as const) {
    await writeFile(join(dir, name), '');
    expect(await openImage(join(dir, name), env())).toEqual({ file: join(dir, name), format });
  }
  await writeFile(join(dir, 'a.iso'), '');
  await expect(openImage(join(dir, 'a.iso'), env())).rejects.toMatchObject({ exit: 2 });
  await expect(openImage(join(dir, 'missing.img'), env())).rejects.toMatchObject({ exit: 2 });
});

it('names the package when xz is missing', async () => {
  const file = await packed('x');
  await expect(openImage(file, { ...env(), PATH: dir })).rejects.toMatchObject({
    exit: 3,
    remedy: 'On Debian and Ubuntu: apt-get install xz-utils',
  });
});

it('copies a disk where there is no qemu-img, and leaves the image alone', async () => {
  await writeFile(join(dir, 'base.img'), 'base');
  const base = { file: join(dir, 'base.img'), format: 'raw' as const };
  const copy = await overlay({ qemuImg: undefined }, base, dir, 'vtbd0');
  expect(copy).toEqual({ file: join(dir, 'vtbd0.img'), format: 'raw' });
  await writeFile(copy.file, 'changed');
  expect(await readFile(base.file, 'utf8')).toBe('base');
});
