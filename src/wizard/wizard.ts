import type { FileContext } from '../spec/normalise.js';
import type { Secret } from '../spec/secret.js';
import { loginsOf } from './answers-to-draft.js';
import { advance, answersOf, type Move, type Progress } from './flow.js';
import type { Machines } from './ports.js';
import type { Prompter } from './prompter.js';
import { type Context, type Pair, type Question, type Survey, text } from './types.js';

/** One run of the wizard: the answers so far, what was found, and everything that it may touch. */
export interface Wizard {
  readonly prompter: Prompter;
  readonly machines: Machines;
  readonly questions: readonly Question[];
  readonly files: FileContext;
  here: Context['here'];
  progress: Progress;
  /** With what it was found for: other answers make it void. */
  pair?: { key: string; value: Pair };
  survey?: { key: string; value: Survey };
  /** Texts that were shown and need not be shown again. */
  readonly said: Set<string>;
  /** Keeps the answers, so that Ctrl-C loses none. */
  keep(progress: Progress): Promise<void>;
  /** Keeps the CARP password in its own file. Throws exit 2 for one that CARP cannot carry. */
  keepSecret(secret: Secret): Promise<void>;
}

/** What a question may look at now. What was found for other answers is left out. */
export function contextOf(wizard: Wizard): Context {
  const { progress, questions, here } = wizard;
  const alone = answersOf(progress, { here }, questions);
  const pair = wizard.pair?.key === pairKey({ answers: alone, here }) ? wizard.pair.value : undefined;
  if (!pair) return { answers: alone, here };
  const answers = answersOf(progress, { here, pair }, questions);
  const survey = wizard.survey?.key === surveyKey({ answers, here, pair }) ? wizard.survey.value : undefined;
  if (!survey) return { answers, here, pair };
  return { answers: answersOf(progress, { here, pair, survey }, questions), here, pair, survey };
}

/** What the look at the machines depends on. */
export function pairKey(context: Context): string {
  return JSON.stringify(loginsOf(context));
}

/** What listening depends on. */
export function surveyKey({ answers, pair }: Context): string {
  return JSON.stringify([answers.carpLink, pair?.names]);
}

/** Makes a move and keeps where that leads. */
export async function move(wizard: Wizard, made: Move): Promise<void> {
  wizard.progress = advance(wizard.progress, made, wizard.questions);
  await wizard.keep(wizard.progress);
}

/** An answer as the review and the notes show it. */
export function shownAnswer(question: Question, context: Context): string {
  const answer = context.answers[question.id];
  if (answer === undefined) return '';
  return question.show?.(answer, context) ?? text(answer) ?? (answer as readonly string[]).join(', ');
}
