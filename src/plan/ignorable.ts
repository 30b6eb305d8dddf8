import { ExitCode, type Problem } from '../errors.js';

/**
 * Preflight checks that a person may know better than hastconf does (`--ignore-check`). What guards data is none of
 * them: providers in use, a split-brain, two primaries, and questions that a node did not answer.
 */
export const IGNORABLE_CHECKS: readonly string[] = [
  'carp-address-in-use',
  'clock-skew',
  'interface-down',
  'mountpoint-not-empty',
  'no-space',
  'peer-unreachable',
  'pool-too-small',
  'provider-sizes-differ',
  'rc-overridden',
  'release-broken-hast',
  'releases-do-not-mix',
  'vhid-in-use',
];

/** What guards data: found among the checks, and refused all the same (exit 5). No option reaches them. */
const GUARDS: readonly string[] = [
  'file-unreadable',
  'metadata-lost',
  'provider-in-use',
  'provider-no-disk',
  'provider-twice',
  'split-brain',
  'two-primaries',
  'unanswered',
];

/** The exit code of a plan that these stop: 5 as soon as one of them guards data, else 3. */
export function exitOfProblems(problems: readonly Problem[]): ExitCode {
  return problems.some(({ id }) => GUARDS.includes(id)) ? ExitCode.Refused : ExitCode.Preflight;
}
