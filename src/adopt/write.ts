import { link, mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';

export interface NewFile {
  path: string;
  content: string;
  mode: number;
  /** Replace what is there. */
  force: boolean;
}

/** The file's text, or undefined when there is none. Exit 2 for anything else that is in the way. */
export async function existing(path: string): Promise<string | undefined> {
  return readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new HastconfError(ExitCode.Usage, `cannot read ${path}`, {
      detail: String(error.code),
      cause: error,
    });
  });
}

/** Exit 5: somebody's file is in the way. */
export function refusal(path: string, what: string): HastconfError {
  return new HastconfError(ExitCode.Refused, `${path} ${what}`, {
    remedy: 'name another file with --output FILE, or replace it with --force',
  });
}

/** Writes a file whole or not at all. Without `force` an existing one stays: exit 5. Exit 2 when it cannot be written. */
export async function writeNewFile({ path, content, mode, force }: NewFile): Promise<void> {
  const temporary = `${path}.hastconf-${process.pid}`;
  try {
    await mkdir(dirname(path), { recursive: true });
    const handle = await open(temporary, 'wx', mode);
    try {
      await handle.chmod(mode);
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    // link(2) refuses an existing name, rename(2) replaces it.
    if (force) await rename(temporary, path);
    else await link(temporary, path);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'EEXIST') throw refusal(path, 'exists');
    throw new HastconfError(ExitCode.Usage, `cannot write ${path}`, { detail: String(code), cause: error });
  } finally {
    await rm(temporary, { force: true });
  }
}
