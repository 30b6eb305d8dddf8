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
    if (this.#roots().some(computes)) {
      this.touch();
      return;
    }
    this.#leave?.();
    this.#leave = undefined;
  }
}

/** Whether the process or a descendant is running (R) or in the middle of disk I/O (D). */
function computes(pid: number): boolean {
  const state = stateOf(pid);
  return state === 'R' || state === 'D' || childrenOf(pid).some(computes);
}

function stateOf(pid: number): string {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.charAt(text.lastIndexOf(')') + 2);
  } catch {
    return '';
  }
}
