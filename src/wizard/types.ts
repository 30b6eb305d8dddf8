import type { Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import type { SshSpec } from '../spec/types.js';

/** What somebody answered; plain JSON, never a secret. */
export type Answer = string | readonly string[];
/** By question id. */
export type Answers = Readonly<Record<string, Answer>>;

/** How to reach one machine. */
export type Login = SshSpec | { local: true };

/** Both machines, looked at. */
export interface Pair {
  /** What hastd will match them by, in the order in which they were given. */
  names: readonly [string, string];
  facts: readonly [NodeFacts, NodeFacts];
  /** The address that each of them was reached at; undefined when it is not known. */
  reached: readonly [string | undefined, string | undefined];
  /** Addresses of third machines that answered a ping from the first node. */
  answering: readonly string[];
  /** What is wrong with the machines themselves: releases, clocks, missing programs. */
  problems: readonly Problem[];
}

/** What was heard on the network that is to carry the CARP address. */
export interface Survey {
  /** Of the proposed addresses, those at which somebody answered. */
  taken: readonly string[];
  /** VHIDs in use there. */
  vhids: readonly number[];
  /** Why nobody could listen; undefined: somebody did. */
  deaf?: string;
}

/** Everything that a question may look at; pure data. */
export interface Context {
  /** Given and derived answers. */
  answers: Answers;
  pair?: Pair;
  survey?: Survey;
  /** This machine. */
  here: {
    /** It runs FreeBSD, so it may be one of the two itself. */
    freebsd: boolean;
    /** A CARP password lies beside the cluster file already. */
    password: boolean;
    /** Where relative paths in an answer start from. */
    cwd: string;
    /** Undefined: whoever runs this has none. */
    home: string | undefined;
  };
}

export interface Choice {
  value: string;
  /** One line, plain ASCII, at most 74 columns. */
  name: string;
  /** Shown below the list while the choice is under the cursor. */
  description?: string;
}

/** One of a list; `other` opens a line to type in. */
export interface ChooseAsk {
  kind: 'choose';
  message: string;
  choices: readonly Choice[];
  default?: string;
  other?: { name: string; ask: TypeAsk };
}

/** Any number of a list. */
export interface MarkAsk {
  kind: 'mark';
  message: string;
  choices: readonly Choice[];
  default: readonly string[];
}

export interface TypeAsk {
  kind: 'type';
  message: string;
  default?: string;
}

export type Ask = ChooseAsk | MarkAsk | TypeAsk;

/** What must have been found out before a question makes sense. */
export type Finding = 'pair' | 'survey';

/** Answers that are no answers: the flow itself acts on them. */
export const AGAIN = '@again';
export const ADOPT = '@adopt';

export interface Question {
  id: string;
  section: 'Machines' | 'Network' | 'Storage' | 'Details';
  /** Name in the review. */
  label: string;
  /** Keys of the cluster file that the answer lands in, and what stands there. */
  key: string;
  /** The cluster file can do without it. */
  optional?: true;
  /** Ids of questions: when one of those changes, this answer is asked for again. */
  needs: readonly string[];
  finding?: Finding;
  applies?(context: Context): boolean;
  /** The answer where there is nothing to choose; such a question is asked only when somebody comes back to it. */
  derive?(context: Context): Answer | undefined;
  /** Said once before the question: what was found. */
  intro?(context: Context): string | undefined;
  ask(context: Context): Ask;
  /** What it means, and what a good answer is. */
  help(context: Context): string;
  /** Rules beyond those of the cluster file; answers what is wrong. */
  validate?(answer: Answer, context: Context): string | undefined;
  /** The spelling that is kept, for example with the prefix length added. */
  tidy?(answer: string, context: Context): string;
  /** Where in the cluster file the rules of the file are to be looked at. */
  paths?(context: Context): readonly (readonly (string | number)[])[];
  /** Ids of preflight checks that judge the answer on both machines. */
  checks?: readonly string[];
  /** The answer as the review shows it. */
  show?(answer: Answer, context: Context): string;
}

/** The one text of an answer that is not a list. */
export function text(answer: Answer | undefined): string | undefined {
  return typeof answer === 'string' ? answer : undefined;
}

/** The texts of an answer; a missing one has none. */
export function list(answer: Answer | undefined): readonly string[] {
  return typeof answer === 'string' ? words(answer) : (answer ?? []);
}

/** Words between spaces and commas. */
export function words(line: string): string[] {
  return line.split(/[\s,]+/).filter((word) => word !== '');
}
