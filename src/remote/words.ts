/** Words that /bin/sh takes literally without quotes, in any position. `=` is not among them: `A=1` assigns. */
const PLAIN = /^[A-Za-z0-9_/.:@%+,-]+$/;

/** Plain-looking words that are still syntax where a command is expected. */
const RESERVED = new Set(
  'if then else elif fi do done case esac while until for in function time select'.split(' '),
);

/**
 * One word for /bin/sh, in single quotes where needed: the only quoting function there is.
 * Throws on NUL, which no argument, path or script can carry.
 */
export function quoteWord(word: string): string {
  if (word.includes('\0')) throw new TypeError('a shell word cannot contain a NUL byte');
  if (PLAIN.test(word) && !RESERVED.has(word)) return word;
  return `'${word.replaceAll("'", "'\\''")}'`;
}

/** Several words as one command line. */
export function quoteWords(words: readonly string[]): string {
  return words.map(quoteWord).join(' ');
}

/** A script that runs one command given as words. */
export function shScript(words: readonly string[]): string {
  if (words.length === 0) throw new TypeError('a command needs at least one word');
  return `${quoteWords(words)}\n`;
}
