import type { Live } from './live.js';

/** A saved set of machines that scenarios start from. */
export type StateName = 'clean' | 'one' | 'three' | 'block';

/** What a scenario is run under: hastconf's agent, or the published recipe on the same machines. */
export type Contender = 'hastconf' | 'recipe';

/** One whole story on real machines. Only data, roles, exit codes and that everything ends are judged. */
export interface Scenario {
  /** What it is called on the command line. */
  name: string;
  group: string;
  /** One line for the table. */
  title: string;
  from: StateName;
  /** With a third machine: client and witness. */
  client?: boolean;
  /** The published recipe can run it as well. */
  baseline?: boolean;
  /** Of the selection that CI runs. */
  ci?: boolean;
  /** Number of the open issue that will mend it: expected to fail until then, and reported as failed. */
  mendedBy?: number;
  /** Milliseconds after which it is ended and has failed; default 8 minutes. */
  limitMs?: number;
  run(live: Live): Promise<void>;
}

/** A line that a node's writer had on disk: fsync(1) had returned 0. */
export interface Acknowledged {
  node: string;
  /** The line itself, as it stands in the file. */
  line: string;
  /** Milliseconds of this machine's clock at which its acknowledgement arrived. */
  at: number;
}

/** A stretch in which no node acknowledged a line; milliseconds since the scenario's beginning. */
export interface Gap {
  from: number;
  to: number;
  /** Who acknowledged the last line before and the first one after it; undefined: nobody. */
  before: string | undefined;
  after: string | undefined;
}

/** One event of a scenario and what it cost those who use the storage. */
export interface Measured {
  what: string;
  /** The longest stretch without an acknowledged line around the event. */
  gap: Gap;
}

/** Something that a node has said, milliseconds since the scenario's beginning. */
export interface Saying {
  at: number;
  node: string;
  text: string;
}

export interface Outcome {
  name: string;
  title: string;
  contender: Contender;
  verdict: 'passed' | 'failed' | 'skipped';
  /** Why it failed or was not run. */
  reason?: string;
  mendedBy?: number;
  /** Milliseconds that the whole scenario took, without getting the machines ready. */
  tookMs: number;
  /** The scenario's events in order, each with the longest stretch without an acknowledged line. */
  measured: Measured[];
  acknowledged: number;
  lost: number;
  /** The first few lines that were lost. */
  lostLines: string[];
  /** Nodes in the order in which they served. */
  served: string[];
  /** Names of the alarms that the agents raised. */
  alarms: string[];
  /** What the scenario has noted: measured seconds, numbers of rounds. */
  notes: string[];
}
