/** Process exit codes; a published contract (see README, "Exit codes"). */
export const ExitCode = {
  Done: 0,
  StepFailed: 1,
  Usage: 2,
  Preflight: 3,
  Unreachable: 4,
  Refused: 5,
  Timeout: 6,
  Changes: 7,
  Locked: 8,
  Interrupted: 130,
} as const;
export type ExitCode = (typeof ExitCode)[keyof typeof ExitCode];

export interface ErrorDetails {
  /** Node the failure belongs to, as named in the cluster file. */
  node?: string;
  /** The node's own words: exit code and stderr. */
  detail?: string;
  /** What to do next: one sentence, with the exact command where there is one. */
  remedy?: string;
  cause?: unknown;
}

/** An expected failure: printed as message, detail and remedy, never as a stack trace without `-v`. */
export class HastconfError extends Error {
  readonly exit: ExitCode;
  readonly node: string | undefined;
  readonly detail: string | undefined;
  readonly remedy: string | undefined;

  constructor(exit: ExitCode, message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause });
    this.name = 'HastconfError';
    this.exit = exit;
    this.node = details.node;
    this.detail = details.detail;
    this.remedy = details.remedy;
  }
}

/** One of several findings that are reported together (preflight, cluster file). */
export interface Problem {
  /** Stable short id such as `provider-missing`. */
  id: string;
  node?: string;
  /** Name of the cluster file, as the user gave it. */
  file?: string;
  /** Where in the cluster file: key path, and line and column when known. */
  path?: string;
  line?: number;
  column?: number;
  message: string;
  remedy?: string;
}

/** Several problems at once; the message lists them all. */
export class ProblemsError extends HastconfError {
  readonly problems: readonly Problem[];

  constructor(exit: ExitCode, message: string, problems: readonly Problem[], details: ErrorDetails = {}) {
    super(exit, message, details);
    this.name = 'ProblemsError';
    this.problems = problems;
  }
}
