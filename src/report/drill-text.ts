import { duration, table } from './text.js';

/** One part of a drill; seconds. */
export interface DrillPhase {
  phase: string;
  /** Node that it happened on, or that serves after it. */
  node: string;
  seconds: number;
  withoutStorage: number;
  withoutAddress: number;
  /** No node had both. */
  withoutService: number;
}

/** The document that `drill --json` prints, and a line of the history file. */
export interface DrillReport {
  version: 1;
  cluster: string;
  /** ISO 8601, UTC. */
  time: string;
  kind: 'planned' | 'crash-primary' | 'crash-standby';
  from: string;
  to: string;
  phases: readonly DrillPhase[];
  /** Seconds of the longest time without service in one piece. */
  longestGap: number;
  /** Seconds that the drill was watched, and how much of them the service was there, in percent. */
  watched: number;
  availability: number;
  /** The longest gap of the shared address as this machine saw it; null: it is not on this machine's networks. */
  fromHere: number | null;
  /** Markers written, and read back with the right checksum on the other node. */
  markers: number;
  /** Everything that was written was there on both nodes, and the pair is at rest again. */
  verified: boolean;
}

/** The table, the sum, and what has changed since the last one of its kind. */
export function drillText(report: DrillReport, last: DrillReport | undefined): string {
  const head = ['phase', 'node', 'seconds', 'no storage', 'no address', 'no service'];
  const rows = report.phases.map((one) => [
    ...[one.phase, one.node, one.seconds.toFixed(1)],
    ...[one.withoutStorage, one.withoutAddress, one.withoutService].map((seconds) =>
      seconds === 0 ? '-' : seconds.toFixed(2),
    ),
  ]);
  const { longestGap, availability, watched, markers, fromHere } = report;
  const marked =
    markers === 0
      ? 'no file system to write a marker to'
      : `${markers} marker${markers === 1 ? '' : 's'} written, and read back on both nodes`;
  return [
    ...table([head, ...rows]),
    '',
    `longest gap ${longestGap.toFixed(2)} s, available ${availability.toFixed(2)} % of ${duration(watched * 1000)}; ${marked}`,
    ...(fromHere === null ? [] : [`longest gap of the address seen from here: ${fromHere.toFixed(2)} s`]),
    last === undefined ? 'the first drill of this kind' : comparison(report, last),
  ].join('\n');
}

function comparison({ longestGap }: DrillReport, last: DrillReport): string {
  const difference = longestGap - last.longestGap;
  const word = Math.abs(difference) < 0.3 ? 'as' : difference < 0 ? 'shorter than' : 'longer than';
  const before = `${last.longestGap.toFixed(2)} s on ${last.time.slice(0, 10)}`;
  return word === 'as' ? `as long as in the last one (${before})` : `${word} in the last one (${before})`;
}
