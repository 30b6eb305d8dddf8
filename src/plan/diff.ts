import { createTwoFilesPatch } from 'diff';
import { withoutForeignSecrets } from '../spec/foreign-secrets.js';
import { redact, type Secret } from '../spec/secret.js';

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
  return withoutForeignSecrets(redact(lines.join('\n'), secrets)).trimEnd();
}
