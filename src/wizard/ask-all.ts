import { HastconfError } from '../errors.js';
import { wrap } from '../report/text.js';
import { checkedPassword } from '../spec/carp-password.js';
import { askOne } from './ask-one.js';
import { find } from './find.js';
import { openQuestion, ready } from './flow.js';
import { BACK } from './prompter.js';
import { TYPE_SECRET } from './questions/password.js';
import { ADOPT, AGAIN, type Answer, type Context, type Question } from './types.js';
import { contextOf, move, shownAnswer, type Wizard } from './wizard.js';

const STEPS: readonly Question['section'][] = ['Machines', 'Network', 'Storage'];

/** Asks everything that is still open. `adopt`: the machines have HAST, and it is to be taken over. */
export async function askAll(wizard: Wizard): Promise<'answered' | 'adopt'> {
  for (;;) {
    const context = contextOf(wizard);
    const question = openQuestion(wizard.progress, context, wizard.questions);
    if (question && !ready(question, context)) {
      await find(wizard, question.finding!, context);
      continue;
    }
    tellDerived(wizard, context, question);
    if (!question) return 'answered';
    introduce(wizard, question, context);
    const reply = await askOne(wizard, question, context);
    if (reply === ADOPT) return 'adopt';
    if (reply === AGAIN) delete wizard.pair;
    else if (reply !== BACK) await take(wizard, question, reply);
    else if (wizard.progress.trail.length === 0 && !wizard.progress.visit)
      wizard.prompter.say('This is the first question.');
    else await move(wizard, { type: 'back' });
  }
}

async function take(wizard: Wizard, question: Question, answer: Answer): Promise<void> {
  if (question.id !== 'password' || answer !== TYPE_SECRET) {
    return move(wizard, { type: 'answer', id: question.id, answer });
  }
  await typePassword(wizard);
  wizard.here = { ...wizard.here, password: true };
  await move(wizard, { type: 'answer', id: question.id, answer: 'kept' });
}

/** Typed twice, shown never. */
async function typePassword({ prompter, keepSecret }: Wizard): Promise<void> {
  for (;;) {
    const first = await prompter.secret('CARP password:');
    try {
      checkedPassword(first.reveal(), 'this answer');
    } catch (error) {
      if (!(error instanceof HastconfError)) throw error;
      prompter.say(`! ${error.message}`);
      continue;
    }
    const second = await prompter.secret('The same once more:');
    if (second.reveal() === first.reveal()) return keepSecret(first);
    prompter.say('! These were two different ones.');
  }
}

/** A heading where a new part begins, and what was found. */
function introduce(wizard: Wizard, question: Question, context: Context): void {
  const { prompter, said } = wizard;
  const step = STEPS.indexOf(question.section) + 1;
  const heading = step === 0 ? question.section : `Step ${step} of ${STEPS.length}: ${question.section}`;
  once(said, heading, () => prompter.say(`\n${prompter.strong(heading)}`));
  const intro = question.intro?.(context);
  if (intro !== undefined) once(said, intro, () => prompter.say(`${intro}\n`));
}

/** Nothing is asked that there is no choice in, but it is told. */
function tellDerived(wizard: Wizard, context: Context, next: Question | undefined): void {
  const { prompter, questions, said, progress } = wizard;
  for (const question of questions) {
    if (question === next) return;
    if (question.section === 'Details' || progress.given[question.id] !== undefined) continue;
    const shown = shownAnswer(question, context);
    if (shown === '') continue;
    const note = `${question.label}: ${shown}`;
    once(said, note, () =>
      prompter.say(
        wrap(note, prompter.width - 4)
          .map((line) => `  ${line}`)
          .join('\n'),
      ),
    );
  }
}

function once(said: Set<string>, text: string, say: () => void): void {
  if (said.has(text)) return;
  said.add(text);
  say();
}
