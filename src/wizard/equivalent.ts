import type { Destruction } from '../plan/types.js';
import { quoteWords } from '../remote/words.js';
import { equivalentCommand } from '../spec/flags/command.js';
import type { ClusterSpec } from '../spec/types.js';

export interface Made {
  spec: ClusterSpec;
  /** As named on the command line. */
  file: string;
  /** Absolute; holds the CARP password, now or after apply. */
  passwordFile: string;
  destructions: readonly Destruction[];
}

/** What does the same without questions: with the file, and with flags alone. Consents are part of both. */
export function sameAgain({ spec, file, passwordFile, destructions }: Made): string {
  const consents = destructions.flatMap(({ node, what }) => ['--destroy', `${node}:${what}`]);
  const whole = { ...spec, carp: { ...spec.carp, passwordFile } };
  return [
    'The same without questions:',
    `  ${quoteWords(['hastconf', '-f', file, 'apply', '-y', ...consents])}`,
    'and without the file:',
    `  ${equivalentCommand(whole, consents)}`,
  ].join('\n');
}
