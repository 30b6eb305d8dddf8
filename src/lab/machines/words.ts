import { quoteWords } from '../../remote/words.js';

/** Characters that csh and sh take as they are between single quotes. */
const PLAIN = /[^A-Za-z0-9_/.:@+,= -]/gu;

/**
 * A command line for sshd that runs these words, whatever root's shell is. csh changes `!` and line ends even
 * between single quotes, so everything but plain characters travels as an octal escape.
 */
export function loginCommand(words: readonly string[], env: Readonly<Record<string, string>> = {}): string {
  const given = Object.entries(env).map(([name, value]) => `${name}=${value}`);
  const all = given.length > 0 ? ['/usr/bin/env', ...given, ...words] : words;
  const escaped = quoteWords(all).replace(PLAIN, (char) =>
    [...Buffer.from(char)].map((byte) => `\\0${byte.toString(8).padStart(3, '0')}`).join(''),
  );
  return `exec /bin/sh -c 'eval "exec $(printf %b "${escaped}")"'`;
}
