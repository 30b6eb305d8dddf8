import { chownSync, lchownSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { CommandResult } from '../types.js';
import type { Confinement } from './confine.js';

/** id(1) of a user who is not root; the model knows only root. */
export function identity(user: string, args: readonly string[]): CommandResult {
  const answers: Readonly<Record<string, string>> = { '-u': '1001', '-g': '1001', '-un': user, '-gn': user };
  const text = answers[args.join(' ')];
  if (text === undefined)
    return { code: 127, stdout: '', stderr: `lab: not modelled: id ${args.join(' ')}\n` };
  return { code: 0, stdout: `${text}\n`, stderr: '' };
}

/** For the real programs (ls -l) the node's user is root. */
export function nameOwner(root: string, confinement: Confinement): void {
  const { uid, gid } = confinement.inside;
  install(root, '/etc/passwd', `root:*:${uid}:${gid}:Charlie &:/root:/bin/csh\n`, 0o644);
  install(root, '/etc/group', `wheel:*:${gid}:root\n`, 0o644);
}

export function install(root: string, path: string, text: string, mode = 0o755): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text, { mode });
}

/** Gives the tree to the node's user; the lab's own part (/.lab) stays the lab's. */
export function chownTree(path: string, uid: number, gid: number): void {
  chownSync(path, uid, gid);
  for (const entry of readdirSync(path, { withFileTypes: true })) {
    if (entry.name === '.lab') continue;
    const child = join(path, entry.name);
    if (entry.isDirectory()) chownTree(child, uid, gid);
    else lchownSync(child, uid, gid);
  }
}
