import type { Answer, Answers, Context, Question } from './types.js';

/** Where somebody is in the questions: pure data, as kept in the answers file. */
export interface Progress {
  /** Only what was really answered; the rest is derived. */
  given: Answers;
  /** Ids in the order in which they were answered. */
  trail: readonly string[];
  /** Earlier answers to questions that are open again: proposed, never taken by themselves. */
  drafts: Answers;
  /** A question that somebody came back to; asked even where its answer could be derived. */
  reopened?: string;
  /** They came from the review, and a step back leads there again. */
  visit?: true;
}

export type Move =
  | { type: 'answer'; id: string; answer: Answer }
  | { type: 'back' }
  | { type: 'reopen'; id: string; visit?: true };

export const START: Progress = { given: {}, trail: [], drafts: {} };

/** The next state; a move that leads nowhere leaves everything as it is. */
export function advance(progress: Progress, move: Move, questions: readonly Question[]): Progress {
  switch (move.type) {
    case 'answer':
      return answered(progress, move.id, move.answer, questions);
    case 'back':
      return back(progress);
    case 'reopen':
      return { ...opened(progress, move.id), ...(move.visit && { visit: true }) };
  }
}

/** To the question that was answered last; out of a visit, to where it came from, with the answer as it was. */
function back(progress: Progress): Progress {
  const { reopened, visit, drafts } = progress;
  const last = progress.trail.at(-1);
  if (visit && reopened !== undefined) {
    const { [reopened]: earlier, ...rest } = drafts;
    if (earlier === undefined) return settled(progress);
    const given = { ...progress.given, [reopened]: earlier };
    return { given, trail: [...progress.trail, reopened], drafts: rest };
  }
  return last === undefined ? settled(progress) : opened(progress, last);
}

function opened(progress: Progress, id: string): Progress {
  const { [id]: earlier, ...given } = progress.given;
  return {
    given,
    trail: progress.trail.filter((one) => one !== id),
    drafts: earlier === undefined ? progress.drafts : { ...progress.drafts, [id]: earlier },
    reopened: id,
  };
}

/** An answer that differs from the one before makes everything that rests on it open again. */
function answered(progress: Progress, id: string, answer: Answer, questions: readonly Question[]): Progress {
  const before = progress.given[id] ?? progress.drafts[id];
  const changed = before !== undefined && JSON.stringify(before) !== JSON.stringify(answer);
  const dependents = changed ? dependentsOf(id, questions) : new Set<string>();
  const { [id]: _, ...drafts } = progress.drafts;
  const entries = Object.entries(progress.given);
  const open = entries.filter(([key]) => dependents.has(key));
  return settled({
    given: { ...Object.fromEntries(entries.filter(([key]) => !dependents.has(key))), [id]: answer },
    trail: [...progress.trail.filter((one) => one !== id && !dependents.has(one)), id],
    drafts: { ...drafts, ...Object.fromEntries(open) },
  });
}

function settled({ given, trail, drafts }: Progress): Progress {
  return { given, trail, drafts };
}

/** Everything that rests on the question, directly or not. */
function dependentsOf(id: string, questions: readonly Question[]): Set<string> {
  const found = new Set<string>();
  // Questions stand after what they need: one pass sees them all.
  for (const question of questions) {
    if (question.needs.some((need) => need === id || found.has(need))) found.add(question.id);
  }
  return found;
}

/** Given answers, and derived ones where nobody had to be asked; without what does not apply. */
export function answersOf(
  progress: Progress,
  bare: Omit<Context, 'answers'>,
  questions: readonly Question[],
): Answers {
  const answers: Record<string, Answer> = {};
  const open = new Set<string>();
  for (const question of questions) {
    const { id, needs } = question;
    const context = { ...bare, answers };
    const isReady = ready(question, context);
    if (isReady && question.applies?.(context) === false) continue;
    if (!isReady || id === progress.reopened) {
      open.add(id);
      continue;
    }
    // Derived from what is still open, an answer would only be a guess.
    const derived = needs.some((need) => open.has(need)) ? undefined : question.derive?.(context);
    const answer = progress.given[id] ?? derived;
    if (answer === undefined) open.add(id);
    else answers[id] = answer;
  }
  return answers;
}

/** The question to ask now; undefined: everything is answered. */
export function openQuestion(
  progress: Progress,
  context: Context,
  questions: readonly Question[],
): Question | undefined {
  const applying = questions.filter((question) => applies(question, context));
  const again = applying.find(({ id }) => id === progress.reopened);
  return again ?? applying.find(({ id }) => context.answers[id] === undefined);
}

/** A question whose grounds are still to be looked for applies as far as anybody can tell. */
function applies(question: Question, context: Context): boolean {
  return !ready(question, context) || question.applies?.(context) !== false;
}

/** What the question has to look at is there. */
export function ready({ finding }: Question, context: Context): boolean {
  return finding === undefined || context[finding] !== undefined;
}
