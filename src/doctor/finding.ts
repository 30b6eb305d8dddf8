import type { Problem } from '../errors.js';
import type { Answer, DoctorNode, Finding, Repair, Subject } from './types.js';

export function failed(node: string | undefined, saw: string, fix: string, repair?: Repair): Finding {
  return made('failed', node, saw, fix, repair);
}

export function warning(node: string | undefined, saw: string, fix: string, repair?: Repair): Finding {
  return made('warning', node, saw, fix, repair);
}

function made(
  level: Finding['level'],
  node: string | undefined,
  saw: string,
  fix: string,
  repair: Repair | undefined,
): Finding {
  return { level, ...(node === undefined ? {} : { node }), saw, fix, ...(repair ? { repair } : {}) };
}

/** A problem as other parts of hastconf report it. */
export function fromProblem(problem: Problem, level: Finding['level'] = 'failed'): Finding {
  const { node, message, remedy } = problem;
  return made(
    level,
    node,
    message,
    remedy ?? 'find out why on the node, then run hastconf doctor again',
    undefined,
  );
}

/** The findings of each node that answered, together. */
export function eachNode(subject: Subject, test: (node: DoctorNode) => readonly Finding[]): Answer {
  return { findings: subject.nodes.flatMap((node) => [...test(node)]) };
}

/** For what can only be said of two nodes. */
export function bothNodes(subject: Subject, test: (first: DoctorNode, second: DoctorNode) => Answer): Answer {
  const [first, second] = subject.nodes;
  return first && second ? test(first, second) : needsBoth(subject);
}

export function needsBoth({ unreachable }: Subject): Answer {
  const names = unreachable.map(({ node }) => node).join(' and ');
  return { findings: [], skipped: `needs both nodes, and ${names} cannot be read` };
}
