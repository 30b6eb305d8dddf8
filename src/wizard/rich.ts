import { createPromptModule } from 'inquirer';
import { ExitCode, HastconfError } from '../errors.js';
import { type Io, say } from '../io.js';
import { clip, style } from '../report/text.js';
import { Secret } from '../spec/secret.js';
import { foreign, foreignLine } from '../terminal/visible.js';
import { BACK, HELP, OTHER, type Prompter, type Validate } from './prompter.js';
import { keys, theme } from './theme.js';

/** Lines of a list on a terminal of 24: the question and its hints need the rest. */
const PAGE = 14;
const WAYS = ['? explains', '< goes back'];

type Prompting<T> = Promise<{ answer: T }> & { ui: { close: () => void } };

/** Questions with inquirer: lists moved through with the arrow keys. */
export function richPrompter(io: Io, color: boolean): Prompter {
  const prompt = createPromptModule({ input: io.stdin, output: io.stderr, signal: io.signal });
  const width = Math.min(80, io.stderr.columns || 80);
  const looks = theme(color);
  const put = <T>(question: object): Prompting<T> =>
    prompt([{ name: 'answer', theme: looks, ...question } as never]) as unknown as Prompting<T>;
  const list = <T>(question: object, tips: readonly string[]) => {
    const style = { ...looks.style, ...keys([...tips, ...WAYS], color) };
    return withKeys(io, put<T>({ pageSize: PAGE, loop: false, ...question, theme: { ...looks, style } }));
  };
  /** The line that stays when a list is answered must not break. */
  const shown = <T extends { name: string; description?: string }>(choice: T, message: string) => {
    const name = foreignLine(choice.name);
    const description = choice.description === undefined ? {} : { description: foreign(choice.description) };
    return { ...choice, name, ...description, short: clip(name, Math.max(12, width - message.length - 4)) };
  };
  return {
    width,
    visual: true,
    color,
    strong: (text) => style(text, 'strong', color),
    bad: (text) => style(text, 'bad', color),
    say: (text) => say(io, text),
    choose({ message: asked, choices, default: preset, other }) {
      const message = foreign(asked);
      const all = [
        ...choices,
        ...(other ? [{ value: OTHER, name: other.name }] : []),
        { value: BACK, name: '< back' },
      ].map((choice) => shown(choice, message));
      const question = {
        type: 'select',
        message,
        choices: all,
        ...(preset !== undefined && { default: preset }),
      };
      return list<string | typeof OTHER | typeof BACK>(question, ['↑↓ move', 'Enter selects']);
    },
    mark({ message, choices, default: marked }) {
      const all = choices.map(({ value, name }) => {
        const short = foreignLine(name.split(/[,:]/)[0]!);
        return { value, name: foreignLine(name), short, checked: marked.includes(value) };
      });
      const question = { type: 'checkbox', message: foreign(message), choices: all };
      return list<readonly string[]>(question, ['↑↓ move', 'space marks', 'Enter selects']);
    },
    async type({ message, default: preset }, validate) {
      const { check, failure } = guarded(validate, () => prompting.ui.close());
      const question = {
        type: 'input',
        message: foreign(message),
        validate: check,
        ...(preset !== undefined && { default: preset }),
      };
      const prompting = put<string>(question);
      const typed = await answerOf(prompting).catch((error: unknown) => {
        throw failure() ?? error;
      });
      return typed.trim() === '<' ? BACK : typed.trim() === '?' ? HELP : typed.trim();
    },
    secret: async (message) =>
      new Secret(
        await answerOf(put<string>({ type: 'password', message: foreignLine(message), toggleMask: false })),
      ),
    confirm: (message) =>
      answerOf(put<boolean>({ type: 'confirm', message: foreign(message), default: false })),
  };
}

/** Ctrl-C inside a question, the end of input, or a signal: the run ends with exit 130. */
async function answerOf<T>(question: Promise<{ answer: T }>): Promise<T> {
  try {
    return (await question).answer;
  } catch (error) {
    if (error instanceof Error && ['ExitPromptError', 'AbortPromptError'].includes(error.name)) {
      throw new HastconfError(ExitCode.Interrupted, 'interrupted', { cause: error });
    }
    throw error;
  }
}

/** A list has no line to type into: `?` and `<` end it at once. */
async function withKeys<T>(io: Io, prompting: Prompting<T>): Promise<T | typeof BACK | typeof HELP> {
  let way: typeof BACK | typeof HELP | undefined;
  const onKey = (typed: string | undefined) => {
    if (typed !== '<' && typed !== '?') return;
    way = typed === '<' ? BACK : HELP;
    prompting.ui.close();
  };
  // Single keys, however many of them came at once over a slow line.
  io.stdin.on('keypress', onKey);
  try {
    return await answerOf(prompting);
  } catch (error) {
    if (way) return way;
    throw error;
  } finally {
    io.stdin.off('keypress', onKey);
  }
}

/** inquirer does not catch what a validation throws (a lost connection): the question ends, and it is told. */
function guarded(validate: Validate, close: () => void) {
  let thrown: unknown;
  const check = async (typed: string): Promise<boolean | string> => {
    const answer = typed.trim();
    if (answer === '<' || answer === '?') return true;
    try {
      const wrong = await validate(answer);
      return wrong === undefined ? true : foreign(wrong);
    } catch (error) {
      thrown = error;
      close();
      return true;
    }
  };
  return { check, failure: () => thrown };
}
