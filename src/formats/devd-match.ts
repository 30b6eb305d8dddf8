import type { DevdMatch, DevdRule } from './devd-conf.js';
import { compileEre } from './ere.js';

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
    .find((rule) => devdMatches(rule, event));
}

/** Whether every `match` of the rule holds for the event; an unset variable is empty. */
export function devdMatches(rule: DevdRule, event: Readonly<Record<string, string>>): boolean {
  return rule.matches.every((match) => holds(match, event[match.variable] ?? ''));
}

function holds({ pattern }: DevdMatch, value: string): boolean {
  const negated = pattern.startsWith('!');
  // As devd wraps it; one that it could not compile never matches.
  const matches = compileEre(`^${negated ? pattern.slice(1) : pattern}$`);
  return matches !== undefined && matches(value) !== negated;
}
