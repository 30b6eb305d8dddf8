import type { Secret } from '../spec/secret.js';
import type { ChooseAsk, MarkAsk, TypeAsk } from './types.js';

/** `<`: one question back. */
export const BACK = Symbol('back');
/** `?`: what the question means. */
export const HELP = Symbol('help');
/** The choice that opens a line to type in. */
export const OTHER = Symbol('other');

export type Reply<T> = T | typeof BACK | typeof HELP;

/** Answers what is wrong with an answer, or undefined; may ask the machines. */
export type Validate = (answer: string) => Promise<string | undefined>;

/**
 * One question at a time on the terminal. Ctrl-C and the end of input throw exit 130. Two ways to do it: lists
 * that are redrawn, and plain lines for screen readers.
 */
export interface Prompter {
  /** Columns that texts may take. */
  readonly width: number;
  /** Whether pictures and tables help here. */
  readonly visual: boolean;
  say(text: string): void;
  readonly color: boolean;
  /** Headings, and what deserves fear; the text alone must say it too. */
  strong(text: string): string;
  bad(text: string): string;
  choose(ask: Omit<ChooseAsk, 'kind'>): Promise<Reply<string | typeof OTHER>>;
  mark(ask: Omit<MarkAsk, 'kind'>): Promise<Reply<readonly string[]>>;
  type(ask: Omit<TypeAsk, 'kind'>, validate: Validate): Promise<Reply<string>>;
  secret(message: string): Promise<Secret>;
  confirm(message: string): Promise<boolean>;
}
