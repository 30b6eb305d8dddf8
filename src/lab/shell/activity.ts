import { readFileSync } from 'node:fs';
import { childrenOf } from './jail.js';

/** Milliseconds of real time without any event before the processes are looked at. */
const QUIET_MS = 2;

/** What is needed of the clock; see world/clock. */
export interface BusyClock {
  enter(): () => void;
}

/**
 * Keeps simulated time at real speed while a process of the node computes. It counts as computing from any
 * event (start, end, call, output) until nothing has happened for {@link QUIET_MS} and the kernel shows
 * every process asleep: then all of them wait, for simulated time or for someone outside.
 */
export class Activity {
  readonly #clock: BusyClock;
  readonly #roots: () => readonly number[];
  #leave: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(clock: BusyClock, roots: () => readonly number[]) {
    this.#clock = clock;
    this.#roots = roots;
  }

  /** Something happened in the node. */
  touch(): void {
    this.#leave ??= this.#clock.enter();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), QUIET_MS);
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#leave?.();
    this.#leave = undefined;
  }

  #look(): void {
    if (computes(this.#roots)) {
      this.touch();
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
  const first = asleep(roots());
  if (first === undefined) return true;
  const second = asleep(roots());
  return second === undefined || second !== first;
}

/** Every process with the number of times that it has slept, as one word; undefined: not all of them sleep. */
function asleep(pids: readonly number[]): string | undefined {
  const found: string[] = [];
  for (const pid of pids) {
    const status = statusOf(pid);
    const state = /^State:\s*(\S)/m.exec(status)?.[1] ?? '';
    if (state === 'R' || state === 'D') return undefined;
    const below = asleep(childrenOf(pid));
    if (below === undefined) return undefined;
    found.push(`${pid} ${state} ${/^voluntary_ctxt_switches:\s*(\d+)/m.exec(status)?.[1] ?? ''}`, below);
  }
  return found.join('\n');
}

function statusOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/status`, 'latin1');
  } catch {
    return '';
  }
}
