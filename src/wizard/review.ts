import type { Problem } from '../errors.js';
import type { Plan } from '../plan/types.js';
import { table, wrap } from '../report/text.js';
import type { ClusterSpec } from '../spec/types.js';
import { description, picture } from './picture.js';
import type { Prompter } from './prompter.js';
import type { Context, Question } from './types.js';
import { contextOf, shownAnswer, type Wizard } from './wizard.js';

/** What the review needs besides the answers. */
export interface Reviewed {
  spec: ClusterSpec;
  plan: Plan;
  /** The cluster file, as it is called on the command line. */
  file: string;
}

/** Everything that was decided, the pair as a picture, and what it costs. */
export function reviewText(wizard: Wizard, { spec, plan, file }: Reviewed): string {
  const { prompter } = wizard;
  const context = contextOf(wizard);
  const facts = context.pair!.facts;
  return [
    '',
    prompter.strong('Review'),
    ...answerLines(context, wizard.questions, prompter.width),
    '',
    ...(prompter.visual ? picture(spec, facts) : description(spec)),
    '',
    ...costLines(plan, prompter),
    `The cluster file is ${file}.`,
  ].join('\n');
}

/** One line an answer, long ones wrapped below themselves. */
export function answerLines(context: Context, questions: readonly Question[], width: number): string[] {
  const rows = questions
    .map((question) => [question.label, shownAnswer(question, context)] as const)
    .filter(([, shown]) => shown !== '');
  const indent = Math.max(...rows.map(([label]) => label.length)) + 4;
  const lines = rows.flatMap(([label, shown]) =>
    wrap(shown, width - indent - 1).map((line, at) => [at === 0 ? `  ${label}` : '', line]),
  );
  return table(lines);
}

/** What apply would stop at before it has changed anything. */
export function inTheWay({ problems, refusals = [] }: Plan): readonly Problem[] {
  return [...problems, ...refusals];
}

/** Steps, what would be lost, and what stands in the way. */
export function costLines(plan: Plan, prompter: Pick<Prompter, 'bad' | 'width'>): string[] {
  const lost = plan.destructions.flatMap(({ node, what, loses }) =>
    wrap(`DESTROYS ${what} on ${node}: ${loses.join('; ')}`, prompter.width - 2),
  );
  const problems = inTheWay(plan).flatMap(({ message, remedy }) => [
    ...wrap(`! ${message}`, prompter.width - 2),
    ...(remedy === undefined ? [] : wrap(`-> ${remedy}`, prompter.width - 6).map((line) => `    ${line}`)),
  ]);
  const seconds = plan.effect?.interruptionSeconds ?? 0;
  return [
    ...lost.map((line) => prompter.bad(line)),
    ...(lost.length === 0 ? ['Nothing that holds data is overwritten.'] : []),
    ...(problems.length === 0
      ? []
      : ['Apply would stop here:', ...problems.map((line) => prompter.bad(line))]),
    ...(seconds > 0 ? [prompter.bad(`A pair that runs: its storage is away for about ${seconds} s.`)] : []),
    `${plan.steps.length} steps on both nodes; nothing has been changed yet.`,
  ];
}
