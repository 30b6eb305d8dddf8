import { chmod, lstat, mkdir, open, readdir, readFile, rename, rm, rmdir } from 'node:fs/promises';
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
 */
export async function writeTree(
  directory: string,
  files: readonly TreeFile[],
): Promise<{ removed: string[] }> {
  const known = await ownFiles(directory);
  for (const file of files) await refuseForeign(directory, file.path, known);
  const paths = files.map((file) => file.path).sort();
  const removed = [...known].filter((path) => !paths.includes(path)).sort();
  await asUsageError(directory, async () => {
    await mkdir(directory, { recursive: true });
    // The list first, old and new together: a run that breaks off leaves nothing that the next takes for foreign.
    await writeMarker(directory, [...new Set([...known, ...paths])].sort());
    for (const path of removed) await removeFile(directory, path);
    for (const file of files) await writeFileAtomically(directory, file);
    await writeMarker(directory, paths);
  });
  return { removed };
}

/** The files that an earlier call made. A missing or empty directory has none; any other needs the marker. */
async function ownFiles(directory: string): Promise<Set<string>> {
  const entries = await readdir(directory).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return [];
    throw new HastconfError(ExitCode.Usage, `cannot write to ${directory}`, { detail: String(error.code) });
  });
  if (entries.length === 0) return new Set();
  const text = await readFile(join(directory, MARKER), 'utf8').catch(() => undefined);
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

/** A file, or a link on the way to it, that somebody else put there must be neither replaced nor followed. */
async function refuseForeign(directory: string, path: string, known: ReadonlySet<string>): Promise<void> {
  const parts = path.split('/');
  for (let length = 1; length <= parts.length; length++) {
    const place = join(directory, ...parts.slice(0, length));
    const found = await lstat(place).catch(() => undefined);
    if (!found) return;
    const fits = length < parts.length ? found.isDirectory() : found.isFile() && known.has(path);
    if (!fits) {
      throw new HastconfError(ExitCode.Refused, `${place} is not from hastconf and stands in the way`, {
        remedy: 'move it away, or name another directory: --output DIR',
      });
    }
  }
}

function writeMarker(directory: string, paths: readonly string[]): Promise<void> {
  const content = `# Files that hastconf render wrote here; it replaces and removes only these.\n${paths.join('\n')}\n`;
  return writeFileAtomically(directory, { path: MARKER, content, mode: 0o644 });
}

async function writeFileAtomically(directory: string, file: TreeFile): Promise<void> {
  const path = join(directory, file.path);
  const temporary = `${path}.hastconf-${process.pid}`;
  await mkdir(dirname(path), { recursive: true });
  try {
    const handle = await open(temporary, 'wx', file.mode & 0o600);
    try {
      await handle.writeFile(file.content);
    } finally {
      await handle.close();
    }
    await chmod(temporary, file.mode);
    await rename(temporary, path);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function removeFile(directory: string, path: string): Promise<void> {
  // A directory that took the file's place is not ours.
  const found = await lstat(join(directory, path)).catch(() => undefined);
  if (found?.isFile()) await rm(join(directory, path));
  let parent = posix.dirname(path);
  while (parent !== '.' && (await removeIfEmpty(join(directory, parent)))) parent = posix.dirname(parent);
}

async function removeIfEmpty(directory: string): Promise<boolean> {
  return rmdir(directory).then(
    () => true,
    () => false,
  );
}

async function asUsageError(directory: string, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (error instanceof HastconfError || code === undefined) throw error;
    throw new HastconfError(ExitCode.StepFailed, `cannot write below ${directory}`, {
      detail: code,
      cause: error,
    });
  }
}
