import { rm, symlink } from 'node:fs/promises';
import type { Disk } from './disk.js';
import type { HastResourceConf } from './hast-conf.js';
import {
  extentCount,
  type HastMetadata,
  type HastRole,
  readMetadata,
  writeBitmap,
  writeMetadata,
} from './hast-metadata.js';
import type { Worker } from './hast-worker.js';
import type { Hastd } from './hastd.js';
import type { Level, Machine } from './machine.js';

/** A resource of a running hastd on its own: what it is called, its provider, its device. */
export abstract class HastLocal {
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

  protected fork(role: 'primary' | 'secondary'): number {
    return this.machine.addProcess({
      ppid: this.hastd.pid,
      user: 'hast',
      command: `hastd: ${this.name} (${role}) (hastd)`,
      title: `hastd: ${this.name} (${role})`,
      state: 'SCJ',
    });
  }

  protected async open(pid: number): Promise<{ disk: Disk; metadata: HastMetadata } | undefined> {
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

  protected async createDevice(worker: Worker): Promise<void> {
    const { files } = this.machine;
    await files.mkdir('/dev/hast');
    // A character device for `[ -c … ]` without needing the right to make one: the node's own null.
    const path = `${await files.real('/dev/hast')}/${this.conf.provname}`;
    await rm(path, { force: true });
    await symlink('../null', path);
    worker.device = true;
    this.log('info', `Device hast/${this.conf.provname} created.`, worker.pid);
  }

  protected async destroyDevice(): Promise<void> {
    const { files } = this.machine;
    await rm(`${await files.real('/dev/hast')}/${this.conf.provname}`, { force: true });
    if (((await files.list('/dev/hast')) ?? []).length === 0) await files.remove('/dev/hast');
  }

  abstract exited(pid: number, code: number): void;
}
