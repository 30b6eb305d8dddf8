import { helpText } from './help-text.js';
import { judge } from './judge.js';
import { BACK, HELP, OTHER, type Reply } from './prompter.js';
import {
  ADOPT,
  AGAIN,
  type Answer,
  type Ask,
  type ChooseAsk,
  type Context,
  list,
  type Question,
  type TypeAsk,
} from './types.js';
import type { Wizard } from './wizard.js';

/** Asks one question until the answer is good, or somebody goes back. */
export async function askOne(
  wizard: Wizard,
  question: Question,
  context: Context,
): Promise<Answer | typeof BACK> {
  const { prompter } = wizard;
  for (let preset = presetOf(wizard, question, context); ; ) {
    const reply = await put(wizard, question, context, withPreset(question.ask(context), preset));
    if (reply === BACK) return BACK;
    if (reply === HELP) {
      prompter.say(`\n${helpText(question, context, prompter.width - 2)}\n`);
      continue;
    }
    if (reply === AGAIN || reply === ADOPT) return reply;
    // What was typed has been judged while it was typed.
    const wrong =
      question.ask(context).kind === 'type' ? undefined : await judgeChosen(wizard, question, reply);
    if (wrong === undefined) return reply;
    prompter.say(prompter.bad(`! ${wrong}`));
    preset = reply;
  }
}

async function judgeChosen(wizard: Wizard, question: Question, answer: Answer): Promise<string | undefined> {
  if (question.checks) wizard.prompter.say('Looking at both machines ...');
  return judge(wizard, question, answer);
}

function put(wizard: Wizard, question: Question, context: Context, ask: Ask): Promise<Reply<Answer>> {
  if (ask.kind === 'type') return typed(wizard, question, context, ask);
  if (ask.kind === 'mark') return wizard.prompter.mark(ask);
  return chosen(wizard, question, context, ask);
}

/** A step back out of the typed line leads to the list again. */
async function chosen(
  wizard: Wizard,
  question: Question,
  context: Context,
  ask: ChooseAsk,
): Promise<Reply<Answer>> {
  for (;;) {
    const choice = await wizard.prompter.choose(ask);
    if (choice !== OTHER) return choice;
    const reply = await typed(wizard, question, context, ask.other!.ask);
    if (reply !== BACK) return reply;
  }
}

async function typed(
  wizard: Wizard,
  question: Question,
  context: Context,
  ask: TypeAsk,
): Promise<Reply<string>> {
  const tidy = (answer: string) => question.tidy?.(answer, context) ?? answer;
  const reply = await wizard.prompter.type(ask, (answer) => judge(wizard, question, tidy(answer)));
  return typeof reply === 'string' ? tidy(reply) : reply;
}

/** The answer from before, or the one that would have been derived. */
function presetOf({ progress }: Wizard, question: Question, context: Context): Answer | undefined {
  return progress.drafts[question.id] ?? question.derive?.(context);
}

function withPreset(ask: Ask, preset: Answer | undefined): Ask {
  if (preset === undefined) return ask;
  if (ask.kind === 'mark') return { ...ask, default: list(preset) };
  const line = typeof preset === 'string' ? preset : preset.join(' ');
  if (ask.kind === 'choose' && ask.other && !ask.choices.some(({ value }) => value === line)) {
    return { ...ask, other: { ...ask.other, ask: { ...ask.other.ask, default: line } } };
  }
  return { ...ask, default: line };
}
