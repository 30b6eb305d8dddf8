import { type Io, say as tell } from '../io.js';
import { Secret } from '../spec/secret.js';
import { foreign, foreignLine } from '../terminal/visible.js';
import { lineReader } from './line-reader.js';
import { BACK, HELP, OTHER, type Prompter, type Reply } from './prompter.js';
import { words } from './types.js';

const HINT = '(? explains, < goes back)';

/** Questions as plain lines, answered by number or text: no cursor movement, nothing is drawn twice. */
export function plainPrompter(io: Io): Prompter {
  const reader = lineReader(io.stdin);
  const say = (text: string) => tell(io, foreign(text));
  const read = async (message: string): Promise<string> => {
    io.stderr.write(`${foreign(message)} `);
    return (await reader.line(io.signal)).trim();
  };
  const wayOut = (line: string) => (line === '<' ? BACK : line === '?' ? HELP : undefined);
  /** Asks until `accept` gives something else than a complaint. */
  const until = async <T>(message: string, accept: (line: string) => Promise<{ value: T } | string>) => {
    for (;;) {
      const line = await read(message);
      const way = wayOut(line);
      if (way) return way as Reply<T>;
      const found = await accept(line);
      if (typeof found !== 'string') return found.value as Reply<T>;
      say(`Not possible: ${found}`);
    }
  };
  return {
    width: 78,
    visual: false,
    color: false,
    say,
    strong: (text) => text,
    bad: (text) => text,
    choose(ask) {
      const choices: { value: string | typeof OTHER; name: string; description?: string }[] = [
        ...ask.choices,
      ];
      if (ask.other) choices.push({ value: OTHER, name: ask.other.name });
      say(ask.message);
      listed(choices, say);
      const preset = choices.findIndex(({ value }) => value === (ask.default ?? ask.choices[0]?.value));
      const enter = preset < 0 ? '' : `, Enter is ${preset + 1}`;
      return until<string | typeof OTHER>(`Number 1 to ${choices.length}${enter} ${HINT}:`, async (line) => {
        const choice = choices[line === '' ? preset : indexOf(line)];
        return choice ? { value: choice.value } : `type a number from 1 to ${choices.length}`;
      });
    },
    mark(ask) {
      say(ask.message);
      listed(ask.choices, say);
      const preset = ask.choices.flatMap(({ value }, at) => (ask.default.includes(value) ? [at + 1] : []));
      const enter = `, Enter is ${preset.join(' ') || 'none'}`;
      return until<readonly string[]>(`Numbers, with spaces between them${enter} ${HINT}:`, async (line) => {
        if (line === '0' || line === 'none') return { value: [] };
        const chosen = line === '' ? preset.map((number) => number - 1) : words(line).map(indexOf);
        const values = chosen.map((at) => ask.choices[at]?.value);
        return values.every((value) => value !== undefined)
          ? { value: values as string[] }
          : `type numbers from 1 to ${ask.choices.length}, or 0 for none`;
      });
    },
    type(ask, validate) {
      const enter = ask.default === undefined ? HINT : `[${ask.default}] ${HINT}`;
      return until<string>(`${ask.message} ${enter}`, async (line) => {
        const answer = line === '' ? (ask.default ?? '') : line;
        const wrong = await validate(answer);
        return wrong ?? { value: answer };
      });
    },
    async secret(message) {
      const typed = await reader.hidden(
        () => io.stderr.write(`${foreignLine(message)} (not shown) `),
        io.signal,
      );
      say('');
      return new Secret(typed);
    },
    confirm: async (message) => /^y(es)?$/i.test(await read(`${message} Type yes or no:`)),
  };
}

function indexOf(number: string): number {
  return /^[1-9]\d*$/.test(number) ? Number(number) - 1 : -1;
}

function listed(
  choices: readonly { name: string; description?: string }[],
  say: (text: string) => void,
): void {
  choices.forEach(({ name, description }, at) => {
    say(`  ${at + 1}. ${name}${description === undefined ? '' : `. ${description}`}`);
  });
}
