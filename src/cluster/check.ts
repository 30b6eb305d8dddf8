import type { Problem } from '../errors.js';

/** One thing that is looked at before something is done to a pair. */
export interface Check {
  /** Stable short id, for example `target-fresh`. */
  id: string;
  ok: boolean;
  /** What was found, as a sentence without a full stop. */
  message: string;
  node?: string;
  /** What helps; only where it is not ok. */
  remedy?: string;
}

/** The checks that do not let it go on. */
export function failedChecks(checks: readonly Check[]): Problem[] {
  return checks.filter(({ ok }) => !ok).map(({ ok: _, ...problem }) => problem);
}

/** `[✓] the copies are equal`, one a line. */
export function checkLines(checks: readonly Check[]): string[] {
  return checks.map(({ ok, message }) => `[${ok ? '✓' : '✗'}] ${message}`);
}
