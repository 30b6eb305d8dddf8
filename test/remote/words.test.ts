import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { quoteWord, quoteWords, shScript } from '../../src/remote/words.js';

/** What a real sh makes of the script: its words, NUL-separated. */
function wordsOf(script: string): string[] {
  const shown = execFileSync('/bin/sh', ['-s'], {
    input: `show() { printf '%s\\0' "$@"; }\nshow ${script}\n`,
  });
  return shown.toString('utf8').split('\0').slice(0, -1);
}

const word = fc.string({ unit: 'binary', maxLength: 40 }).filter((text) => !text.includes('\0'));

describe('quoteWord', () => {
  it.each(['hastctl', '/dev/vtbd1', 'tcp4://10.77.0.1:8457', '-c', '50%'])('leaves %s readable', (text) => {
    expect(quoteWord(text)).toBe(text);
  });

  it.each([
    '',
    "it's",
    'a b',
    '$(reboot)',
    '`reboot`',
    'x; reboot',
    '~root',
    '*',
    'A=1',
    'if',
    '!x',
    '#',
    'a\nb',
  ])('quotes %j', (text) => {
    expect(quoteWord(text)).not.toBe(text);
    expect(wordsOf(quoteWord(text))).toEqual([text]);
  });

  it('refuses NUL', () => {
    expect(() => quoteWord('a\0b')).toThrow(/NUL/);
  });

  it('survives a real sh, whatever the words', () => {
    fc.assert(
      fc.property(fc.array(word, { minLength: 1, maxLength: 20 }), (words) => {
        expect(wordsOf(quoteWords(words))).toEqual(words);
      }),
      { numRuns: 60 },
    );
  });
});

describe('shScript', () => {
  it('runs nothing but its command', () => {
    const script = shScript(['printf', '%s|', "tank/x'; reboot; '", '$HOME', '&&']);
    expect(execFileSync('/bin/sh', ['-s'], { input: script }).toString()).toBe(
      "tank/x'; reboot; '|$HOME|&&|",
    );
  });

  it('never takes the first word for an assignment or a keyword', () => {
    for (const first of ['PATH=/nowhere', 'if', 'while']) {
      expect(() => execFileSync('/bin/sh', ['-s'], { input: shScript([first]), stdio: 'pipe' })).toThrow(
        /not found/,
      );
    }
  });

  it('refuses an empty command', () => {
    expect(() => shScript([])).toThrow(/at least one word/);
  });
});
