import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { style } from '../../src/report/text.js';
import { foreign, foreignLine, visible } from '../../src/terminal/visible.js';

const SRC = fileURLToPath(new URL('../../src', import.meta.url));

/** Everything that steers a terminal or turns text round; tab and newline do neither. */
const STEERS = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/;

describe('what goes to a terminal', () => {
  it.each([
    ['an escape sequence', 'a\x1b[2J\x1b[1;1Hb', 'a\\u001b[2J\\u001b[1;1Hb'],
    ['an 8-bit one', 'a\u009b2Jb', 'a\\u009b2Jb'],
    ['a title', '\x1b]0;x\x07', '\\u001b]0;x\\u0007'],
    ['a line written over', 'safe\rrm -rf', 'safe\\u000drm -rf'],
    ['backspaces', 'no\b\byes', 'no\\u0008\\u0008yes'],
    ['text turned round', 'a\u202eb\u2066c', 'a\\u202eb\\u2066c'],
    ['concealed text', '\x1b[8mhidden', '\\u001b[8mhidden'],
    ['NUL and DEL', '\0\x7f', '\\u0000\\u007f'],
    ['plain text, tabs and letters of others', 'a\tb\nä 中 ✓', 'a\tb\nä 中 ✓'],
  ])('shows %s', (_what, given, shown) => {
    expect(visible(given)).toBe(shown);
    expect(foreign(given)).toBe(shown);
  });

  it('keeps this program’s own colours, and only where no others could have written them', () => {
    for (const as of ['good', 'warn', 'bad', 'strong', 'faint'] as const)
      expect(visible(style('text', as, true))).toBe(style('text', as, true));
    expect(foreign('\x1b[32mgood\x1b[39m')).toBe('\\u001b[32mgood\\u001b[39m');
  });

  it('stays on its line where a line was promised', () => {
    expect(foreignLine('one\n\ttwo')).toBe('one two');
  });

  it('leaves a JSON document what it is', () => {
    fc.assert(
      fc.property(fc.json(), (document) => {
        expect(JSON.parse(visible(document))).toEqual(JSON.parse(document));
      }),
    );
    const odd = { text: '\u009b2J\u202e\x7f' };
    expect(visible(JSON.stringify(odd))).not.toMatch(STEERS);
    expect(JSON.parse(visible(JSON.stringify(odd)))).toEqual(odd);
  });

  it('never holds a character that steers', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 200 }), (text) => {
        expect(foreign(text)).not.toMatch(STEERS);
        expect(visible(text).replace(/\x1b\[(0|1|2|22|31|32|33|39)m/g, '')).not.toMatch(STEERS);
      }),
    );
  });
});

describe('every writer', () => {
  /** What is drawn here is this program's own. */
  const OWN = /\.write\((ENTER|LEAVE|text)\)|#(say|process)\b.*write\(text\)|write\(''/;

  it('of the product goes through that function', () => {
    const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' }).filter(
      (name) => name.endsWith('.ts') && !/^(lab|bench|man)\/|^(lab|bench)/.test(name),
    );
    const writes = files.flatMap((name) => {
      const text = readFileSync(join(SRC, name), 'utf8');
      return [...text.matchAll(/(?:stdout|stderr|stream)\.write\([^\n]*/g)]
        .map(([line]) => line)
        .filter((line) => !/visible\(|foreign(Line)?\(/.test(line) && !OWN.test(line))
        .map((line) => `${name}: ${line}`);
    });
    expect(writes).toEqual([
      // Every part of these two was made by it.
      'report/progress-view.ts: stream.write(`${back}${clear}${notices}${picture}\\x1b[J`);',
      "report/watch-screen.ts: stdout.write(`\\x1b[H${drawn.join('\\r\\n')}\\x1b[J`);",
      // Hands on what others have written, each through that function.
      'wizard/plain-io.ts: stream.write(chunk);',
    ]);
  });
});
