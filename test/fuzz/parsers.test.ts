import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PARSERS } from './parsers.js';

/** Characters of the longest inputs: a file of the node that nobody should have, but somebody may. */
const LONG = 40_000;
/** Of the processor. What is linear takes some of them; what is quadratic takes minutes. */
const LIMIT_MS = 700;

/** Pieces that grammars hang on; each is repeated, alone and before an end that does not fit. */
const PIECES = [
  ' ',
  '\t',
  '\n',
  ' \n',
  '#',
  '/*',
  '/* ',
  '//',
  '"',
  "'",
  '\\',
  '""',
  "''",
  '{',
  '}',
  ';',
  '=',
  ':',
  '.',
  '-',
  ',',
  '|',
  '*',
  '?',
  '(',
  ')',
  '[',
  '@',
  '%',
  '\0',
  '\u009b',
  'é',
  'a',
  '0',
  'a ',
  'a\n',
  'a=',
  'a="',
  'a: ',
  ' a',
  '-a ',
  ' -a',
  'mount -a',
  'mount -o a ',
  ' mount /dev/hast/',
  'x=y\n',
  'export ',
  'inet ',
  'vhid 1 ',
  'carp: a vhid 1 ',
  'carp: MASTER vhid 1 ',
  '\tcarp: ',
  'em0: flags=1<UP> ',
  'on a {',
  'resource a { ',
  'notify 1 { ',
  'match "a" "b"; ',
  '# hastconf begin\n',
  '# hastconf end\n',
  'n0nce begin a\n',
  '\nn0nce stderr\n',
  '\nn0nce end 0\n',
  'n0nce ',
  '  pool: a\n',
  '\t  a\n',
  '=> ',
  '1. Name: a\n',
  'AAAA',
  'Providers:\n',
  '{"a":',
  '[',
  'hastconf: pid 1\n',
  '(a+)+',
  '(a|a)*',
  'a{1,9}',
  '[[:alpha:]]',
  'dev/hast/',
];
const BAD_ENDS = ['', '!'];

const TRANSCRIPTS = fileURLToPath(new URL('../facts/transcripts', import.meta.url));
const words = readdirSync(TRANSCRIPTS).map((name) => readFileSync(join(TRANSCRIPTS, name), 'utf8'));

/** Lines of real transcripts, cut, doubled and joined anew, with odd bytes and names of Object's own between them. */
const mangled = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ...PIECES,
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        '0xzz',
        '-1',
        '1e999',
      ),
      fc.constantFrom(...words.flatMap((text) => text.split('\n')).filter((line) => line.length < 200)),
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.constantFrom('\n', ' ', '\t', ': ', '\n\t'),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

describe.each(Object.entries(PARSERS))('%s', (_name, parse) => {
  it('throws nothing, whatever it gets', () => {
    fc.assert(
      fc.property(mangled, (text) => void parse(text)),
      { numRuns: 200 },
    );
  });

  it('takes time in proportion, whatever it gets', () => {
    for (const piece of PIECES) {
      for (const end of BAD_ENDS) {
        const text = piece.repeat(Math.ceil(LONG / piece.length)) + end;
        const started = process.cpuUsage();
        parse(text);
        const { user, system } = process.cpuUsage(started);
        expect((user + system) / 1000, JSON.stringify([piece, end])).toBeLessThan(LIMIT_MS);
      }
    }
  }, 120_000);
});
