import { readFile, readlink } from 'node:fs/promises';
import { hostname } from 'node:os';
import { execa } from 'execa';
import { localUser } from '../local-user.js';

/** Where a process lives; undefined where this machine does not say. */
interface Place {
  /** The machine (or the jail's or container's world of processes on it) over its boots. */
  machine?: string;
  /** This boot of it. */
  boot?: string;
}

/** Who holds a pair's lock; written into it as JSON. */
export interface LockOwner extends Place {
  id: string;
  user: string;
  host: string;
  pid: number;
  /** When the process started, in this machine's own words. */
  started?: string;
  /** ISO 8601. */
  since: string;
  command: string;
}

/** `unknown`: it lives on another machine, or this one does not tell. */
export type Life = 'lives' | 'gone' | 'unknown';

/** This process as a lock owner. */
export async function lockOwner(id: string, command: string, now: Date): Promise<LockOwner> {
  const [place, started] = await Promise.all([thisPlace(), startOf(process.pid)]);
  return {
    id,
    user: localUser(),
    host: hostname(),
    ...place,
    pid: process.pid,
    ...(started === undefined ? {} : { started }),
    since: now.toISOString(),
    command,
  };
}

/**
 * Whether the owner's process still lives. Names and numbers alone say nothing: two machines may have one name, a
 * container's processes have numbers of their own, and a number is given again.
 */
export async function lifeOf(owner: LockOwner): Promise<Life> {
  const here = await thisPlace();
  const sameBoot = here.boot !== undefined && here.boot === owner.boot;
  const sameMachine = here.machine !== undefined && here.machine === owner.machine;
  if (!sameBoot && !sameMachine) return 'unknown';
  if (!sameBoot && here.boot !== undefined && owner.boot !== undefined) return 'gone';
  if (!exists(owner.pid)) return 'gone';
  const started = await startOf(owner.pid);
  if (started === undefined || owner.started === undefined) return 'unknown';
  if (started !== owner.started) return isExact(started) ? 'gone' : 'unknown';
  // One process works for one run at a time: a lock of its own is one that it could not give back.
  return owner.pid === process.pid ? 'gone' : 'lives';
}

/** An owner as it was written; undefined for anything else. */
export function parseOwner(text: string): LockOwner | undefined {
  try {
    const found = JSON.parse(text) as LockOwner | null;
    const words = [found?.id, found?.user, found?.host, found?.since, found?.command];
    const whole = words.every((word) => typeof word === 'string') && Number.isSafeInteger(found?.pid);
    return whole && found!.pid > 0 ? found! : undefined;
  } catch {
    return undefined;
  }
}

function exists(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

async function thisPlace(): Promise<Place> {
  const place = process.platform === 'linux' ? await linuxPlace() : await bsdPlace();
  return Object.fromEntries(Object.entries(place).filter(([, value]) => value !== undefined && value !== ''));
}

/** Containers share both ids with their machine, but not its processes: the namespace is part of the name. */
async function linuxPlace(): Promise<{ [K in keyof Place]: string | undefined }> {
  const read = (path: string) =>
    readFile(path, 'utf8').then(
      (text) => text.trim(),
      () => undefined,
    );
  const [world, machine, boot, again] = await Promise.all([
    readlink('/proc/self/ns/pid').catch(() => undefined),
    read('/etc/machine-id'),
    read('/proc/sys/kernel/random/boot_id'),
    read('/proc/sys/kernel/random/boot_id'),
  ]);
  const named = (id: string | undefined) => (id && world ? `${id} ${world}` : undefined);
  // Some sandboxes invent it anew at every look.
  return { machine: named(machine), boot: boot === again ? named(boot) : undefined };
}

/** FreeBSD (kern.boot_id is binary, and missing on old releases) and macOS; a jail has its machine's ids. */
async function bsdPlace(): Promise<{ [K in keyof Place]: string | undefined }> {
  const [jailed, machine, boot, session] = await Promise.all([
    sysctl('security.jail.jailed'),
    sysctl('kern.hostuuid'),
    sysctl('kern.boot_id', 'hex'),
    sysctl('kern.bootsessionuuid'),
  ]);
  return jailed === '1' ? {} : { machine, boot: boot || session };
}

async function sysctl(name: string, encoding: 'utf8' | 'hex' = 'utf8'): Promise<string | undefined> {
  const words = encoding === 'hex' ? ['-bn', name] : ['-n', name];
  const result = await execa('sysctl', words, { reject: false, stdin: 'ignore', encoding, timeout: 5_000 });
  return result.exitCode === 0 ? result.stdout.trim() : undefined;
}

const TICKS = 'ticks ';

/** Ticks since boot never move; a wall clock that is set moves every start that `ps` tells. */
function isExact(started: string): boolean {
  return started.startsWith(TICKS);
}

async function startOf(pid: number): Promise<string | undefined> {
  if (process.platform === 'linux') {
    const stat = await readFile(`/proc/${pid}/stat`, 'latin1').catch(() => '');
    // The name, in brackets, may hold anything; the start is the 20th word after it (proc(5), field 22).
    const ticks = stat
      .slice(stat.lastIndexOf(')') + 1)
      .trim()
      .split(' ')[19];
    return ticks === undefined ? undefined : `${TICKS}${ticks}`;
  }
  const env = { LC_ALL: 'C', TZ: 'UTC' };
  const options = { reject: false, stdin: 'ignore', env, timeout: 5_000 } as const;
  const result = await execa('ps', ['-o', 'lstart=', '-p', String(pid)], options);
  return result.exitCode === 0 ? result.stdout.trim() || undefined : undefined;
}
