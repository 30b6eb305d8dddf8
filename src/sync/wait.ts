import { performance } from 'node:perf_hooks';
import type { Target } from '../remote/target.js';
import type { ClusterSpec } from '../spec/types.js';
import { interruptedError, timeoutError } from './explain.js';
import { begin, step } from './progress.js';
import type { SyncOutcome, SyncProgress, SyncSample } from './types.js';
import { watchNode } from './watch.js';

export const STALL_TIMEOUT_MS = 60_000;
const POLL_MS = 1000;
/** How long a closed channel may take to end before it is left to the connection's own end. */
const CLOSE_LIMIT_MS = 2000;

export interface SyncWaitOptions {
  /** Milliseconds without progress, while connected, until it counts as stalled; default 60 000. */
  stallTimeoutMs?: number;
  /** Milliseconds for the whole wait; undefined: no limit. */
  timeoutMs?: number;
  signal: AbortSignal;
  /** Milliseconds between two looks on the node; default 1000. */
  pollMs?: number;
  onProgress: (progress: SyncProgress) => void;
}

/**
 * Waits until every resource is in sync: one primary, `complete`, zero dirty bytes, its secondary connected.
 *
 * Both nodes are watched, so roles may move meanwhile. Resolves with `in-sync`, or with `stalled` when what is
 * left makes no progress. Throws exit 4 (a node is lost), 6 (`timeoutMs` is over), 130 (aborted), 1 (a node
 * cannot be watched). It changes nothing: ending it leaves the nodes at work.
 */
export async function waitForSync(
  targets: readonly Target[],
  spec: ClusterSpec,
  options: SyncWaitOptions,
): Promise<SyncOutcome> {
  const started = performance.now();
  const closing = new AbortController();
  const watch = new SyncWatch(targets, spec, options, started);
  const scripts = targets.map((target) =>
    watchNode(target, {
      intervalSeconds: (options.pollMs ?? POLL_MS) / 1000,
      signal: closing.signal,
      onSample: (sample) => watch.take(sample),
      now: () => performance.now(),
    }).catch((error: unknown) => watch.fail(error)),
  );
  try {
    return await watch.result;
  } finally {
    watch.stop();
    closing.abort();
    await settled(scripts, CLOSE_LIMIT_MS);
  }
}

class SyncWatch {
  readonly result: Promise<SyncOutcome>;
  readonly #options: SyncWaitOptions;
  readonly #started: number;
  readonly #timer: NodeJS.Timeout;
  readonly #onAbort: () => void;
  #state;
  #last: SyncProgress;
  #resolve!: (outcome: SyncOutcome) => void;
  #reject!: (error: unknown) => void;
  #over = false;

  constructor(targets: readonly Target[], spec: ClusterSpec, options: SyncWaitOptions, started: number) {
    this.#options = options;
    this.#started = started;
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.#state = begin(
      spec.resources.map((resource) => resource.name),
      targets.map((target) => target.node),
      {
        stallTimeoutMs: options.stallTimeoutMs ?? STALL_TIMEOUT_MS,
        intervalSeconds: (options.pollMs ?? POLL_MS) / 1000,
      },
      started,
    );
    this.#last = step(this.#state, undefined, started).progress;
    this.#timer = setInterval(() => this.take(undefined), options.pollMs ?? POLL_MS);
    this.#onAbort = () => this.fail(interruptedError(this.#last));
    options.signal.addEventListener('abort', this.#onAbort);
    if (options.signal.aborted) this.#onAbort();
  }

  /** One look of a node, or undefined for the passing of time. */
  take(sample: SyncSample | undefined): void {
    if (this.#over) return;
    const now = performance.now();
    const { state, progress } = step(this.#state, sample, now);
    this.#state = state;
    this.#last = progress;
    this.#options.onProgress(progress);
    const result = verdict(progress);
    if (result) this.#end(result, progress, now);
    else if (this.#options.timeoutMs !== undefined && now - this.#started >= this.#options.timeoutMs) {
      this.fail(timeoutError(progress, this.#options.timeoutMs));
    }
  }

  fail(error: unknown): void {
    this.#over = true;
    this.#reject(error);
  }

  stop(): void {
    this.#over = true;
    clearInterval(this.#timer);
    this.#options.signal.removeEventListener('abort', this.#onAbort);
  }

  #end(result: SyncOutcome['result'], progress: SyncProgress, now: number): void {
    this.#over = true;
    this.#resolve({ result, progress, durationMs: now - this.#started });
  }
}

/** In sync when all are; stalled when nothing that is left can move by itself any more. */
function verdict(progress: SyncProgress): SyncOutcome['result'] | undefined {
  const open = progress.resources.filter((one) => one.state !== 'in-sync');
  if (open.length === 0) return 'in-sync';
  const stalled = open.filter((one) => one.state === 'stalled').length;
  const lost = open.filter((one) => one.state === 'lost').length;
  return stalled > 0 && stalled + lost === open.length ? 'stalled' : undefined;
}

async function settled(promises: readonly Promise<unknown>[], limitMs: number): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([Promise.allSettled(promises), limit]);
  clearTimeout(timer);
}
