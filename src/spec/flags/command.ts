import { quoteWords } from '../../remote/words.js';
import type { ClusterSpec } from '../types.js';
import { SPEC_FLAGS } from './table.js';
import type { GivenFlag } from './types.js';

/** The flags that make this spec without a file. */
export function flagsOf(spec: ClusterSpec): GivenFlag[] {
  return SPEC_FLAGS.flatMap(({ name, of }) => of(spec).map((value) => ({ flag: name, value })));
}

/** The same as words of a command line. */
export function flagWords(spec: ClusterSpec): string[] {
  const valued = new Set(SPEC_FLAGS.filter(({ value }) => value !== undefined).map(({ name }) => name));
  return flagsOf(spec).flatMap(({ flag, value }) =>
    valued.has(flag) ? [`--${flag}`, value] : [value === 'yes' ? `--${flag}` : `--no-${flag}`],
  );
}

/**
 * One line for sh that does the same as this spec's cluster file would, without one; paths in it are absolute.
 * `more` is put at its end, for example consents.
 */
export function equivalentCommand(spec: ClusterSpec, more: readonly string[] = []): string {
  return quoteWords(['hastconf', 'apply', '-y', ...flagWords(spec), ...more]);
}
