import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join, posix } from 'node:path';
import { ExitCode, HastconfError } from '../errors.js';

/** One file of a rendered tree. */
export interface TreeFile {
  /** Relative to the tree's directory, with `/`. */
  path: string;
  content: string;
  mode: number;
}

/** Says that a directory is a rendered tree, and which files in it are ours. */
export const MARKER = '.hastconf-render';

/**
 * Makes `directory` hold these files: those of an earlier call that are gone from the list are removed,
 * everything else stays. Exit 5 for a directory, or a file in it, that no earlier call has made.
 * Synchronous: a few small files take less time than the way through the thread pool and back.
 */
export function writeTree(directory: string, files: readonly TreeFile[]): { removed: string[] } {
  const known = ownFiles(directory);
  const directories = new Set<string>();
  for (const file of files) refuseForeign(directory, file.path, known, directories);
  const paths = files.map((file) => file.path).sort();
  const removed = [...known].filter((path) => !paths.includes(path)).sort();
  asUsageError(directory, () => {
    mkdirSync(directory, { recursive: true });
    // The list first, old and new together: a run that breaks off leaves nothing that the next takes for foreign.
    writeMarker(directory, [...new Set([...known, ...paths])].sort());
    for (const path of removed) removeFile(directory, path);
    for (const below of new Set(files.map((file) => dirname(file.path))))
      mkdirSync(join(directory, below), { recursive: true });
    for (const file of files) writeFileAtomically(directory, file);
    if (removed.length > 0) writeMarker(directory, paths);
  });
  return { removed };
}

/** The files that an earlier call made. A missing or empty directory has none; any other needs the marker. */
function ownFiles(directory: string): Set<string> {
  if (entriesOf(directory).length === 0) return new Set();
  const text = orUndefined(() => readFileSync(join(directory, MARKER), 'utf8'));
  if (text === undefined) {
    throw new HastconfError(ExitCode.Refused, `${directory} holds files that hastconf did not write`, {
      remedy: 'name a directory that is new or empty: --output DIR',
    });
  }
  const paths = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  const outside = paths.find(
    (path) => posix.isAbsolute(path) || posix.normalize(path) !== path || path.startsWith('..'),
  );
  if (outside !== undefined) {
    throw new HastconfError(
      ExitCode.Refused,
      `${join(directory, MARKER)} names a path outside its directory`,
      {
        remedy: 'name a directory that is new or empty: --output DIR',
      },
    );
  }
  return new Set(paths);
}

function entriesOf(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === 'ENOENT') return [];
    throw new HastconfError(ExitCode.Usage, `cannot write to ${directory}`, { detail: String(code) });
  }
}

/**
 * A file, or a link on the way to it, that somebody else put there must be neither replaced nor followed.
 * `directories` are those that were looked at before.
 */
function refuseForeign(
  directory: string,
  path: string,
  known: ReadonlySet<string>,
  directories: Set<string>,
): void {
  const parts = path.split('/');
  for (let length = 1; length <= parts.length; length++) {
    const place = join(directory, ...parts.slice(0, length));
    if (directories.has(place)) continue;
    const found = orUndefined(() => lstatSync(place, { throwIfNoEntry: false }));
    if (!found) return;
    const fits = length < parts.length ? found.isDirectory() : found.isFile() && known.has(path);
    if (!fits) {
      throw new HastconfError(ExitCode.Refused, `${place} is not from hastconf and stands in the way`, {
        remedy: 'move it away, or name another directory: --output DIR',
      });
    }
    if (found.isDirectory()) directories.add(place);
  }
}

function writeMarker(directory: string, paths: readonly string[]): void {
  const content = `# Files that hastconf render wrote here; it replaces and removes only these.\n${paths.join('\n')}\n`;
  writeFileAtomically(directory, { path: MARKER, content, mode: 0o644 });
}

function writeFileAtomically(directory: string, file: TreeFile): void {
  const path = join(directory, file.path);
  const temporary = `${path}.hastconf-${process.pid}`;
  try {
    writeFileSync(temporary, file.content, { flag: 'wx', mode: file.mode & 0o600 });
    chmodSync(temporary, file.mode);
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function removeFile(directory: string, path: string): void {
  // A directory that took the file's place is not ours.
  const found = orUndefined(() => lstatSync(join(directory, path)));
  if (found?.isFile()) rmSync(join(directory, path));
  let parent = posix.dirname(path);
  while (parent !== '.' && removeIfEmpty(join(directory, parent))) parent = posix.dirname(parent);
}

function removeIfEmpty(directory: string): boolean {
  try {
    rmdirSync(directory);
    return true;
  } catch {
    return false;
  }
}

function orUndefined<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch {
    return undefined;
  }
}

function asUsageError(directory: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof HastconfError || code === undefined) throw error;
    throw new HastconfError(ExitCode.StepFailed, `cannot write below ${directory}`, {
      detail: code,
      cause: error,
    });
  }
}
