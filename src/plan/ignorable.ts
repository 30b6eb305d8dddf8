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
