import { ready } from './flow.js';
import type { Answer, Context, Question } from './types.js';

/** The context as if everything still open had been answered as proposed; for looking at both machines early. */
export function completed(context: Context, questions: readonly Question[]): Context {
  const answers: Record<string, Answer> = {};
  for (const question of questions) {
    const so = { survey: { taken: [], vhids: [] }, ...context, answers };
    if (!ready(question, so) || question.applies?.(so) === false) continue;
    const answer = context.answers[question.id] ?? question.derive?.(so) ?? proposalOf(question, so);
    if (answer !== undefined) answers[question.id] = answer;
  }
  return { ...context, answers };
}

/** What Enter alone would answer. */
function proposalOf(question: Question, context: Context): Answer | undefined {
  const ask = question.ask(context);
  if (ask.kind === 'choose') return ask.default ?? ask.choices[0]?.value;
  return ask.default;
}
