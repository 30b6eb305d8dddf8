import { parseRemote } from './hast-conf.js';
import { writeBitmap, writeMetadata } from './hast-metadata.js';
import type { HastResource } from './hast-resource.js';
import type { Worker } from './hast-worker.js';
import { reach } from './network.js';

/** A secondary drops a silent primary after this many milliseconds. */
const SILENCE = 20_000;

type EndReason = 'closed by primary' | 'closed by secondary' | 'silence' | 'replaced';

/** The connected pair of workers of one resource. */
export class Session {
  #alive = true;
  /** Extents still to copy, the last first. */
  #queue: number[] = [];
  #startedAt = 0;
  #atStart = 0;
  #cancel: (() => void) | undefined;
  #cancelSilence: (() => void)[] = [];
  syncing = false;

  constructor(
    readonly primary: HastResource,
    readonly worker: Worker,
    readonly secondary: HastResource,
    readonly other: Worker,
  ) {}

  get alive(): boolean {
    return this.#alive;
  }

  /** Both are connected now: hooks, and a synchronisation where something differs. */
  start(): void {
    this.primary.hook('connect');
    this.secondary.hook('connect');
    if (this.worker.hung) return;
    if (this.worker.dirty.size === 0) {
      this.primary.machine.core.background(() => this.primary.machine.fs.replicate(this));
      this.#settle();
      return;
    }
    this.syncing = true;
    this.#queue = [...this.worker.dirty].sort((a, b) => b - a);
    for (const image of this.other.disk.images.values()) image.torn = true;
    this.primary.hook('syncstart');
    this.#run();
  }

  /** Extents that are not yet on the other side. */
  dirtyExtents(): number {
    return this.syncing ? Math.max(0, this.#queue.length - this.#copied()) : this.worker.dirty.size;
  }

  /** Settles what was copied so far; `rateChanged` goes on from here. */
  pauseForRate(): void {
    this.#pauseSync();
  }

  /** Goes on after a pause, at the rate of now. */
  rateChanged(): void {
    if (!this.syncing) return;
    this.#pauseSync();
    this.#run();
  }

  /** What the link between the two does now. */
  linkChanged(): void {
    for (const cancel of this.#cancelSilence.splice(0)) cancel();
    if (!this.#alive) return;
    const { machine } = this.primary;
    const sent = reach(machine, parseRemote(this.primary.conf.remote)?.host ?? '');
    if (sent.reach === 'answered' && sent.peer === this.secondary.machine) {
      this.worker.blocked.open();
      this.rateChanged();
      return;
    }
    this.#pauseSync();
    // With its own carrier gone a sender learns of it at once; otherwise only silence tells.
    const wait = sent.reach === 'no-route' ? 500 : this.primary.conf.timeout * 1000;
    if (machine.alive) {
      if (this.worker.session === this) this.worker.blocked.close();
      this.#cancelSilence.push(machine.later(wait, () => this.#dropByPrimary()));
    }
    this.#cancelSilence.push(this.secondary.machine.later(SILENCE, () => this.#dropBySecondary()));
  }

  /** Ends the session on both sides that still can hear of it. */
  end(reason: EndReason): void {
    if (!this.#alive) return;
    const heard =
      reach(this.primary.machine, parseRemote(this.primary.conf.remote)?.host ?? '').reach === 'answered';
    this.#close();
    if (reason === 'closed by primary') {
      const wait = heard ? 20 : SILENCE;
      this.secondary.machine.later(wait, () => this.#secondaryGone());
    } else if (reason === 'closed by secondary' && this.worker.session === this) {
      this.worker.session = undefined;
      if (heard) this.primary.hook('disconnect');
      else
        this.primary.machine.later(this.primary.conf.timeout * 1000, () => this.primary.hook('disconnect'));
    } else if (reason === 'replaced') {
      if (this.worker.session === this) this.worker.session = undefined;
    }
  }

  #dropByPrimary(): void {
    if (!this.#alive) return;
    for (const cancel of this.#cancelSilence.splice(0, 1)) cancel();
    this.#stopSync();
    this.worker.session = undefined;
    this.worker.blocked.open();
    this.primary.hook('disconnect');
  }

  #dropBySecondary(): void {
    this.#secondaryGone();
    this.#close();
    if (this.worker.session === this) this.worker.session = undefined;
  }

  #secondaryGone(): void {
    if (this.secondary.worker !== this.other) return;
    this.secondary.hook('disconnect');
    this.secondary.exited(this.other.pid, 75);
  }

  #close(): void {
    this.#alive = false;
    for (const cancel of this.#cancelSilence.splice(0)) cancel();
    this.#stopSync();
  }

  #copied(): number {
    const elapsed = (this.primary.machine.core.clock.now() - this.#startedAt) / 1000;
    const rate = this.#cancel === undefined ? 0 : this.primary.machine.core.syncBytesPerSecond;
    const copied = Math.floor((elapsed * rate) / this.worker.metadata.extentsize);
    return Math.min(this.#queue.length, Math.max(0, copied));
  }

  #run(): void {
    this.#cancel?.();
    this.#startedAt = this.primary.machine.core.clock.now();
    this.#atStart = this.#queue.length;
    const seconds =
      (this.#atStart * this.worker.metadata.extentsize) / this.primary.machine.core.syncBytesPerSecond;
    this.#cancel = this.primary.machine.later(Math.max(20, seconds * 1000), () => this.#done());
  }

  #pauseSync(): void {
    if (!this.syncing) return;
    this.#queue.splice(this.#queue.length - this.#copied());
    this.#cancel?.();
    this.#cancel = undefined;
  }

  #stopSync(): void {
    if (!this.syncing) return;
    this.#pauseSync();
    this.syncing = false;
    this.worker.dirty = new Set(this.#queue);
    this.primary.hook('syncintr');
  }

  async #done(): Promise<void> {
    if (!this.#alive || !this.syncing) return;
    this.#cancel = undefined;
    this.syncing = false;
    this.#queue = [];
    await this.primary.machine.fs.flush(this.primary);
    await this.primary.machine.fs.replicate(this);
    this.worker.dirty.clear();
    await writeBitmap(this.worker.disk, this.worker.metadata, this.worker.recent);
    this.#settle();
    this.primary.hook('syncdone');
  }

  /** Both sides are equal: hastd takes over the other's counters. */
  #settle(): void {
    const { metadata } = this.worker;
    metadata.localcnt = this.worker.peerRemotecnt;
    metadata.remotecnt = this.worker.peerLocalcnt;
    this.primary.machine.core.background(() => writeMetadata(this.worker.disk, metadata));
  }
}
