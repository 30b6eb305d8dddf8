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
    .find((rule) => devdMatches(rule, event));
}

/** Whether every `match` of the rule holds for the event; an unset variable is empty. */
export function devdMatches(rule: DevdRule, event: Readonly<Record<string, string>>): boolean {
  return rule.matches.every((match) => holds(match, event[match.variable] ?? ''));
}

function holds({ pattern }: DevdMatch, value: string): boolean {
  const negated = pattern.startsWith('!');
  const regex = compiled(negated ? pattern.slice(1) : pattern);
  return regex !== undefined && regex.test(value) !== negated;
}

/** POSIX's named classes inside brackets. */
const CLASSES: Readonly<Record<string, string>> = {
  alnum: 'A-Za-z0-9',
  alpha: 'A-Za-z',
  digit: '0-9',
  lower: 'a-z',
  upper: 'A-Z',
  space: '\\s',
  xdigit: '0-9A-Fa-f',
};

/** undefined: no expression that can be compiled, which never matches. */
function compiled(pattern: string): RegExp | undefined {
  const named = pattern.replace(/\[:(\w+):\]/g, (whole, name: string) => CLASSES[name] ?? whole);
  try {
    return new RegExp(`^${named}$`, 'i');
  } catch {
    return undefined;
  }
}
