import type { Disk } from './disk.js';
import type { HastMetadata } from './hast-metadata.js';
import type { Session } from './hast-session.js';

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

export function newWorker(
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

/** Holds requests back until it is opened, and while its process is stopped (SIGSTOP). */
export class Gate {
  #open: (() => void) | undefined;
  #passed: Promise<void>;
  #goes: (() => void) | undefined;
  /** Ends when the process goes on; undefined: it is not stopped. */
  stopped: Promise<void> | undefined;
  #afterwards: 'open' | 'closed' = 'closed';
  closed = true;

  constructor() {
    this.#passed = new Promise((resolve) => {
      this.#open = resolve;
    });
  }

  stop(): void {
    if (this.stopped !== undefined) return;
    const afterwards = this.closed ? 'closed' : 'open';
    this.close();
    this.#afterwards = afterwards;
    this.stopped = new Promise((resolve) => {
      this.#goes = resolve;
    });
  }

  goOn(): void {
    if (this.stopped === undefined) return;
    this.stopped = undefined;
    this.#goes?.();
    if (this.#afterwards === 'open') this.open();
  }

  open(): void {
    this.#afterwards = 'open';
    if (this.stopped !== undefined) return;
    this.closed = false;
    this.#open?.();
  }

  close(): void {
    this.#afterwards = 'closed';
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
