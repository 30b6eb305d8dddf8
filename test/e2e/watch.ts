import childProcess from 'node:child_process';
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join } from 'node:path';

/** Directories of a node that hold what a machine keeps; /dev and what the lab itself uses are not among them. */
const KEPT = ['/boot', '/etc', '/hast', '/home', '/root', '/usr/local', '/var'];

/** Every path below a node's own directories with its mode and a digest of its content. */
export function treeOf(root: string, directories: readonly string[] = KEPT): Record<string, string> {
  const found: Record<string, string> = {};
  for (const directory of directories) walk(root, directory, found);
  return found;
}

function walk(root: string, path: string, found: Record<string, string>): void {
  const real = join(root, path);
  const status = lstatSync(real, { throwIfNoEntry: false });
  if (!status) return;
  const mode = (status.mode & 0o7777).toString(8);
  if (status.isSymbolicLink()) found[path] = `-> ${readlinkSync(real)}`;
  else if (status.isDirectory()) {
    found[path] = mode;
    for (const name of readdirSync(real)) walk(root, `${path}/${name}`, found);
  } else if (status.isFile())
    found[path] = `${mode} ${createHash('sha256').update(readFileSync(real)).digest('hex')}`;
}

/** Every argument list that a process of ours was started with until `stop`. */
export function watchArguments(): { seen: string[]; stop: () => void } {
  const seen: string[] = [];
  const { spawn } = childProcess;
  childProcess.spawn = ((...args: unknown[]) => {
    const [command, words] = args;
    seen.push([command, ...(Array.isArray(words) ? words : [])].join(' '));
    return Reflect.apply(spawn, childProcess, args);
  }) as typeof spawn;
  syncBuiltinESMExports();
  return {
    seen,
    stop() {
      childProcess.spawn = spawn;
      syncBuiltinESMExports();
    },
  };
}
