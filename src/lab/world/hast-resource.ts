import { connectOnce } from './hast-connect.js';
import { HastLocal } from './hast-local.js';
import { type HastRole, readBitmap, writeBitmap, writeMetadata } from './hast-metadata.js';
import { newWorker, type Worker } from './hast-worker.js';

/** One resource of a running hastd, in its role. */
export class HastResource extends HastLocal {
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
    const pid = this.fork('primary');
    const { machine } = this;
    machine.core.background(async () => {
      const opened = await this.open(pid);
      if (opened === undefined) return;
      const worker = newWorker(pid, 'primary', opened);
      worker.dirty = await readBitmap(opened.disk, opened.metadata);
      worker.metadata.prevrole = 'primary';
      this.worker = worker;
      await writeMetadata(worker.disk, worker.metadata);
      await this.createDevice(worker);
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
    await this.destroyDevice();
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
    const pid = this.fork('secondary');
    const opened = await this.open(pid);
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
}
