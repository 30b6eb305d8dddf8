import type { Acknowledged, Gap, Saying } from './types.js';

/** Every stretch between two acknowledged lines of any node, and the open ones at both ends of the watch. */
export function gapsOf(acknowledged: readonly Acknowledged[], begin: number, end: number): Gap[] {
  const inOrder = [...acknowledged].sort((one, other) => one.at - other.at);
  const gaps: Gap[] = [];
  let before: Acknowledged | undefined;
  for (const one of inOrder) {
    gaps.push({
      from: (before?.at ?? begin) - begin,
      to: one.at - begin,
      before: before?.node,
      after: one.node,
    });
    before = one;
  }
  gaps.push({ from: (before?.at ?? begin) - begin, to: end - begin, before: before?.node, after: undefined });
  return gaps;
}

export function longestGap(gaps: readonly Gap[]): Gap | undefined {
  return gaps.reduce<Gap | undefined>(
    (longest, gap) => (longest && longest.to - longest.from >= gap.to - gap.from ? longest : gap),
    undefined,
  );
}

/** Nodes in the order in which their lines were acknowledged; a node that came back stands there twice. */
export function servedBy(acknowledged: readonly Acknowledged[]): string[] {
  const inOrder = [...acknowledged].sort((one, other) => one.at - other.at).map(({ node }) => node);
  return inOrder.filter((node, index) => node !== inOrder[index - 1]);
}

/** Acknowledged lines that none of the files has. */
export function lostLines(acknowledged: readonly Acknowledged[], found: ReadonlySet<string>): string[] {
  return acknowledged.map(({ line }) => line).filter((line) => !found.has(line));
}

/** Lines of one writer look like this; anything else in a file is a torn write. */
export const LINE = /^[a-z0-9.-]+ \d+ \d+$/;

/** Names of alarms that the agents have raised, each once, in order. */
export function alarmsIn(sayings: readonly Saying[]): string[] {
  const names = sayings.flatMap(({ text }) => /carp-hast-switch.*\balarm: ([a-z-]+)/.exec(text)?.[1] ?? []);
  return [...new Set(names)];
}

/** One line for people. */
export function gapText({ from, to, before, after }: Gap): string {
  const second = (ms: number) => (ms / 1000).toFixed(1);
  const end = after === undefined ? 'not at the end' : `${second(to)} s (${after})`;
  return `${second(to - from)} s without storage, from ${second(from)} s (${before ?? 'nobody'}) to ${end}`;
}
