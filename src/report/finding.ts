import type { Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import type { ClusterSpec } from '../spec/types.js';
import type { ClusterStatus, Verdict } from './status-types.js';

/** Everything the judges look at; they are pure. */
export interface Case {
  spec: ClusterSpec;
  status: Omit<ClusterStatus, 'verdict' | 'reasons' | 'problems'>;
  /** Facts of the nodes that could be read. */
  facts: readonly NodeFacts[];
  /** At least one node could not be read: what is missing here may be there. */
  blind: boolean;
}

/** One thing that is not as it should be, and the verdict that it alone would give. */
export interface Finding extends Problem {
  verdict: Exclude<Verdict, 'healthy'>;
}

/** `disk0, disk1, disk2 and 61 more`. */
export function listed(names: readonly string[]): string {
  const shown = names.slice(0, 4).join(', ');
  return names.length > 4 ? `${shown} and ${names.length - 4} more` : shown;
}

/** What to do about something that the agent should have done; without an agent the set-up is not complete. */
export function askAgent({ facts, spec }: Case): string {
  if (!facts.some((one) => one.agent !== undefined)) return 'hastconf apply';
  return `see why: \`carp-hast-switch status\` on ${spec.nodes.map((node) => node.name).join(' and ')}`;
}
