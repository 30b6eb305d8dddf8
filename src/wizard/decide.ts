import { ProblemsError } from '../errors.js';
import type { Destruction, Plan } from '../plan/types.js';
import { planText } from '../report/plan-text.js';
import { parseSpec } from '../spec/load.js';
import { normalise } from '../spec/normalise.js';
import { describeProblem } from '../spec/problems.js';
import type { RawCluster } from '../spec/schema.js';
import { serializeSpec } from '../spec/serialize.js';
import type { ClusterSpec } from '../spec/types.js';
import { draftOf } from './answers-to-draft.js';
import { BACK, HELP } from './prompter.js';
import { inTheWay, reviewText } from './review.js';
import { contextOf, move, shownAnswer, type Wizard } from './wizard.js';

/** The cluster file to write, and whether to go on with it. */
export interface Decision {
  text: string;
  spec: ClusterSpec;
  destructions: readonly Destruction[];
  apply: boolean;
}

const HEADER =
  '# Made by `hastconf init`. Edit it and run `hastconf apply`; every key is explained in the manual.\n';
/** Lines of each diff. */
const DIFF_LINES = 3;

/** Shows everything and asks what to do with it. `again`: an answer is open. */
export async function decide(wizard: Wizard, file: string): Promise<Decision | 'again' | 'stop'> {
  const { prompter } = wizard;
  const made = fileOf(wizard, file);
  if ('wrong' in made) {
    for (const line of made.wrong) prompter.say(prompter.bad(`! ${line}`));
    await openOne(wizard);
    return 'again';
  }
  const { text, spec } = made;
  prompter.say('Looking at both machines ...');
  const context = contextOf(wizard);
  const plan = await wizard.machines.inspect(spec, context.pair!, context.survey);
  prompter.say(reviewText(wizard, { spec, plan, file }));
  for (;;) {
    const reply = await prompter.choose({ message: 'What now?', choices: waysOn(plan) });
    if (reply === HELP) prompter.say(`\n${HELP_TEXT}\n`);
    else if (reply === 'plan')
      prompter.say(`\n${planText(plan, { color: prompter.color, diffLines: DIFF_LINES })}\n`);
    else if (reply === 'write' || reply === 'apply')
      return { text, spec, destructions: plan.destructions, apply: reply === 'apply' };
    else if (reply === 'stop') return 'stop';
    else if (reply === BACK) {
      await move(wizard, { type: 'back' });
      return 'again';
    } else if (await openOne(wizard)) return 'again';
  }
}

function waysOn(plan: Plan) {
  const apply = { value: 'apply', name: 'Set it up: write the file and apply it' };
  const rest = [
    { value: 'plan', name: 'Show every step that this takes; changes nothing' },
    { value: 'write', name: 'Write the file and stop' },
    { value: 'change', name: 'Change an answer' },
    { value: 'stop', name: 'Stop; the answers are kept' },
  ];
  return inTheWay(plan).length === 0 ? [apply, ...rest] : rest;
}

const HELP_TEXT = `Setting up asks once more before anything is changed, and wants everything that
would be lost to be typed by name. It can be interrupted and run again at any
time: what is done is not done twice.`;

/** Lets somebody choose the answer to change; false: none. */
async function openOne(wizard: Wizard): Promise<boolean> {
  const context = contextOf(wizard);
  const open = wizard.questions.filter(({ id }) => context.answers[id] !== undefined);
  const width = Math.max(...open.map(({ label }) => label.length));
  const choices = open.map((question) => ({
    value: question.id,
    name: `${question.label.padEnd(width)}  ${shownAnswer(question, context)}`.slice(0, 74),
  }));
  const reply = await wizard.prompter.choose({ message: 'Which answer?', choices });
  if (typeof reply !== 'string') return false;
  await move(wizard, { type: 'reopen', id: reply, visit: true });
  return true;
}

/** The file's text, read back by the same rules as any other cluster file. */
function fileOf(wizard: Wizard, file: string): { text: string; spec: ClusterSpec } | { wrong: string[] } {
  const draft = draftOf(contextOf(wizard));
  try {
    const text = `${HEADER}${serializeSpec(normalise(draft as RawCluster, wizard.files))}`;
    return { text, spec: parseSpec(text, file, wizard.files) };
  } catch (error) {
    if (!(error instanceof ProblemsError)) throw error;
    return { wrong: error.problems.map(describeProblem) };
  }
}
