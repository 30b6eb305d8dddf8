import type { Problem } from '../../errors.js';
import type { NodeFacts } from '../../facts/types.js';
import type { PlanInput } from '../types.js';

/** Seconds that the two clocks may differ: logs and records of the two nodes are compared by time. */
const TOLERANCE = 2;

/** Clocks that differ more than the tolerance, after what asking took is allowed for. */
export function clockProblems({ spec, facts }: Pick<PlanInput, 'spec' | 'facts'>): Problem[] {
  const [first, second] = spec.nodes.map((node) => facts[node.name]!);
  const apart = secondsApart(first!, second!);
  if (apart <= TOLERANCE) return [];
  return [
    {
      id: 'clock-skew',
      message: `the clocks of ${first!.node} and ${second!.node} are ${Math.round(apart)} s apart (${TOLERANCE} s allowed)`,
      remedy: 'set both clocks: service ntpd onestart, or ntpdate, on both nodes',
    },
  ];
}

/**
 * Lower bound of the difference in seconds. `date +%s` ran somewhere between asking and answering, and cuts
 * off up to a second, so a node's offset from this machine's clock is only known to lie within a window.
 */
function secondsApart(first: NodeFacts, second: NodeFacts): number {
  const [a, b] = [offsetWindow(first), offsetWindow(second)];
  return Math.max(0, a.low - b.high, b.low - a.high);
}

function offsetWindow({ clock }: NodeFacts): { low: number; high: number } {
  return { low: clock.epoch - clock.answeredAtMs / 1000, high: clock.epoch + 1 - clock.askedAtMs / 1000 };
}
