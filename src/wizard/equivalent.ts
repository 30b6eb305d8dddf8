import type { Destruction } from '../plan/plan.js';
import { quoteWord } from '../remote/words.js';

/** The command line that does the same without questions; consents to lose data are part of it. */
export function equivalentCommand(file: string, destructions: readonly Destruction[] = []): string {
  const consents = destructions.map(({ node, what }) => `--destroy ${quoteWord(`${node}:${what}`)}`);
  return [`hastconf -f ${quoteWord(file)} apply -y`, ...consents].join(' ');
}
