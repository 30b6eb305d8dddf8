import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';
import { execa } from 'execa';
import { ExitCode, HastconfError } from '../../errors.js';
import { startTimeOf } from '../daemon-state.js';
import type { DiskFile } from './argv.js';
import { findProgram, needed } from './requirements.js';

export interface ImageEnv {
  PATH?: string | undefined;
  HOME?: string | undefined;
  XDG_CACHE_HOME?: string | undefined;
}

/**
 * A machine's image, ready to be read by QEMU and never written to. A packed one is unpacked once, into the
 * cache directory. Throws exit 2 for a file that is none.
 */
export async function openImage(file: string, env: ImageEnv): Promise<DiskFile> {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile()) throw new HastconfError(ExitCode.Usage, `there is no image ${file}`);
  if (file.endsWith('.qcow2')) return { file, format: 'qcow2' };
  if (file.endsWith('.img')) return { file, format: 'raw' };
  if (!file.endsWith('.img.xz')) {
    throw new HastconfError(ExitCode.Usage, `${file} is not an image of a machine`, {
      remedy: 'An image is a file .img.xz, .img (a raw disk) or .qcow2.',
    });
  }
  const cache = cacheDirectory(env);
  const key = createHash('sha256')
    .update(`${found.size} ${found.mtimeMs} ${basename(file)}`)
    .digest('hex');
  const unpacked = join(cache, `${basename(file, '.img.xz')}-${key.slice(0, 16)}.img`);
  if (await stat(unpacked).catch(() => undefined)) return { file: unpacked, format: 'raw' };
  await mkdir(cache, { recursive: true });
  await clearUnfinished(cache);
  await unpack(file, unpacked, env);
  return { file: unpacked, format: 'raw' };
}

/** Where unpacked images lie. */
export function cacheDirectory({ XDG_CACHE_HOME, HOME }: ImageEnv): string {
  return join(XDG_CACHE_HOME || join(HOME || homedir(), '.cache'), 'hastconf', 'images');
}

/** Under another name until it is whole, so that one killed halfway leaves nothing that looks like an image. */
async function unpack(file: string, target: string, env: ImageEnv): Promise<void> {
  const xz = await findProgram('xz', env.PATH);
  if (!xz) throw needed([['xz', 'xz-utils']]);
  const part = `${target}.${process.pid}.part`;
  try {
    // xz leaves holes where its output is a regular file.
    const output = createWriteStream(part, { mode: 0o600 });
    await once(output, 'open'); // then xz itself writes to the file
    await execa(xz, ['-dc', '-T0', file], { stdout: output, stdin: 'ignore' }).finally(() =>
      output.destroy(),
    );
    await rename(part, target);
  } catch (error) {
    await rm(part, { force: true });
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : '';
    throw new HastconfError(ExitCode.StepFailed, `${file} cannot be unpacked`, {
      detail: stderr || String(error),
      cause: error,
    });
  }
}

/** What an unpacking left behind whose process was killed. */
async function clearUnfinished(cache: string): Promise<void> {
  for (const name of await readdir(cache)) {
    const pid = /\.(\d+)\.part$/.exec(name)?.[1];
    if (pid !== undefined && startTimeOf(Number(pid)) === '') await rm(join(cache, name), { force: true });
  }
}
