import { draftOf } from './answers-to-draft.js';
import { completed } from './completed.js';
import { complaints, sentence, specOf } from './draft.js';
import type { Answer, Context, Question } from './types.js';
import { contextOf, type Wizard } from './wizard.js';

/** Problems shown at once; the others show when these are gone. */
const MOST = 2;

/**
 * What is wrong with an answer: by the question's own rules, by those of the cluster file, and then on both
 * machines. Undefined: nothing.
 */
export async function judge(wizard: Wizard, question: Question, answer: Answer): Promise<string | undefined> {
  const before = contextOf(wizard);
  const own = question.validate?.(answer, before);
  if (own !== undefined) return own;
  const context: Context = { ...before, answers: { ...before.answers, [question.id]: answer } };
  const found = complaints(draftOf(context), question.paths?.(context) ?? []);
  if (found.length > 0) return found.slice(0, MOST).map(sentence).join('. ');
  return onMachines(wizard, question, context);
}

/** The preflight checks of `apply`, as far as they are about this answer; the rest is taken as proposed. */
async function onMachines(wizard: Wizard, question: Question, context: Context): Promise<string | undefined> {
  const { pair, survey } = context;
  if (!pair || !question.checks) return undefined;
  const spec = specOf(draftOf(completed(context, wizard.questions)), wizard.files);
  if (!spec) return undefined;
  const { problems } = await wizard.machines.inspect(spec, pair, survey);
  const about = problems.filter(({ id }) => question.checks?.includes(id));
  if (about.length === 0) return undefined;
  return about
    .slice(0, MOST)
    .map(({ message }) => message)
    .join('. ');
}
