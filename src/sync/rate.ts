/** One point of a resource's dirty counter, on its primary's own time axis. */
export interface Point {
  /** Seconds. */
  t: number;
  /** Bytes. */
  dirty: number;
}

/** Seconds that the rate looks back: long enough for date(1)'s whole seconds, short enough to follow a change. */
export const WINDOW_SECONDS = 15;

/** What a look may take beyond its interval (hastctl's time limit and some) before a clock step is suspected. */
const SLOWEST_LOOK_SECONDS = 15;

/**
 * Seconds between two looks. The node's own clock counts, because it is what the copying runs by;
 * when it was set in between (backwards, or forward by more than a look can take) this machine's clock does.
 */
export function secondsBetween(
  before: { epoch: number; atMs: number },
  after: { epoch: number; atMs: number },
  intervalSeconds: number,
): number {
  const own = after.epoch - before.epoch;
  if (own > 0 && own <= intervalSeconds + SLOWEST_LOOK_SECONDS) return own;
  return Math.max(0, (after.atMs - before.atMs) / 1000);
}

/** The window with one more point; points older than {@link WINDOW_SECONDS} go, but two always stay. */
export function addPoint(window: readonly Point[], point: Point): Point[] {
  const grown = [...window, point];
  let first = 0;
  while (grown.length - first > 2 && point.t - (grown[first + 1]?.t ?? point.t) >= WINDOW_SECONDS) first += 1;
  return grown.slice(first);
}

/** Bytes a second over the window: 0 when the counter stands or grows, undefined when it is too short to say. */
export function rateOf(window: readonly Point[]): number | undefined {
  const first = window[0];
  const last = window.at(-1);
  if (!first || !last || last.t <= first.t) return undefined;
  return Math.max(0, (first.dirty - last.dirty) / (last.t - first.t));
}

/** Seconds left: 0 when nothing is dirty, undefined when nothing moves or the rate is not known. */
export function secondsLeft(dirty: number, rate: number | undefined): number | undefined {
  if (dirty === 0) return 0;
  return rate === undefined || rate <= 0 ? undefined : Math.ceil(dirty / rate);
}
