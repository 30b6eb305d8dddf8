import { duration, type Style, style, wrap } from '../report/text.js';
import type { Check, CheckResult, CheckState } from './types.js';

export interface DoctorTextOptions {
  color: boolean;
  unicode: boolean;
  verbose: boolean;
  width: number;
}

const MARKS: Readonly<Record<CheckState, { unicode: string; ascii: string; as: Style }>> = {
  passed: { unicode: '✓', ascii: '+', as: 'good' },
  warning: { unicode: '!', ascii: '!', as: 'warn' },
  failed: { unicode: '✗', ascii: 'x', as: 'bad' },
  crashed: { unicode: '✗', ascii: 'x', as: 'bad' },
  skipped: { unicode: '-', ascii: '-', as: 'faint' },
};

/** One check: its mark and title; what was seen, what it means and what helps where it has not passed, or with -v. */
export function resultLines(result: CheckResult, options: DoctorTextOptions): string[] {
  const { check, state, findings, details, reason, ignored, seconds } = result;
  const { color, unicode, verbose, width } = options;
  if (state === 'skipped' && !verbose) return [];
  const mark = MARKS[state];
  const shown = style(`[${unicode ? mark.unicode : mark.ascii}]`, mark.as, color);
  const took = verbose && seconds >= 0.1 ? ` (${duration(Math.round(seconds * 10) * 100)})` : '';
  const [first = '', ...rest] = wrap(`${check.id}: ${check.title}${took}`, width - 4);
  const lines = [`${shown} ${first}`, ...rest.map((line) => `    ${line}`)];
  if (state === 'crashed') lines.push(...block('', `the check itself failed: ${reason ?? ''}`, width));
  if (state === 'skipped' && verbose && reason !== undefined)
    lines.push(...block('', `not run: ${reason}`, width));
  for (const { saw, fix } of findings) {
    lines.push(...block('', saw, width), ...block('-> ', fix, width));
  }
  if (ignored) lines.push(...block('', `ignored (--ignore ${check.id})`, width));
  else if (state === 'failed' || (verbose && findings.length > 0))
    lines.push(...block('', check.meaning, width));
  if (verbose) lines.push(...details.flatMap((detail) => block('', detail, width)));
  return lines;
}

function block(mark: string, text: string, width: number): string[] {
  const indent = '    ';
  const [first = '', ...rest] = wrap(text, width - indent.length - mark.length);
  return [`${indent}${mark}${first}`, ...rest.map((line) => `${indent}${' '.repeat(mark.length)}${line}`)];
}

/** One sentence that closes the report, and what was left out. */
export function closingLines(
  results: readonly CheckResult[],
  notRun: readonly Check[],
  width: number,
): string[] {
  const count = (...states: CheckState[]) => results.filter(({ state }) => states.includes(state)).length;
  const [bad, warnings, skipped] = [count('failed', 'crashed'), count('warning'), count('skipped')];
  const safe = results.flatMap(({ findings }) =>
    findings.filter(({ repair }) => repair !== undefined),
  ).length;
  const left = notRun.length === 0 ? '' : ` Not run unless named: ${notRun.map(({ id }) => id).join(', ')}.`;
  const out =
    skipped === 0 || skipped === results.length ? '' : ` ${plural(skipped, 'check')} could not be run.`;
  const repairs = safe === 0 ? '' : ` ${plural(safe, 'repair')} can be made with --fix.`;
  const verdict =
    bad > 0
      ? `${plural(bad, 'check')} of ${results.length} failed${warnings > 0 ? `, ${plural(warnings, 'warning')}` : ''}.`
      : warnings > 0
        ? `No check failed; ${plural(warnings, 'warning')}.`
        : count('passed') === 0
          ? 'No check could be run.'
          : `All ${plural(count('passed'), 'check')} passed.`;
  return wrap(`${verdict}${repairs}${out}${left}`, width);
}

function plural(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? '' : 's'}`;
}

/** `--list`: every check with its title, those that only run by name marked. */
export function listLines(checks: readonly Check[], width: number): string[] {
  const room = Math.max(...checks.map(({ id }) => id.length)) + 2;
  return checks.flatMap((check) => {
    const why =
      'onlyByName' in check && check.onlyByName !== undefined ? ` (only by name: ${check.onlyByName})` : '';
    const [first = '', ...rest] = wrap(`${check.title}${why}`, width - room);
    return [`${check.id.padEnd(room)}${first}`, ...rest.map((line) => `${' '.repeat(room)}${line}`)];
  });
}
