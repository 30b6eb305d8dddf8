import type { NodeReading, PairReading } from './reading.js';

/** The node whose word counts where the two contradict each other: whoever serves, else whoever knows more. */
export function leadOf(pair: PairReading): 0 | 1 {
  const [first, second] = pair.map(weight) as [number, number];
  return second > first ? 1 : 0;
}

function weight({ facts, hast, agent, carp }: NodeReading): number {
  const primary = Object.values(facts.hast.resources).some(({ role }) => role === 'primary');
  const master = carp.some(({ live }) => live?.state === 'MASTER');
  return (primary ? 8 : 0) + (master ? 4 : 0) + (agent ? 2 : 0) + (hast?.ok ? 1 : 0);
}

/** The pair in the order of hast.conf's `on` sections, which is the order that hastconf itself writes. */
export function inFileOrder<T>(pair: PairReading, values: readonly [T, T]): readonly [T, T] {
  const parsed = pair[leadOf(pair)].hast ?? pair[0].hast ?? pair[1].hast;
  const order = parsed?.config.resources[0]?.nodes.map(({ node }) => node) ?? [];
  const place = (index: 0 | 1): number => order.indexOf(pair[index].name);
  return place(1) !== -1 && place(1) < place(0) ? [values[1], values[0]] : values;
}
