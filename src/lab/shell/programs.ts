import { execFile } from 'node:child_process';
import { constants, linkSync } from 'node:fs';
import { access, copyFile, mkdir, realpath } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { ExitCode, HastconfError } from '../../errors.js';

const run = promisify(execFile);

/** Host programs that a node really runs, by the directory FreeBSD keeps them in. */
const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  '/bin': 'sh cat chmod cp dd echo expr ln ls mkdir mv pwd rm rmdir test ['.split(' '),
  '/usr/bin':
    'sed awk grep head tail cut sort tr wc cksum touch basename dirname env tee uniq cmp comm od xargs find mkfifo printf readlink true false seq paste fold nl split egrep fgrep'.split(
      ' ',
    ),
  // For the lab's own scripts: not in PATH.
  '/.lab/bin': ['flock', 'setsid', 'sleep'],
};
/** A node works without these. */
const OPTIONAL = new Set(['seq', 'paste', 'fold', 'nl', 'split', 'egrep', 'fgrep', 'comm', 'pwd']);
const HOST_PATH = ['/usr/bin', '/bin', '/usr/sbin', '/sbin'];

/** Absolute path of a host program, looked up in the system's own directories. */
export async function hostProgram(name: string): Promise<string | undefined> {
  for (const directory of HOST_PATH) {
    const path = `${directory}/${name}`;
    const found = await access(path, constants.X_OK).then(
      () => true,
      () => false,
    );
    if (found) return path;
  }
  return undefined;
}

interface ProgramPlan {
  /** Real file on the host -> where it goes in a node. */
  copies: ReadonlyMap<string, readonly string[]>;
}

let planned: Promise<ProgramPlan> | undefined;

/** Copies the programs and their shared libraries into a node's root. They are copies: the host's own stay untouched. */
export async function installPrograms(root: string): Promise<void> {
  planned ??= planPrograms();
  const plan = await planned;
  for (const [source, targets] of plan.copies) {
    const [first, ...rest] = targets.map((target) => join(root, target));
    if (first === undefined) continue;
    await mkdir(dirname(first), { recursive: true });
    await copyFile(source, first, constants.COPYFILE_FICLONE);
    // Several names of one program (busybox) share one copy.
    for (const other of rest) {
      await mkdir(dirname(other), { recursive: true });
      linkSync(first, other);
    }
  }
}

async function planPrograms(): Promise<ProgramPlan> {
  const copies = new Map<string, string[]>();
  const missing: string[] = [];
  const add = (source: string, target: string) => copies.set(source, [...(copies.get(source) ?? []), target]);
  for (const [directory, names] of Object.entries(PROGRAMS)) {
    for (const name of names) {
      const path = await hostProgram(name);
      if (path) add(await realpath(path), `${directory}/${name}`);
      else if (!OPTIONAL.has(name)) missing.push(name);
    }
  }
  if (missing.length > 0) throw missingPrograms(missing);
  for (const library of await sharedLibraries([...copies.keys()])) add(await realpath(library), library);
  return { copies };
}

/** Absolute paths that ldd names; glibc's and musl's formats. Scripts and static programs have none. */
async function sharedLibraries(files: readonly string[]): Promise<Set<string>> {
  const ldd = await hostProgram('ldd');
  if (!ldd) throw missingPrograms(['ldd']);
  const found = new Set<string>();
  const outputs = await Promise.all(
    // One at a time for each of two workers: ldd of musl takes one file only.
    files.map((file) =>
      run(ldd, [file]).then(
        ({ stdout }) => stdout,
        () => '',
      ),
    ),
  );
  for (const output of outputs) {
    for (const match of output.matchAll(/(?:^|\s)(\/[^\s:]+)(?=\s)/g)) found.add(match[1] as string);
  }
  return found;
}

function missingPrograms(names: readonly string[]): HastconfError {
  return new HastconfError(
    ExitCode.Preflight,
    `the lab needs programs that this machine lacks: ${names.join(', ')}`,
    {
      remedy:
        'Install util-linux and the standard text tools (on Debian: apt install util-linux coreutils findutils mawk).',
    },
  );
}
