import { performance } from 'node:perf_hooks';
import type { Answer, Check, CheckResult, CheckState, Probes, Subject } from './types.js';

export interface RunOptions {
  /** Ids whose failures are shown as warnings. */
  ignore: readonly string[];
  probes: Probes;
  /** Called as each check ends, in any order. */
  onResult?: (result: CheckResult) => void;
  now?: () => number;
}

/**
 * Runs the checks side by side, the ones that take time last; the results in the order of `checks`. A check that crashes or
 * exceeds its time is a result of its own, and the others go on.
 */
export async function runChecks(
  checks: readonly Check[],
  subject: Subject,
  options: RunOptions,
): Promise<CheckResult[]> {
  const results = new Map<string, CheckResult>();
  const run = async (check: Check): Promise<void> => {
    const result = await runOne(check, subject, options);
    results.set(check.id, result);
    options.onResult?.(result);
  };
  for (const check of checks) if (!('probe' in check)) await run(check);
  await Promise.all(checks.filter((check) => 'probe' in check).map(run));
  return checks.map((check) => results.get(check.id)!);
}

async function runOne(check: Check, subject: Subject, options: RunOptions): Promise<CheckResult> {
  const now = options.now ?? (() => performance.now());
  const started = now();
  const answer = await answerOf(check, subject, options.probes);
  const { id, title, meaning } = check;
  const base = { check: { id, title, meaning }, seconds: Math.round(now() - started) / 1000 };
  if ('crash' in answer) {
    return { ...base, state: 'crashed', ignored: false, findings: [], details: [], reason: answer.crash };
  }
  const found = stateOf(answer);
  const ignored = found === 'failed' && options.ignore.includes(id);
  return {
    ...base,
    state: ignored ? 'warning' : found,
    ignored,
    findings: answer.findings,
    details: answer.details ?? [],
    ...(answer.skipped === undefined ? {} : { reason: answer.skipped }),
  };
}

function stateOf({ findings, skipped }: Answer): CheckState {
  if (findings.some(({ level }) => level === 'failed')) return 'failed';
  if (findings.length > 0) return 'warning';
  return skipped === undefined ? 'passed' : 'skipped';
}

/** What says nothing of a pair that is not set up is not run there: it would only bury the one thing to do. */
async function answerOf(check: Check, subject: Subject, probes: Probes): Promise<Answer | { crash: string }> {
  const notSetUp = subject.verification.some(({ id }) => id === 'not-set-up');
  if (notSetUp && !check.beforeSetUp) return { findings: [], skipped: 'nothing of this pair is set up' };
  if (subject.nodes.length === 0 && check.id !== 'nodes') return { findings: [], skipped: 'no node answers' };
  try {
    return 'probe' in check ? await withDeadline(check, subject, probes) : check.test(subject);
  } catch (error) {
    if (probes.signal.aborted) throw error;
    return { crash: error instanceof Error ? error.message : String(error) };
  }
}

async function withDeadline(
  check: Extract<Check, { probe: unknown }>,
  subject: Subject,
  probes: Probes,
): Promise<Answer> {
  const over = new AbortController();
  const timer = setTimeout(
    () => over.abort(new Error(`no answer within ${check.deadlineSeconds} s`)),
    check.deadlineSeconds * 1000,
  );
  const signal = AbortSignal.any([probes.signal, over.signal]);
  const aborted = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  try {
    return await Promise.race([check.probe(subject, { ...probes, signal }), aborted]);
  } finally {
    clearTimeout(timer);
  }
}
