import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { RootedFiles } from '../../../src/lab/shell/files.js';

let directory: string;
let root: string;
let outside: string;
let files: RootedFiles;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hastconf-files-'));
  root = join(directory, 'root');
  outside = join(directory, 'etc');
  mkdirSync(join(root, 'etc'), { recursive: true });
  mkdirSync(outside);
  writeFileSync(join(outside, 'passwd'), 'host');
  files = new RootedFiles(root, undefined);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

describe('files of a node', () => {
  it('are written with missing directories made, read, listed and removed', async () => {
    await files.write('/var/db/x/file', 'text', 0o600);
    expect(await files.read('/var/db/x/file')).toBe('text');
    expect(await files.list('/var/db/x')).toEqual(['file']);
    expect(await files.exists('/var/db/x')).toBe(true);
    await files.remove('/var/db');
    expect(await files.read('/var/db/x/file')).toBeUndefined();
    expect(await files.list('/var/db')).toBeUndefined();
    expect(await files.exists('/var/db/x/file')).toBe(false);
  });

  it('keep bytes that are not UTF-8', async () => {
    writeFileSync(join(root, 'etc/raw'), Buffer.from([0, 0xff, 0xc3, 0xa9, 0x80]));
    await files.write('/etc/copy', (await files.read('/etc/raw')) ?? '');
    expect([...readFileSync(join(root, 'etc/copy'))]).toEqual([0, 0xff, 0xc3, 0xa9, 0x80]);
  });

  it.each([
    ['an absolute link', () => symlinkSync('/etc/passwd', join(root, 'link'))],
    ['a link out of the root', () => symlinkSync('../../../etc/passwd', join(root, 'link'))],
    ['a link by its real path', () => symlinkSync(join(outside, 'passwd'), join(root, 'link'))],
    [
      'a chain of links through a directory',
      () => {
        symlinkSync('/', join(root, 'up'));
        symlinkSync('up/../etc/passwd', join(root, 'link'));
      },
    ],
  ])('never lead out through %s', async (_name, make) => {
    make();
    expect(await files.read('/link')).toBeUndefined();
    await files.write('/link', 'changed');
    expect(readFileSync(join(outside, 'passwd'), 'utf8')).toBe('host');
    expect((await files.real('/link')).startsWith(`${root}/`)).toBe(true);
  });

  it('cannot be left with dots', async () => {
    await files.write('/../../etc/passwd', 'inside');
    expect(readFileSync(join(root, 'etc/passwd'), 'utf8')).toBe('inside');
    expect(readFileSync(join(outside, 'passwd'), 'utf8')).toBe('host');
  });

  it('remove a link, not what it names', async () => {
    symlinkSync(outside, join(root, 'out'));
    await files.remove('/out');
    expect(readFileSync(join(outside, 'passwd'), 'utf8')).toBe('host');
    expect(await files.exists('/out')).toBe(false);
  });

  it('remove a tree with links without following them', async () => {
    mkdirSync(join(root, 'tree'));
    symlinkSync(outside, join(root, 'tree/out'));
    await files.remove('/tree');
    expect(readFileSync(join(outside, 'passwd'), 'utf8')).toBe('host');
  });

  it('give up on links in a circle', async () => {
    symlinkSync('b', join(root, 'a'));
    symlinkSync('a', join(root, 'b'));
    await expect(files.read('/a')).rejects.toThrow('ELOOP');
  });

  it('are never the root itself', async () => {
    await expect(files.remove('/')).rejects.toThrow('EBUSY');
    await expect(files.remove('/etc/..')).rejects.toThrow('EBUSY');
    expect(await files.real('/..')).toBe(root);
  });
});
