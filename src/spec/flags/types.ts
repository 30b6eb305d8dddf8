import type { ClusterSpec } from '../types.js';
import type { Sheet } from './sheet.js';

/** One value of the command line, as given. */
export interface GivenFlag {
  /** Without dashes, for example `carp-address`. */
  flag: string;
  /** What stood behind it; `yes` or `no` for a flag without a value. */
  value: string;
  /** What messages call it, when it was not the flag itself: an environment variable. */
  source?: string;
}

/** A flag that gives a value of the cluster file. Help, completion and the man page are made of this. */
export interface SpecFlag {
  name: string;
  group: FlagGroup;
  /** `<name>` in help; undefined for one that is only there or not there (then `--no-NAME` exists too). */
  value?: string;
  description: string;
  repeatable?: boolean;
  /** The words that are possible. */
  choices?: readonly string[];
  /** What a shell completes behind it. */
  completes?: 'file' | 'node';
  /** Keys of the cluster file that it gives, `*` for a name or a place in a list, and what to type for each. */
  gives: Readonly<Record<string, string>>;
  /** Writes the value as the cluster file would have it. Answers what is wrong with its form. */
  put(sheet: Sheet, value: string): string | undefined;
  /** The values that make this spec; none where it is what would be meant anyway. */
  of(spec: ClusterSpec): readonly string[];
}

export const GROUPS = {
  pair: 'The pair (as in the cluster file, over which they win):',
  carp: 'CARP:',
  hast: 'HAST:',
  storage: 'Resources, storage and services:',
  agent: 'The fail-over agent:',
} as const;
export type FlagGroup = keyof typeof GROUPS;
