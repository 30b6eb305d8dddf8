import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import { expect, it } from 'vitest';
import { tarDisk } from '../../../src/lab/machines/tar.js';

const WHEN = new Date('2026-01-02T03:04:05Z');

it('writes an archive that tar reads, with modes and owners', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-tar-'));
  try {
    const content = `${'ä line\n'.repeat(200)}end`;
    const disk = tarDisk(
      [
        { path: 'root/.ssh/', mode: 0o700 },
        { path: 'root/.ssh/authorized_keys', mode: 0o600, content },
        { path: 'etc/empty', mode: 0o644, content: '' },
      ],
      WHEN,
    );
    const archive = join(dir, 'seed.tar');
    await writeFile(archive, disk);
    const { stdout } = await execa('tar', ['--numeric-owner', '--utc', '--full-time', '-tvf', archive]);
    expect(stdout.split('\n').map((line) => line.replace(/ +/g, ' '))).toEqual([
      'drwx------ 0/0 0 2026-01-02 03:04:05 root/.ssh/',
      `-rw------- 0/0 ${Buffer.byteLength(content)} 2026-01-02 03:04:05 root/.ssh/authorized_keys`,
      '-rw-r--r-- 0/0 0 2026-01-02 03:04:05 etc/empty',
    ]);
    await execa('tar', ['-xf', archive, '-C', dir]);
    expect(await readFile(join(dir, 'root/.ssh/authorized_keys'), 'utf8')).toBe(content);
    expect((await stat(join(dir, 'root/.ssh/authorized_keys'))).mode & 0o777).toBe(0o600);
  } finally {
    await rm(dir, { recursive: true });
  }
});

it('is a whole number of sectors, at least a mebibyte', () => {
  expect(tarDisk([{ path: 'a', mode: 0o644, content: 'x' }], WHEN).length).toBe(1024 * 1024);
  const large = tarDisk([{ path: 'a', mode: 0o644, content: 'x'.repeat(1_100_001) }], WHEN);
  expect(large.length).toBeGreaterThan(1_100_001);
  expect(large.length % 512).toBe(0);
});

it('refuses a path that does not fit', () => {
  expect(() => tarDisk([{ path: 'x'.repeat(101), mode: 0o644 }], WHEN)).toThrow(/too long/);
});
