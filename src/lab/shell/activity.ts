import { ProcessTree } from './process-tree.js';

/** Milliseconds of real time between two looks while something computes; looking costs about a third of one. */
const AGAIN_MS = [1, 1, 2];

/** What is needed of the clock; see world/clock. */
export interface BusyClock {
  enter(): () => void;
}

/**
 * Keeps simulated time at real speed while a process of the node computes. It counts as computing from any
 * event (start, end, call, output) until the kernel shows every process asleep and no event was waiting to be
 * heard of: then all of them wait, for simulated time or for someone outside.
 */
export class Activity {
  readonly #clock: BusyClock;
  readonly #roots: () => readonly number[];
  readonly #tree = new ProcessTree();
  #leave: (() => void) | undefined;
  /** Cancels the next look; undefined: none is due. */
  #cancel: (() => void) | undefined;
  /** Something has happened since the last look. */
  #touched = false;
  /** Looks in a row that saw something compute. */
  #looks = 0;

  constructor(clock: BusyClock, roots: () => readonly number[]) {
    this.#clock = clock;
    this.#roots = roots;
  }

  /** Something happened in the node. */
  touch(): void {
    this.#leave ??= this.#clock.enter();
    this.#touched = true;
    this.#looks = 0;
    if (this.#cancel === undefined) this.#soon(() => this.#look());
  }

  stop(): void {
    this.#cancel?.();
    this.#tree.close();
    this.#leave?.();
    this.#leave = undefined;
  }

  /** After whatever is readable now has been read. */
  #soon(callback: () => void): void {
    const handle = setImmediate(callback);
    this.#cancel = () => clearImmediate(handle);
  }

  #look(): void {
    this.#touched = false;
    if (!this.#tree.computes(this.#roots())) {
      this.#soon(() => this.#confirm());
      return;
    }
    const handle = setTimeout(() => this.#look(), AGAIN_MS[Math.min(this.#looks++, AGAIN_MS.length - 1)]);
    this.#cancel = () => clearTimeout(handle);
  }

  /** What a process said just before it fell asleep comes first. */
  #confirm(): void {
    this.#cancel = undefined;
    if (this.#touched) {
      this.#soon(() => this.#look());
      return;
    }
    this.#leave?.();
    this.#leave = undefined;
  }
}
