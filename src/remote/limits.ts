import { interrupted, timedOut } from './failure.js';
import type { ExecOptions } from './target.js';

const DEFAULT_LIMIT_MS = 60_000;
/** Node fires a longer timer at once. */
const LONGEST_TIMER_MS = 2_147_483_647;

/** A timer that a person's thinking time does not count against. Milliseconds; Infinity never expires. */
export class Patience {
  #left: number;
  #since = 0;
  #timer: NodeJS.Timeout | undefined;
  #paused = 0;
  readonly #expire: () => void;

  constructor(ms: number, expire: () => void) {
    this.#left = ms;
    this.#expire = expire;
    this.#start();
  }

  #start(): void {
    if (!(this.#left <= LONGEST_TIMER_MS)) return;
    this.#since = Date.now();
    this.#timer = setTimeout(this.#expire, this.#left);
  }

  /** Runs `ask` with the clock stopped. */
  async whileAsking<T>(ask: () => Promise<T>): Promise<T> {
    this.#paused += 1;
    if (this.#paused === 1 && this.#timer) {
      clearTimeout(this.#timer);
      this.#left = Math.max(1, this.#left - (Date.now() - this.#since));
    }
    try {
      return await ask();
    } finally {
      this.#paused -= 1;
      if (this.#paused === 0 && this.#timer) this.#start();
    }
  }

  end(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/**
 * Races a command against its time limit and its AbortSignal. `kill` is told to end the command in
 * either case; the promise rejects at once, it does not wait for a node that may be dead.
 */
export async function limited<T>(
  node: string,
  label: string,
  options: ExecOptions,
  work: (patience: Patience) => Promise<T>,
  kill: () => void,
): Promise<T> {
  const limitMs = options.timeoutMs ?? DEFAULT_LIMIT_MS;
  const { signal } = options;
  if (signal?.aborted) throw interrupted(node, label, signal.reason);
  let stop: (reason: Error) => void = () => undefined;
  const stopped = new Promise<never>((_resolve, reject) => {
    stop = (reason) => {
      kill();
      reject(reason);
    };
  });
  const patience = new Patience(limitMs, () => stop(timedOut(node, label, limitMs)));
  const onAbort = () => stop(interrupted(node, label, signal?.reason));
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([work(patience), stopped]);
  } finally {
    patience.end();
    signal?.removeEventListener('abort', onAbort);
  }
}
