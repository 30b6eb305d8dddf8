import { childrenOf, procText } from './proc.js';

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
    if (!computes(this.#roots)) {
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

/**
 * Whether any of the processes or their descendants runs (R), is in the middle of disk I/O (D), or has run while we
 * looked: a shell that waits for its child may go on just after its state was read, with the child gone.
 */
function computes(roots: () => readonly number[]): boolean {
  const seen = new Map<number, string>();
  if (!roots().every((pid) => asleep(pid, seen))) return true;
  return [...seen].some(([pid, times]) => timesSlept(pid) !== times);
}

/** Whether the process and all below it sleep; notes how often each of them has slept. */
function asleep(pid: number, seen: Map<number, string>): boolean {
  const times = timesSlept(pid);
  if (times === undefined) return false;
  seen.set(pid, times);
  return childrenOf(pid).every((child) => asleep(child, seen));
}

/** A word that changes whenever the process has run; undefined: it runs now. Empty: it has ended. */
function timesSlept(pid: number): string | undefined {
  const status = procText(pid, 'status');
  const state = status.charAt(status.indexOf('State:\t') + 7);
  if (state === 'R' || state === 'D') return undefined;
  return status.slice(status.lastIndexOf('\nvoluntary_ctxt_switches:'), status.lastIndexOf('\nnonvoluntary'));
}
