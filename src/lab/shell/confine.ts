import { execFile } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Owner } from './files.js';
import { hostProgram } from './programs.js';

const run = promisify(execFile);

/**
 * How a node's processes are kept inside its root. All three end in a chroot without any capability:
 * - `namespaces` (root): own mount, pid, ipc, uts and network namespaces, and a uid nobody else has;
 * - `user-namespace` (not root): the same, inside a user namespace;
 * - `chroot` (root in a container without namespaces): a uid nobody else has.
 */
export type ConfineMode = 'namespaces' | 'user-namespace' | 'chroot';

export interface Confinement {
  mode: ConfineMode;
  /** Owner of the node's files; undefined: whoever runs the lab. */
  owner: Owner | undefined;
  /** The same as the node's processes see it. */
  inside: Owner;
  /** Command line of the node's init; `words` run inside. */
  init(root: string, words: readonly string[]): readonly string[];
  /** Command line that runs `words` inside, beside the init that process `initPid` (on the host) started. */
  enter(root: string, initPid: number, words: readonly string[]): readonly string[];
}

const NAMESPACES = ['--mount', '--pid', '--ipc', '--uts', '--net', '--fork'];
/** A chroot has no devices: the harmless ones are bound from the host, in the node's own mount namespace. */
const DEVICES = ['null', 'zero', 'random', 'urandom'];
/** Linux' device numbers, for a root without namespaces. */
const MINOR: Readonly<Record<string, string>> = { null: '3', zero: '5', random: '8', urandom: '9' };
const SETUP = `root=$1; shift
for device in ${DEVICES.join(' ')}; do
  "$mount" --bind "/dev/$device" "$root/dev/$device" || exit 1
done
exec "$@"`;

/** Prepares the devices of a node's root, before its init starts. */
export async function makeDevices(root: string, confinement: Confinement): Promise<void> {
  for (const device of DEVICES) {
    const path = join(root, 'dev', device);
    if (existsSync(path)) continue;
    if (confinement.mode !== 'chroot') writeFileSync(path, '');
    else
      await run((await hostProgram('mknod')) ?? 'mknod', ['-m', '666', path, 'c', '1', MINOR[device] ?? '']);
  }
}

interface Tools {
  unshare: string;
  nsenter: string;
  mount: string;
  sh: string;
}

/** The ways to confine that this machine may allow, best first; undefined tools: none. */
export async function confinements(): Promise<readonly Confinement[]> {
  const [unshare, nsenter, mount, sh] = await Promise.all(
    ['unshare', 'nsenter', 'mount', 'sh'].map((name) => hostProgram(name)),
  );
  if (!unshare || !nsenter || !mount || !sh) return [];
  const tools = { unshare, nsenter, mount, sh };
  if (process.getuid?.() !== 0) return [userNamespace(tools)];
  return [namespaces(tools, freeOwner()), plainChroot(tools, freeOwner())];
}

function setup(tools: Tools, root: string, words: readonly string[]): string[] {
  return [tools.sh, '-c', `mount=${tools.mount}; ${SETUP}`, 'sh', root, ...words];
}

function nsenter(tools: Tools, pid: number, more: readonly string[]): string[] {
  const kinds = ['--mount', '--ipc', '--uts', '--net', `--pid=/proc/${pid}/ns/pid_for_children`];
  return [tools.nsenter, `--target=${pid}`, ...more, ...kinds, '--'];
}

/** Enters the root and becomes the node's user: that takes every capability away. */
function asOwner(tools: Tools, owner: Owner) {
  return (root: string, words: readonly string[]): string[] => [
    tools.unshare,
    `--root=${root}`,
    `--setuid=${owner.uid}`,
    `--setgid=${owner.gid}`,
    '--',
    ...words,
  ];
}

/** A session of its own, so that its process group has a number inside as well; sshd and init do the same. */
function inSession(words: readonly string[]): readonly string[] {
  return ['/.lab/bin/setsid', ...words];
}

function namespaces(tools: Tools, owner: Owner): Confinement {
  const drop = asOwner(tools, owner);
  return {
    mode: 'namespaces',
    owner,
    inside: owner,
    init: (root, words) => [tools.unshare, ...NAMESPACES, '--', ...setup(tools, root, drop(root, words))],
    enter: (root, pid, words) => [...nsenter(tools, pid, []), ...drop(root, inSession(words))],
  };
}

function userNamespace(tools: Tools): Confinement {
  // A second user namespace, in which the user is nobody special, is what takes the capabilities away.
  const inside = { uid: 1000, gid: 1000 };
  const nobody = ['--user', `--map-user=${inside.uid}`, `--map-group=${inside.gid}`];
  const drop = (root: string, words: readonly string[]) => [
    tools.unshare,
    ...nobody,
    `--root=${root}`,
    '--',
    ...words,
  ];
  const outer = ['--user', '--map-root-user', ...NAMESPACES];
  return {
    mode: 'user-namespace',
    owner: undefined,
    inside,
    init: (root, words) => [tools.unshare, ...outer, '--', ...setup(tools, root, drop(root, words))],
    enter: (root, pid, words) => [
      ...nsenter(tools, pid, ['--user', '--preserve-credentials']),
      ...drop(root, inSession(words)),
    ],
  };
}

function plainChroot(tools: Tools, owner: Owner): Confinement {
  const drop = asOwner(tools, owner);
  return {
    mode: 'chroot',
    owner,
    inside: owner,
    init: drop,
    enter: (root, _pid, words) => drop(root, words),
  };
}

/** A uid far above those of people and services, with no process running as it. */
function freeOwner(): Owner {
  for (;;) {
    const uid = 0x70000000 + randomInt(0xffffff);
    if (processesOf(uid).length === 0) return { uid, gid: uid };
  }
}

/** Host pids of every living process with this real uid; what only waits to be reaped is none. */
export function processesOf(uid: number): number[] {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => {
    try {
      const status = readFileSync(`/proc/${pid}/status`, 'latin1');
      return status.includes(`\nUid:\t${uid}\t`) && !/^State:\tZ/m.test(status);
    } catch {
      return false; // it ended meanwhile
    }
  });
}
