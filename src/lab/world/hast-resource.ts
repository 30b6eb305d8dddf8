import { rm, symlink } from 'node:fs/promises';
import type { Disk } from './disk.js';
import type { HastResourceConf } from './hast-conf.js';
import { connectOnce } from './hast-connect.js';
import {
  extentCount,
  type HastMetadata,
  type HastRole,
  readBitmap,
  readMetadata,
  writeBitmap,
  writeMetadata,
} from './hast-metadata.js';
import type { Session } from './hast-session.js';
import type { Hastd } from './hastd.js';
import type { Level, Machine } from './machine.js';

/** A worker process of hastd and what it holds in memory. */
export interface Worker {
  pid: number;
  role: 'primary' | 'secondary';
  disk: Disk;
  metadata: HastMetadata;
  /** Counters of the other side, as it told them; 0 in a fresh worker. */
  peerLocalcnt: number;
  peerRemotecnt: number;
  dirty: Set<number>;
  /** Extents written lately, which stay marked on disk while connected. */
  recent: Set<number>;
  session: Session | undefined;
  /** /dev/hast/NAME exists. */
  device: boolean;
  /** Requests wait for it: the first connection attempt, or a silent peer. */
  blocked: Gate;
  /** A stale primary that should read from its secondary: requests never end. */
  hung: boolean;
  life: AbortController;
  reads: number;
  /** Requests since this worker was forked: it counts in its own memory (control.c, primary.c). */
  writes: number;
}

/** One resource of a running hastd. */
export class HastResource {
  role: HastRole = 'init';
  worker: Worker | undefined;
  /** Local read errors so far; hastd serves such reads from the other node. */
  readErrors = 0;

  constructor(
    readonly hastd: Hastd,
    public conf: HastResourceConf,
  ) {}

  get machine(): Machine {
    return this.hastd.machine;
  }

  get name(): string {
    return this.conf.name;
  }

  get devicePath(): string {
    return `/dev/hast/${this.conf.provname}`;
  }

  /** `-` in hastctl status: no worker. */
  get status(): 'complete' | 'degraded' | undefined {
    if (this.worker === undefined) return undefined;
    return this.worker.session === undefined && this.worker.role === 'primary' ? 'degraded' : 'complete';
  }

  get dirtyBytes(): number {
    const worker = this.worker;
    if (worker === undefined || worker.role !== 'primary') return 0;
    return (worker.session?.dirtyExtents() ?? worker.dirty.size) * worker.metadata.extentsize;
  }

  /** Logs as the parent (default) or as the worker `[res] (role) …`. */
  log(level: Level, text: string, pid = this.hastd.pid): void {
    this.machine.syslog('hastd', pid, level, `[${this.name}] (${this.role}) ${text}`);
  }

  /** hastd's exec hook: not waited for. */
  hook(event: string, ...words: string[]): void {
    const path = this.conf.exec;
    if (path === undefined) return;
    const { machine } = this;
    machine.later(5, async () => {
      if (!(await machine.files.exists(path))) {
        machine.syslog(
          'hastd',
          this.hastd.pid,
          'err',
          `Unable to execute ${path}: No such file or directory.`,
        );
        return;
      }
      const run = machine.host.shell.exec([path, event, this.name, ...words], { signal: machine.signal });
      await machine.core.clock.outside(run);
    });
  }

  /** Changes the role as `hastctl role` does; the answer comes before anything is known to work. */
  async setRole(role: HastRole): Promise<void> {
    const before = this.role;
    if (before === role) return;
    if (before === 'primary') await this.stopPrimary();
    if (before === 'secondary') this.stopSecondary();
    this.log('info', `Role changed to ${role}.`);
    this.role = role;
    this.hook('role', before, role);
    if (role === 'primary') this.startPrimary();
    await this.machine.sleep(before === 'init' ? 60 : 200);
  }

  /** Forks the primary worker. */
  startPrimary(): void {
    const pid = this.#fork('primary');
    const { machine } = this;
    machine.core.background(async () => {
      const opened = await this.#open(pid);
      if (opened === undefined) return;
      const worker = newWorker(pid, 'primary', opened);
      worker.dirty = await readBitmap(opened.disk, opened.metadata);
      worker.metadata.prevrole = 'primary';
      this.worker = worker;
      await writeMetadata(worker.disk, worker.metadata);
      await this.#createDevice(worker);
      await connectOnce(this, worker);
      worker.blocked.open();
      this.#guard(worker);
    });
  }

  /** The guard thread looks at the connection every ten seconds. */
  #guard(worker: Worker): void {
    this.machine.later(10_000, async () => {
      if (worker.life.signal.aborted) return;
      this.#guard(worker);
      if (worker.session === undefined) await connectOnce(this, worker);
    });
  }

  async stopPrimary(): Promise<void> {
    const worker = this.worker;
    if (worker === undefined) return;
    await this.machine.fs.flush(this);
    this.worker = undefined;
    worker.life.abort();
    worker.blocked.open();
    worker.session?.end('closed by primary');
    await writeBitmap(worker.disk, worker.metadata, worker.dirty);
    await this.#destroyDevice();
    this.machine.fs.tear(this);
    this.machine.processes.delete(worker.pid);
  }

  stopSecondary(): void {
    const worker = this.worker;
    if (worker === undefined) return;
    this.worker = undefined;
    worker.life.abort();
    this.machine.processes.delete(worker.pid);
    worker.session?.end('closed by secondary');
  }

  /** A secondary worker for a primary that connects; undefined when it exits at once. */
  async forkSecondary(): Promise<Worker | undefined> {
    const pid = this.#fork('secondary');
    const opened = await this.#open(pid);
    if (opened === undefined) return undefined;
    const worker = newWorker(pid, 'secondary', opened);
    worker.metadata.prevrole = 'secondary';
    worker.blocked.open();
    this.worker = worker;
    await writeMetadata(worker.disk, worker.metadata);
    return worker;
  }

  /** A worker ended by itself. 75: a primary is started again after a second; other codes: back to init. */
  exited(pid: number, code: number): void {
    const { machine } = this;
    machine.processes.delete(pid);
    if (this.worker?.pid === pid) {
      this.worker.life.abort();
      this.worker = undefined;
    }
    this.log('err', `Worker process exited ungracefully (pid=${pid}, exitcode=${code}).`);
    if (this.role !== 'primary') return;
    if (code === 75) {
      machine.later(1000, () => (this.role === 'primary' && !this.worker ? this.startPrimary() : undefined));
      return;
    }
    this.log('warning', 'Changing resource role back to init.');
    this.role = 'init';
  }

  /** Requests written to the local component; makes dirt when nobody mirrors them. */
  async write(extents: Iterable<number>): Promise<void> {
    const worker = this.worker;
    if (worker === undefined || worker.role !== 'primary') return;
    const count = extentCount(worker.metadata);
    const list = [...extents].map((extent) => extent % count);
    worker.writes += list.length;
    if (worker.session === undefined || worker.session.syncing) {
      for (const extent of list) worker.dirty.add(extent);
      if (worker.session === undefined) await this.#bumpLocalcnt(worker);
    }
    for (const extent of list) worker.recent.add(extent);
    while (worker.recent.size > worker.metadata.keepdirty) {
      const oldest = worker.recent.values().next().value;
      if (oldest === undefined) break;
      worker.recent.delete(oldest);
    }
    await writeBitmap(worker.disk, worker.metadata, new Set([...worker.dirty, ...worker.recent]));
  }

  async #bumpLocalcnt(worker: Worker): Promise<void> {
    const { metadata } = worker;
    if (metadata.resuid === 0n || metadata.localcnt !== worker.peerRemotecnt) return;
    metadata.localcnt++;
    await writeMetadata(worker.disk, metadata);
  }

  #fork(role: 'primary' | 'secondary'): number {
    return this.machine.addProcess({
      ppid: this.hastd.pid,
      user: 'hast',
      command: `hastd: ${this.name} (${role}) (hastd)`,
      title: `hastd: ${this.name} (${role})`,
      state: 'SCJ',
    });
  }

  async #open(pid: number): Promise<{ disk: Disk; metadata: HastMetadata } | undefined> {
    const { local } = this.conf;
    const refuse = (text: string, code: number): undefined => {
      this.log('err', text, pid);
      this.exited(pid, code);
      return undefined;
    };
    const disk = this.machine.fs.diskAt(local);
    if (disk === undefined || !(await this.machine.files.exists(disk.path))) {
      return refuse(`Unable to open ${local}: No such file or directory.`, 66);
    }
    if (this.machine.fs.exclusive(disk) !== undefined) {
      return refuse(`Unable to open ${local}: Operation not permitted.`, 66);
    }
    const metadata = await readMetadata(disk);
    if (metadata === undefined) {
      return refuse(`Unable to read metadata from ${local}: No such file or directory.`, 66);
    }
    if (metadata.resource !== this.name) {
      return refuse(`Provider ${local} is not part of resource ${this.name}.`, 78);
    }
    return { disk, metadata };
  }

  async #createDevice(worker: Worker): Promise<void> {
    const { files } = this.machine;
    await files.mkdir('/dev/hast');
    // A character device for `[ -c … ]` without needing the right to make one: the node's own null.
    const path = `${await files.real('/dev/hast')}/${this.conf.provname}`;
    await rm(path, { force: true });
    await symlink('../null', path);
    worker.device = true;
    this.log('info', `Device hast/${this.conf.provname} created.`, worker.pid);
  }

  async #destroyDevice(): Promise<void> {
    const { files } = this.machine;
    await rm(`${await files.real('/dev/hast')}/${this.conf.provname}`, { force: true });
    if (((await files.list('/dev/hast')) ?? []).length === 0) await files.remove('/dev/hast');
  }
}

function newWorker(
  pid: number,
  role: 'primary' | 'secondary',
  opened: { disk: Disk; metadata: HastMetadata },
): Worker {
  return {
    pid,
    role,
    disk: opened.disk,
    metadata: opened.metadata,
    peerLocalcnt: 0,
    peerRemotecnt: 0,
    dirty: new Set(),
    recent: new Set(),
    session: undefined,
    device: false,
    blocked: new Gate(),
    hung: false,
    life: new AbortController(),
    reads: 1,
    writes: 0,
  };
}

/** Holds requests back until it is opened. */
export class Gate {
  #open: (() => void) | undefined;
  #passed: Promise<void>;
  closed = true;

  constructor() {
    this.#passed = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  open(): void {
    this.closed = false;
    this.#open?.();
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.#passed = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  wait(): Promise<void> {
    return this.#passed;
  }
}
