import type { NodeFacts } from '../../facts/types.js';
import { checkNodes } from '../../spec/check/nodes.js';

type Two<T> = readonly [T, T];

/**
 * Names that hastd matches and the cluster file takes, shortest first: the host name's first part, the whole
 * host name, and where both machines call themselves the same, the hostuuid.
 */
export function nodeNames(facts: Two<NodeFacts>): Two<string> {
  const candidates: Two<string>[] = [
    both(facts, ({ identity }) => identity.hostname.split('.', 1)[0]!),
    both(facts, ({ identity }) => identity.hostname),
    both(facts, ({ identity }) => identity.hostuuid.toLowerCase()),
  ];
  return candidates.find(fit) ?? candidates[0]!;
}

function both(facts: Two<NodeFacts>, of: (one: NodeFacts) => string): Two<string> {
  return [of(facts[0]), of(facts[1])];
}

/** The file's own rules for node names, and nothing about the rest of the nodes. */
function fit([first, second]: Two<string>): boolean {
  if (first === second) return false;
  const findings = checkNodes({ nodes: { [first]: undefined, [second]: undefined } });
  return !findings.some(({ id }) => id === 'bad-name');
}
