import { open } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import type { DiskFile } from './argv.js';
import type { Emulator } from './requirements.js';

/** A disk that begins as `base` and leaves that untouched: an overlay, or a copy where qemu-img is missing. */
export async function overlay(
  { qemuImg }: Pick<Emulator, 'qemuImg'>,
  base: DiskFile,
  directory: string,
  name: string,
): Promise<DiskFile> {
  if (!qemuImg) {
    const file = join(directory, `${name}.${base.format === 'raw' ? 'img' : 'qcow2'}`);
    await copySparse(base.file, file);
    return { file, format: base.format };
  }
  const file = join(directory, `${name}.qcow2`);
  await execa(qemuImg, ['create', '-q', '-f', 'qcow2', '-b', base.file, '-F', base.format, file]);
  return { file, format: 'qcow2' };
}

/** An empty disk that takes no room. */
export async function blankDisk(directory: string, name: string, bytes: number): Promise<DiskFile> {
  const file = join(directory, `${name}.img`);
  const handle = await open(file, 'wx', 0o600);
  try {
    await handle.truncate(bytes);
  } finally {
    await handle.close();
  }
  return { file, format: 'raw' };
}

export async function copySparse(from: string, to: string): Promise<void> {
  await execa('cp', ['--sparse=always', '--reflink=auto', '--', from, to]);
}
