import { AsyncLocalStorage, AsyncResource } from 'node:async_hooks';
import { performance } from 'node:perf_hooks';
import type { LabClock } from '../types.js';

/** Tells the clock who is computing. While anybody is, simulated time runs at the speed of real time. */
export interface ClockControl {
  /** Marks one more busy party (a running shell, a computing command); the answer ends that, once. */
  enter(): () => void;
  /**
   * Runs one call as a busy party that is idle for as long as all it does is wait on this clock;
   * `onWait` hears true when that begins and false before the call goes on.
   */
  call<T>(work: () => Promise<T>, onWait?: (waiting: boolean) => void): Promise<T>;
  /** Waits for something that accounts for its own time (a nested shell, a lock); the call is idle meanwhile. */
  outside<T>(pending: Promise<T>): Promise<T>;
  /** Cancels every timer; nothing of the clock keeps the process alive afterwards. */
  stop(): void;
}

export type ControlledClock = LabClock & ClockControl;

export interface ClockOptions {
  /** Factor while everybody waits; `jump` goes straight to the next timer as long as somebody sleeps. Default 1. */
  accelerate?: number | 'jump';
  /** Simulated seconds a real second while somebody computes; default 1. Less makes a slow host count for less. */
  pace?: number;
  /** Simulated milliseconds since the epoch at the start; default: now. */
  start?: number;
}

interface Timer {
  due: number;
  order: number;
  callback: () => void;
}

interface CallContext {
  waits: number;
  leave: () => void;
  onWait: ((waiting: boolean) => void) | undefined;
  /** The call has ended, though something that it left behind may still wait. */
  over: boolean;
}

/** Makes the lab's clock. */
export function createClock(options: ClockOptions = {}): ControlledClock {
  return new SimulatedClock(options.accelerate ?? 1, options.pace ?? 1, options.start ?? Date.now());
}

class SimulatedClock implements ControlledClock {
  readonly #contexts = new AsyncLocalStorage<CallContext>();
  readonly #timers: Timer[] = [];
  readonly #accelerate: number | 'jump';
  readonly #pace: number;
  #now: number;
  #real = performance.now();
  #busy = 0;
  #sleepers = 0;
  #order = 0;
  #disarm: (() => void) | undefined;
  #stopped = false;
  /** Callbacks never run in the context of whoever happened to arm the timer. */
  readonly #fireFree = AsyncResource.bind(() => this.#fire());

  constructor(accelerate: number | 'jump', pace: number, start: number) {
    this.#accelerate = accelerate;
    this.#pace = pace;
    this.#now = start;
  }

  now(): number {
    this.#advance();
    return Math.floor(this.#now);
  }

  after(ms: number, callback: () => void): () => void {
    this.#advance();
    const timer = { due: this.#now + Math.max(0, ms), order: this.#order++, callback };
    const index = this.#timers.findLastIndex((other) => other.due <= timer.due);
    this.#timers.splice(index + 1, 0, timer);
    this.#arm();
    return () => {
      const at = this.#timers.indexOf(timer);
      if (at >= 0) this.#timers.splice(at, 1);
      this.#arm();
    };
  }

  sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted) return Promise.reject(abortReason(signal));
    const context = this.#contexts.getStore();
    return new Promise((resolve, reject) => {
      const end = (): void => {
        this.#sleepers--;
        signal?.removeEventListener('abort', onAbort);
        this.#resume(context);
      };
      const cancel = this.after(ms, () => {
        end();
        resolve();
      });
      const onAbort = (): void => {
        cancel();
        end();
        reject(abortReason(signal));
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#sleepers++;
      this.#pause(context);
    });
  }

  enter(): () => void {
    this.#advance();
    this.#busy++;
    this.#arm();
    let left = false;
    return () => {
      if (left) return;
      left = true;
      this.#advance();
      this.#busy--;
      this.#arm();
    };
  }

  async call<T>(work: () => Promise<T>, onWait?: (waiting: boolean) => void): Promise<T> {
    if (this.#contexts.getStore() !== undefined && onWait === undefined) return work();
    const context: CallContext = { waits: 0, leave: this.enter(), onWait, over: false };
    try {
      return await this.#contexts.run(context, work);
    } finally {
      context.over = true;
      context.leave();
    }
  }

  async outside<T>(pending: Promise<T>): Promise<T> {
    const context = this.#contexts.getStore();
    this.#pause(context);
    try {
      return await pending;
    } finally {
      this.#resume(context);
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#timers.length = 0;
    this.#disarm?.();
    this.#disarm = undefined;
  }

  #pause(context: CallContext | undefined): void {
    if (context !== undefined && ++context.waits === 1) {
      context.leave();
      context.onWait?.(true);
    } else {
      this.#arm();
    }
  }

  #resume(context: CallContext | undefined): void {
    if (context !== undefined && --context.waits === 0 && !context.over) {
      context.leave = this.enter();
      context.onWait?.(false);
    }
  }

  #jumps(): boolean {
    return this.#accelerate === 'jump' && this.#busy === 0 && this.#sleepers > 0;
  }

  #speed(): number {
    if (this.#busy > 0) return this.#pace;
    return this.#accelerate === 'jump' ? 1 : this.#accelerate;
  }

  /** Time never passes a timer that has not been called back: causes stay before effects. */
  #advance(): void {
    const real = performance.now();
    const next = this.#now + (real - this.#real) * this.#speed();
    this.#real = real;
    const first = this.#timers[0];
    this.#now = first === undefined ? next : Math.max(this.#now, Math.min(next, first.due));
  }

  #arm(): void {
    this.#disarm?.();
    this.#disarm = undefined;
    const first = this.#timers[0];
    if (first === undefined || this.#stopped) return;
    const delay = this.#jumps() ? 0 : (first.due - this.#now) / this.#speed();
    if (delay < 0.5) {
      const handle = setImmediate(this.#fireFree);
      this.#disarm = () => clearImmediate(handle);
    } else {
      const handle = setTimeout(this.#fireFree, Math.min(delay, 0x7fffffff));
      this.#disarm = () => clearTimeout(handle);
    }
  }

  #fire(): void {
    this.#disarm = undefined;
    this.#advance();
    const first = this.#timers[0];
    if (first === undefined) return;
    if (this.#jumps()) this.#now = Math.max(this.#now, first.due);
    if (first.due - this.#now < 0.5) {
      this.#timers.shift();
      this.#now = Math.max(this.#now, first.due);
      first.callback();
    }
    this.#arm();
  }
}

function abortReason(signal: AbortSignal | undefined): Error {
  const reason: unknown = signal?.reason;
  return reason instanceof Error ? reason : new Error('aborted');
}
