import { setMaxListeners } from 'node:events';
import { appendFile, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { NodeFiles, NodeHost } from '../types.js';
import { Carp } from './carp.js';
import { type Core, PowerLost } from './core.js';
import { Ctl } from './ctl.js';
import { Devd } from './devd.js';
import { Disk } from './disk.js';
import { Hastd } from './hastd.js';
import { Jails } from './jails.js';
import { Interfaces } from './network.js';
import { Nfs } from './nfs.js';
import type { NodeProfile } from './profile.js';
import { syslogStamp } from './text.js';
import { FileSystems } from './ufs.js';
import { Zfs } from './zfs.js';

/** A process of the model (daemons, workers); the real shell's processes are not here. */
export interface Process {
  pid: number;
  ppid: number;
  /** Process group; a daemon leads its own. */
  pgid?: number;
  user: string;
  /** ps(1)'s command column. */
  command: string;
  /** pgrep -l's name. */
  title: string;
  state: string;
}

/** A call of a simulated program that has not ended. */
export interface RunningCall {
  pid: number;
  name: string;
  args: readonly string[];
  cwd: string;
  kill: (signal: string) => void;
}

export interface FailedCommand {
  code: number;
  left: number;
}

export type PowerState = 'off' | 'booting' | 'on' | 'stopping';

/** syslog levels that matter to FreeBSD's default syslog.conf. */
export type Level = 'debug' | 'info' | 'notice' | 'warning' | 'err';

/** One simulated FreeBSD machine: hardware, kernel state and daemons. */
export class Machine {
  readonly name: string;
  readonly files: NodeFiles;
  power: PowerState = 'off';
  bootedAt = 0;
  /** Aborted when the power goes; made anew at each boot. */
  life = newLife();
  readonly processes = new Map<number, Process>();
  readonly calls = new Set<RunningCall>();
  /** Calls of simulated programs so far. */
  commandsRun = 0;
  /** The last of them, name and arguments, the newest last. */
  readonly recent: string[] = [];
  readonly modules = new Set<string>();
  readonly sysctls = new Map<string, string>();
  /** Running daemons that are no more than that: service name -> pids. */
  readonly daemons = new Map<string, number[]>();
  readonly disks = new Map<string, Disk>();
  readonly owners = new Map<string, { user: string; group: string }>();
  readonly failing = new Map<string, FailedCommand>();
  readonly hanging = new Set<string>();
  diskFull = false;
  clockSkewMs = 0;
  readonly interfaces: Interfaces;
  readonly carp: Carp;
  readonly devd: Devd;
  readonly fs: FileSystems;
  readonly hastd: Hastd;
  readonly zfs: Zfs;
  readonly ctl: Ctl;
  readonly nfs: Nfs;
  readonly jails: Jails;
  #nextPid = 400;
  #log: Promise<void> = Promise.resolve();

  constructor(
    readonly core: Core,
    readonly host: NodeHost,
    readonly profile: NodeProfile,
  ) {
    this.name = host.name;
    this.files = host.files;
    for (const disk of profile.disks) this.disks.set(disk.name, new Disk(this, disk));
    this.interfaces = new Interfaces(this);
    this.carp = new Carp(this);
    this.devd = new Devd(this);
    this.fs = new FileSystems(this);
    this.hastd = new Hastd(this);
    this.zfs = new Zfs(this);
    this.ctl = new Ctl(this);
    this.nfs = new Nfs(this);
    this.jails = new Jails(this);
  }

  get signal(): AbortSignal {
    return this.life.signal;
  }

  /** Alive for the network: booting and stopping machines answer pings as well. */
  get alive(): boolean {
    return this.power !== 'off';
  }

  /** The node's own clock, milliseconds. */
  now(): number {
    return this.core.clock.now() + this.clockSkewMs;
  }

  newPid(): number {
    this.#nextPid += 1 + (this.#nextPid % 3);
    return this.#nextPid;
  }

  resetPids(): void {
    this.#nextPid = 400;
  }

  addProcess(process: Omit<Process, 'pid'>): number {
    const pid = this.newPid();
    this.processes.set(pid, { ...process, pid });
    return pid;
  }

  /** Waits simulated milliseconds, at most until the power goes. */
  sleep(ms: number): Promise<void> {
    return this.core.clock.sleep(ms, this.signal);
  }

  /** Like Core.later, but never after a power cut. */
  later(ms: number, work: () => Promise<void> | void): () => void {
    const life = this.life;
    return this.core.later(ms, () => (life.signal.aborted ? undefined : work()));
  }

  kernel(text: string): void {
    this.syslog('kernel', undefined, 'notice', text);
  }

  /** Writes a syslog line where FreeBSD 13.2's syslog.conf puts it. */
  syslog(ident: string, pid: number | undefined, level: Level, text: string, facility = 'daemon'): void {
    const line = `${syslogStamp(this.now())} ${this.name} ${ident}${pid === undefined ? '' : `[${pid}]`}: ${text}\n`;
    const files: string[] = [];
    if (level !== 'debug' && level !== 'info') files.push('/var/log/messages');
    if (facility === 'daemon' && ident !== 'kernel' && level !== 'debug') files.push('/var/log/daemon.log');
    this.#log = this.#log.then(async () => {
      for (const file of files) {
        const real = await this.files.real(file);
        await mkdir(dirname(real), { recursive: true });
        await appendFile(real, line);
      }
    });
    this.#log = this.#log.catch((error: unknown) =>
      this.core.warn(`lab: ${this.name}: log: ${String(error)}`),
    );
  }

  /** Resolves when every line logged so far is in its file. */
  flushLog(): Promise<void> {
    return this.#log;
  }

  /** Directory beside the node's root where contents of unmounted file systems live; unseen by the node. */
  async store(): Promise<string> {
    const root = await this.files.real('/');
    const store = join(dirname(root), `.${this.name}-store`);
    await mkdir(store, { recursive: true });
    return store;
  }

  /** Writes a file for a simulated program; a full disk refuses. */
  async writeFile(path: string, content: string, mode?: number): Promise<void> {
    if (this.diskFull) throw new NoSpace(path);
    await this.files.write(path, content, mode);
  }

  /** Ends everything that only lives in memory. */
  die(): void {
    this.power = 'off';
    this.life.abort(new PowerLost(this.name));
    this.life = newLife();
    this.processes.clear();
    this.modules.clear();
    this.sysctls.clear();
    this.daemons.clear();
    this.ctl.stop();
    this.nfs.stopMountd();
    this.jails.running.clear();
    this.hanging.clear();
  }
}

/** Whatever runs on a node listens for its end: no number of them is a leak. */
function newLife(): AbortController {
  const life = new AbortController();
  setMaxListeners(0, life.signal);
  return life;
}

/** ENOSPC of a simulated program. */
export class NoSpace extends Error {
  constructor(readonly path: string) {
    super(`${path}: No space left on device`);
    this.name = 'NoSpace';
  }
}
