import { closeSync, constants, lstatSync, openSync, readlinkSync } from 'node:fs';

const DIRECTORY = constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW;
/** As on FreeBSD (MAXSYMLINKS). */
const MAX_LINKS = 32;

/** A directory that is held open, and a name in it: stays what it is when others rename and relink around it. */
export interface Place {
  directory: number;
  /** `.` when the place is the root itself. */
  name: string;
  /** For fs calls: goes through the held directory, so only its last component can be a link. */
  path: string;
}

export class PathError extends Error {
  readonly code: string;
  constructor(code: string, path: string) {
    super(`${code}: ${path}`);
    this.code = code;
  }
}

function under(directory: number, name: string): string {
  return `/proc/self/fd/${directory}/${name}`;
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}

function linkTarget(path: string): string | undefined {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : undefined;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

interface WalkOptions {
  /** Follow a link in the last component, as open(2) does; false as lstat(2) and rename(2). */
  follow?: boolean;
  /** Called for a directory on the way that is missing; makes it. */
  makeDirectory?: (path: string) => void;
}

/**
 * Walks `path` below the directory `root`, one component at a time and never through the kernel's own
 * link following, so that neither an absolute link, `..`, nor a link swapped in meanwhile leads out.
 * `use` gets the place of the last component, which may not exist.
 */
export function withPlace<T>(
  root: string,
  path: string,
  use: (place: Place) => T,
  options: WalkOptions = {},
): T {
  const stack = [openSync(root, DIRECTORY)];
  const pending = path.split('/').reverse();
  let links = 0;
  try {
    for (;;) {
      const name = pending.pop();
      const directory = stack[stack.length - 1] as number;
      if (name === undefined) return use({ directory, name: '.', path: under(directory, '.') });
      if (name === '' || name === '.') continue;
      if (name === '..') {
        if (stack.length > 1) closeSync(stack.pop() as number);
        continue;
      }
      const last = pending.every((rest) => rest === '' || rest === '.');
      const here = under(directory, name);
      const target = last && options.follow === false ? undefined : linkTarget(here);
      if (target !== undefined) {
        if (++links > MAX_LINKS) throw new PathError('ELOOP', path);
        if (target.startsWith('/')) for (const fd of stack.splice(1)) closeSync(fd);
        pending.push(...target.split('/').reverse());
        continue;
      }
      if (last) return use({ directory, name, path: here });
      stack.push(enter(here, path, options));
    }
  } finally {
    for (const fd of stack) closeSync(fd);
  }
}

function enter(here: string, path: string, options: WalkOptions): number {
  try {
    return openSync(here, DIRECTORY);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT' && options.makeDirectory) {
      options.makeDirectory(here);
      return openSync(here, DIRECTORY);
    }
    // A link that appeared after linkTarget() looked: refuse rather than follow.
    throw new PathError(code === 'ELOOP' ? 'ENOTDIR' : code || 'EIO', path);
  }
}
