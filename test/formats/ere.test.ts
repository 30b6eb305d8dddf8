import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compileEre } from '../../src/formats/ere.js';

describe('an extended regular expression', () => {
  it.each([
    ['abc', 'xABCx', true],
    ['^abc$', 'xabc', false],
    ['^(MASTER|BACKUP)$', 'master', true],
    ['^MASTER|BACKUP$', 'xBACKUP', true],
    ['^[0-9]+@vtnet[[:digit:]]$', '12@vtnet1', true],
    ['^[^a-c]$', 'b', false],
    ['^[]x]$', ']', true],
    ['^[a-]$', '-', true],
    ['^a{2,3}$', 'aaa', true],
    ['^a{2,3}$', 'aaaa', false],
    ['^a{2}$', 'aa', true],
    ['^(ab){2,}$', 'ababab', true],
    ['^a?b*c+$', 'cc', true],
    ['^a\\.b$', 'axb', false],
    ['^vlan0\\.10$', 'vlan0.10', true],
    ['^{x}$', '{x}', true],
    ['^(a|b)(c|d)$', 'bd', true],
    ['^()$', '', true],
    ['^.*$', '', true],
  ])('%s on %s: %s', (pattern, value, expected) => {
    expect(compileEre(pattern)?.(value)).toBe(expected);
  });

  it.each([
    '*a',
    '(',
    'a)',
    '[a',
    'a{3,2}',
    'a{256}',
    '{1}',
    '\\',
    'a||b',
    '[[.a.]]',
    '[[:nope:]]',
    '[[:constructor:]]',
    '[b-a]',
    '(|a)',
  ])('that regcomp refuses is none: %s', (pattern) => expect(compileEre(pattern)).toBeUndefined());

  it('agrees with JavaScript’s where the two say the same', () => {
    const piece = fc.constantFrom(
      'a',
      'b',
      '.',
      'a*',
      'b+',
      'a?',
      '(a|b)',
      '(ab)*',
      '[ab]',
      '[^a]',
      '^',
      '$',
      'a{2}',
      '|',
    );
    const pattern = fc.array(piece, { minLength: 1, maxLength: 8 }).map((parts) => parts.join(''));
    const value = fc.string({ unit: fc.constantFrom('a', 'b', 'c'), maxLength: 12 });
    fc.assert(
      fc.property(pattern, value, (source, text) => {
        const own = compileEre(source);
        if (own) expect(own(text), source).toBe(new RegExp(source, 'i').test(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it.each([
    '(a+)+$',
    '(a|a)*$',
    '(a|aa)+$',
    '((a*)*)*b',
    '(.*)(.*)(.*)(.*)(.*)[^a]$',
    `${'a?'.repeat(40)}${'a'.repeat(40)}`,
  ])('takes no time over what makes others hang: %s', (pattern) => {
    const started = performance.now();
    compileEre(`^${pattern}$`)?.(`${'a'.repeat(2_000)}!`);
    expect(performance.now() - started).toBeLessThan(1_500);
  });

  it('that would be too big is none', () => {
    expect(compileEre('((((a{255}){255}){255}){255})')).toBeUndefined();
    expect(compileEre('('.repeat(10_000))).toBeUndefined();
  });
});
