import type { Check } from '../cluster/check.js';
import type { Problem } from '../errors.js';

/** What a planned move has cost, in seconds; the document that `switchover --json` prints. */
export interface MoveReport {
  version: 1;
  cluster: string;
  from: string | null;
  to: string;
  /** false: nothing was to do, or it was a dry run. */
  moved: boolean;
  dryRun: boolean;
  checks: readonly Check[];
  measured: MoveMeasures | null;
  /** What is not yet as it should be afterwards, for example a standby that still catches up. */
  problems: readonly Problem[];
}

export interface MoveMeasures {
  /** From the request until storage and address were seen on the target. */
  total: number;
  /** No node had the storage. */
  withoutStorage: number;
  /** No node had the address. */
  withoutAddress: number;
  /** No node had both: what clients notice. */
  withoutService: number;
  /** As this machine saw the address; null: it is not on this machine's networks, or never answered. */
  fromHere: number | null;
}

/** `1.93 s`. */
export function secondsText(seconds: number): string {
  return `${seconds.toFixed(2)} s`;
}

/** The rows of the table that a move ends with. */
export function measureRows(measured: MoveMeasures): string[][] {
  const { total, withoutStorage, withoutAddress, withoutService, fromHere } = measured;
  return [
    ['without storage', secondsText(withoutStorage)],
    ['without address', secondsText(withoutAddress)],
    ['without both on one node', secondsText(withoutService)],
    [
      'seen from here',
      fromHere === null ? 'not measured: the address does not answer here' : secondsText(fromHere),
    ],
    ['the whole move', secondsText(total)],
  ];
}
