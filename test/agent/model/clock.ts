import { NEVER } from './machine.js';

/** What can be due: one of each for every node, then those of the pair. */
export const Due = {
  WORK: 0,
  LOOP: 1,
  CARP: 2,
  BOOT: 3,
  WAKE: 4,
  TELL: 5,
  ORPHAN: 6,
  NOTICE: 7,
  HOOK: 8,
  DRAIN: 9,
  QUIET: 10,
  /** A primary that has lost its secondary knows what has become of the peer. */
  ALONE: 11,
  CONNECT: 24,
  SYNCED: 25,
} as const;

const PER_NODE = 12;
const SLOTS = 26;

/** A few fixed alarms instead of a queue: the next one is found by looking at all. */
export class Clock {
  now = 0;
  readonly due = new Float64Array(SLOTS).fill(NEVER);
  private seed: number;

  constructor(seed: number) {
    this.seed = (seed * 2654435761 + 12345) >>> 0;
  }

  /** 0 <= n < limit; the same for the same history. */
  random(limit: number): number {
    this.seed = (Math.imul(this.seed, 1664525) + 1013904223) >>> 0;
    return Math.floor((this.seed / 4294967296) * limit);
  }

  set(slot: number, node: number, delay: number): void {
    this.due[slot + node * PER_NODE] = this.now + delay;
  }

  /** Like set, unless it is due earlier. */
  soon(slot: number, node: number, delay: number): void {
    const place = slot + node * PER_NODE;
    const at = this.now + delay;
    if (at < (this.due[place] ?? NEVER)) this.due[place] = at;
  }

  unset(slot: number, node: number): void {
    this.due[slot + node * PER_NODE] = NEVER;
  }

  isSet(slot: number, node: number): boolean {
    return this.due[slot + node * PER_NODE] !== NEVER;
  }

  /** Advances to the next alarm until `limit`: [slot, node] packed as slot * 2 + node, or -1. */
  next(limit: number): number {
    let best = -1;
    let at = limit;
    for (let place = 0; place < SLOTS; place += 1) {
      const time = this.due[place] ?? NEVER;
      if (time < at) {
        at = time;
        best = place;
      }
    }
    this.now = at;
    if (best < 0) return -1;
    this.due[best] = NEVER;
    if (best >= 2 * PER_NODE) return best * 2;
    return best >= PER_NODE ? (best - PER_NODE) * 2 + 1 : best * 2;
  }
}
