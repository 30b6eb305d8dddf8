import { createTwoFilesPatch } from 'diff';
import { redact, type Secret } from '../spec/secret.js';

/** `pass WORD` as ifconfig takes it: covers a password that was there before and that nobody here knows. */
const CARP_PASS = /(\bpass\s+)[^\s"'\\]+/g;

/** Unified diff of one file on one node, three lines of context, secrets redacted. `undefined`: no file yet. */
export function fileDiff(
  path: string,
  before: string | undefined,
  after: string,
  secrets: readonly Secret[],
): string {
  const from = before === undefined ? '/dev/null' : path;
  const patch = createTwoFilesPatch(from, path, before ?? '', after, undefined, undefined, { context: 3 });
  const lines = patch.split('\n').filter((line) => !/^(Index: |={67}$)/.test(line));
  return redact(lines.join('\n'), secrets).replaceAll(CARP_PASS, '$1[secret]').trimEnd();
}
