import type { Problem } from '../../errors.js';
import type { NodeFacts } from '../../facts/types.js';
import type { PlanInput } from '../types.js';

/** Questions that a node did not answer: "unknown" must never be planned over as "not there". */
export function unansweredProblems({ spec, facts }: PlanInput): Problem[] {
  return spec.nodes.flatMap((node) => {
    const own = facts[node.name]!;
    return [...unanswered(own), ...unreadableFiles(own)];
  });
}

/** What this node did not answer. */
export function unanswered({ node, unanswered: open = [] }: NodeFacts): Problem[] {
  return open.map(({ subject, message }) => ({
    id: 'unanswered',
    node,
    message: `${node} could not determine ${subject}: ${message}`,
    remedy: 'find out why there, then run it again; nothing is changed on guesses',
  }));
}

function unreadableFiles({ node, files }: NodeFacts): Problem[] {
  return Object.entries(files).flatMap(([path, file]) =>
    file?.error === undefined
      ? []
      : [
          {
            id: 'file-unreadable',
            node,
            message: `${path} on ${node} cannot be edited: ${file.error}`,
            remedy: 'put it in order by hand, then run it again',
          },
        ],
  );
}
