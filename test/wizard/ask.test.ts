import { PassThrough } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import type { Io } from '../../src/io.js';
import { run } from '../../src/main.js';
import { type Asker, createAsker } from '../../src/wizard/ask.js';
import { richPrompter } from '../../src/wizard/rich.js';
import { captured } from '../commands/io.js';

// inquirer's own parts ask the process: here it may have colours.
vi.hoisted(() => {
  process.env.FORCE_COLOR = '1';
  delete process.env.NO_COLOR;
});

/** What a disk's label, a HAST header or a server's prompt could carry. */
const HOSTILE = 'da0 is empty\x1b[8m\r\x1b]0;title\x07\u009b2J\u202e\u2066';
/** Of these none is anything that the questions themselves write. */
const THEIRS = /\x1b\[8m|\x1b\]0|\x07|[\u0080-\u009f\u202e\u2066]|is empty\r/;

/** Types only once the question stands there: keys that come while an answer is looked at are lost. */
function whenShown(shown: () => string, pattern: RegExp, type: () => void): void {
  const timer = setInterval(() => {
    if (!pattern.test(shown())) return;
    clearInterval(timer);
    type();
  }, 20);
}

/** A terminal on which one line is typed. */
function terminal(line: string, plain: boolean): { io: Io; shown: () => string } {
  const { context, stderr } = captured({}, { terminal: true });
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => undefined });
  whenShown(stderr, /./, () => stdin.write(`${line}\r`));
  return { io: { ...context.io, stdin, plain }, shown: stderr };
}

const questions: [string, (asker: Asker) => Promise<unknown>][] = [
  ['a yes or no', (asker) => asker.confirm(`Lose ${HOSTILE}?`)],
  ['a word to type', (asker) => asker.typed(`Type hasta:${HOSTILE}`, 'x')],
  ['a password that a server asks for', (asker) => asker.secret(`hasta: ${HOSTILE}`)],
  [
    'a host key',
    (asker) => asker.hostKey({ host: HOSTILE, port: 22, keyType: HOSTILE, fingerprint: 'SHA256:x' }),
  ],
];

describe.each([
  ['plain lines', true],
  ['a list that is redrawn', false],
])('as %s', (_how, plain) => {
  it.each(questions)('%s shows what steers the terminal, and does not send it', async (_what, ask) => {
    const { io, shown } = terminal('no', plain);
    await ask(createAsker(io));
    expect(shown()).toContain('\\u001b[8m');
    expect(shown()).not.toMatch(THEIRS);
  });
});

it('choices, what was chosen and what is wrong with an answer are no different', async () => {
  const choosing = terminal('', false);
  const choices = [{ value: 'a', name: HOSTILE, description: HOSTILE }];
  await richPrompter(choosing.io, false).choose({ message: HOSTILE, choices });
  const marking = terminal(' ', false);
  await richPrompter(marking.io, false).mark({ message: HOSTILE, choices, default: ['a'] });
  const typing = terminal('first', false);
  whenShown(typing.shown, /! da0/, () => (typing.io.stdin as PassThrough).write('second\r'));
  let asked = 0;
  await richPrompter(typing.io, false).type({ message: 'x' }, async () =>
    asked++ === 0 ? HOSTILE : undefined,
  );
  for (const { shown } of [choosing, marking, typing]) {
    expect(shown()).toContain('\\u001b[8m');
    expect(shown()).not.toMatch(THEIRS);
  }
});

it('an error message, and the JSON of one, shows it as well', async () => {
  const { context, stderr, stdout } = captured();
  await run(['plan', '--json', '-f', `none-\x1b[32m${HOSTILE}.yaml`], context.io);
  expect(stderr()).toContain('none-\\u001b[32mda0 is empty\\u001b[8m');
  expect(stderr()).not.toMatch(/\x1b|\x07|[\u0080-\u009f\u202e\u2066]/);
  expect(stdout()).not.toMatch(/\x1b|\x07|[\u0080-\u009f\u202e\u2066]/);
  expect(JSON.parse(stdout()).error.message).toContain(HOSTILE);
});

it('a jump host’s question names the hop and the node behind it', async () => {
  const { io, shown } = terminal('no', true);
  const question = {
    host: 'bastion',
    port: 22,
    keyType: 'ssh-ed25519',
    fingerprint: 'SHA256:x',
    jumpTo: 'hasta',
  };
  expect(await createAsker(io).hostKey(question)).toBe(false);
  expect(shown()).toContain('The jump host on the way to hasta, bastion port 22, is not known.');
});

describe('colours', () => {
  const coloured = async (ask: (asker: Asker) => Promise<unknown>, env: Record<string, string>) => {
    const { io, shown } = terminal('no', false);
    await ask(createAsker({ ...io, env }));
    return /\x1b\[(3[0-9]|9[0-7]|1|2|4)m/.test(shown());
  };

  it.each(questions)('of %s go with NO_COLOR, which --no-color is to prompts', async (_what, ask) => {
    expect(await coloured(ask, { NO_COLOR: '1' })).toBe(false);
  });

  it('are there otherwise', async () => {
    expect(await coloured((asker) => asker.confirm('Go on?'), {})).toBe(true);
  });
});
