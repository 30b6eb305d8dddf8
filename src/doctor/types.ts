import type { HastconfError, Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import type { Plan } from '../plan/types.js';
import type { Target } from '../remote/target.js';
import type { GeneratedFile } from '../render/types.js';
import type { ClusterSpec } from '../spec/types.js';
import type { NodeAnswers } from './answers.js';

/** What one check is about, and what to do with a node to find out. */
interface CheckBase {
  /** Stable, as on the command line: `devd-rules`. */
  id: string;
  /** What holds when it passes: `devd hands CARP's events to the agent`. */
  title: string;
  /** What it means for the pair when it does not; one sentence. */
  meaning: string;
  /** It says something also of a pair that is not set up yet. */
  beforeSetUp?: true;
}

/** A check on what has been read of both nodes already; pure. */
export interface FactsCheck extends CheckBase {
  test: (subject: Subject) => Answer;
}

/** A check that does something of its own on the nodes, for some seconds. */
export interface ProbeCheck extends CheckBase {
  probe: (subject: Subject, probes: Probes) => Promise<Answer>;
  /** Seconds after which it is given up: a failed check, and the others go on. */
  deadlineSeconds: number;
  /** Why it is run only when it is named (or with --all). */
  onlyByName?: string;
}

export type Check = FactsCheck | ProbeCheck;

/** Everything that was read before the first check. */
export interface Subject {
  spec: ClusterSpec;
  /** Absolute path of the cluster file. */
  specPath: string;
  /** Nodes that answered, in the order of the cluster file. */
  nodes: readonly DoctorNode[];
  unreachable: readonly { node: string; error: HastconfError }[];
  /** What apply would do and why it would not; undefined: needs both nodes. */
  plan: Plan | undefined;
  /** What `apply` verifies at its end. */
  verification: readonly Problem[];
  files: readonly GeneratedFile[];
}

/** One node that answered. */
export interface DoctorNode {
  name: string;
  facts: NodeFacts;
  /** What only the doctor asks. */
  answers: NodeAnswers;
}

export interface Probes {
  target: (node: string) => Target;
  signal: AbortSignal;
}

export interface Answer {
  /** Empty: the check has passed. */
  findings: readonly Finding[];
  /** What was seen, for -v. */
  details?: readonly string[];
  /** Why nothing could be said; such a check has neither passed nor failed. */
  skipped?: string;
}

export interface Finding {
  level: 'failed' | 'warning';
  node?: string;
  /** What was seen, in one sentence. */
  saw: string;
  /** What helps: the exact command where there is one. */
  fix: string;
  /** A repair that can do no harm; --fix runs it after asking. */
  repair?: Repair;
}

export interface Repair {
  node: string;
  /** Starts with a verb. */
  title: string;
  /** For sh as root on this node; exits 0 when it has had its effect. */
  script: string;
}

export type CheckState = 'passed' | 'warning' | 'failed' | 'crashed' | 'skipped';

/** How one check ended. */
export interface CheckResult {
  check: Pick<Check, 'id' | 'title' | 'meaning'>;
  state: CheckState;
  /** It failed, and --ignore made a warning of it. */
  ignored: boolean;
  findings: readonly Finding[];
  details: readonly string[];
  /** Why it was skipped or crashed. */
  reason?: string;
  seconds: number;
}
