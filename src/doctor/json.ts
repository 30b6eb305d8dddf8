import type { Check, CheckResult } from './types.js';

/** The document that `doctor --json` prints (docs/json.md). */
export function doctorJson(
  cluster: string,
  time: Date,
  results: readonly CheckResult[],
  notRun: readonly Check[],
) {
  const count = (state: CheckResult['state']) => results.filter((one) => one.state === state).length;
  return {
    version: 1,
    cluster,
    time: time.toISOString(),
    passed: count('passed'),
    warnings: count('warning'),
    failed: count('failed') + count('crashed'),
    skipped: count('skipped'),
    checks: results.map(({ check, state, ignored, findings, details, reason, seconds }) => ({
      ...check,
      state,
      ignored,
      seconds,
      reason: reason ?? null,
      findings: findings.map(({ level, node, saw, fix, repair }) => ({
        level,
        node: node ?? null,
        saw,
        fix,
        safe: repair !== undefined,
      })),
      details,
    })),
    notRun: notRun.map(({ id }) => id),
  };
}
