import { createPromptModule } from 'inquirer';
import { ExitCode, HastconfError } from '../errors.js';
import type { Io } from '../io.js';
import { style } from '../report/text.js';
import { Secret } from '../spec/secret.js';
import { BACK, HELP, OTHER, type Prompter } from './prompter.js';
import { keys, theme } from './theme.js';

/** Lines of a list on a terminal of 24: the question and its hints need the rest. */
const PAGE = 14;

type Prompting<T> = Promise<{ answer: T }> & { ui: { close: () => void } };

/** Ctrl-C inside a question, or the end of input, ends the run with exit 130. */
export async function answerOf<T>(question: Promise<{ answer: T }>): Promise<T> {
  try {
    return (await question).answer;
  } catch (error) {
    if (error instanceof Error && error.name === 'ExitPromptError') {
      throw new HastconfError(ExitCode.Interrupted, 'interrupted', { cause: error });
    }
    throw error;
  }
}

/** Questions with inquirer: lists moved through with the arrow keys. */
export function richPrompter(io: Io, color: boolean): Prompter {
  const prompt = createPromptModule({ input: io.stdin, output: io.stderr });
  const looks = theme(color);
  const lists = (tips: readonly string[]) => ({
    ...looks,
    style: { ...looks.style, ...keys([...tips, '? explains', '< goes back'], color) },
  });
  /** A list has no line to type into: the two keys end it at once. */
  const withKeys = async <T>(prompting: Prompting<T>): Promise<T | typeof BACK | typeof HELP> => {
    let way: typeof BACK | typeof HELP | undefined;
    const onData = (chunk: Buffer | string) => {
      const typed = chunk.toString();
      if (typed !== '<' && typed !== '?') return;
      way = typed === '<' ? BACK : HELP;
      prompting.ui.close();
    };
    io.stdin.on('data', onData);
    try {
      return await answerOf(prompting);
    } catch (error) {
      if (way) return way;
      throw error;
    } finally {
      io.stdin.off('data', onData);
    }
  };
  return {
    width: Math.min(80, io.stderr.columns ?? 80),
    visual: true,
    strong: (text) => style(text, 'strong', color),
    bad: (text) => style(text, 'bad', color),
    say: (text) => void io.stderr.write(`${text}\n`),
    choose({ message, choices, default: preset, other }) {
      const all = [
        ...choices.map(({ value, name, description }) => ({
          value,
          name,
          ...(description && { description }),
        })),
        ...(other ? [{ value: OTHER, name: other.name }] : []),
        { value: BACK, name: '< back' },
      ];
      const question = {
        type: 'select' as const,
        name: 'answer',
        message,
        choices: all,
        pageSize: PAGE,
        loop: false,
      };
      const full = {
        ...question,
        theme: lists(['arrows move', 'Enter takes']),
        ...(preset && { default: preset }),
      };
      return withKeys(prompt([full]) as unknown as Prompting<string | typeof OTHER | typeof BACK>);
    },
    mark({ message, choices, default: marked }) {
      const all = choices.map(({ value, name }) => ({
        value,
        name,
        short: name.split(',')[0]!,
        checked: marked.includes(value),
      }));
      const question = {
        type: 'checkbox' as const,
        name: 'answer',
        message,
        choices: all,
        pageSize: PAGE,
        loop: false,
      };
      const full = { ...question, theme: lists(['arrows move', 'space marks', 'Enter takes']) };
      return withKeys(prompt([full]) as unknown as Prompting<readonly string[]>);
    },
    async type({ message, default: preset }, validate) {
      const check = async (typed: string) => {
        const answer = typed.trim();
        return answer === '<' || answer === '?' ? true : ((await validate(answer)) ?? true);
      };
      const question = { type: 'input' as const, name: 'answer', message, validate: check, theme: looks };
      const full = { ...question, ...(preset !== undefined && { default: preset }) };
      const typed = (await answerOf(prompt([full]) as unknown as Prompting<string>)).trim();
      return typed === '<' ? BACK : typed === '?' ? HELP : typed;
    },
    secret: async (message) => {
      const question = { type: 'password' as const, name: 'answer', message, theme: looks };
      return new Secret(await answerOf(prompt([question]) as unknown as Prompting<string>));
    },
    confirm: (message) => {
      const question = { type: 'confirm' as const, name: 'answer', message, default: false, theme: looks };
      return answerOf(prompt([question]) as unknown as Prompting<boolean>);
    },
  };
}
