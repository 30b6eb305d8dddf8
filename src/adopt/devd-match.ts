import type { DevdMatch, DevdRule } from './devd-conf.js';

/**
 * The rule that devd would run for an event, given as variables: the first match of the highest priority,
 * in the order of the file.
 */
export function devdRuleFor(
  rules: readonly DevdRule[],
  event: Readonly<Record<string, string>>,
): DevdRule | undefined {
  return rules
    .filter((rule) => rule.kind === 'notify')
    .sort((left, right) => right.priority - left.priority)
    .find((rule) => rule.matches.every((match) => devdMatches(match, event[match.variable] ?? '')));
}

function devdMatches({ pattern }: DevdMatch, value: string): boolean {
  const negated = pattern.startsWith('!');
  return new RegExp(`^${negated ? pattern.slice(1) : pattern}$`, 'i').test(value) !== negated;
}
