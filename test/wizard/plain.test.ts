import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { lineReader } from '../../src/wizard/line-reader.js';
import { plainPrompter } from '../../src/wizard/plain.js';
import { BACK, HELP, OTHER } from '../../src/wizard/prompter.js';
import { captured } from '../commands/io.js';

/** A plain prompter, and what is typed into it beforehand. */
function plain(typed: string) {
  const { context, abort, stderr } = captured({}, { terminal: true });
  const modes: boolean[] = [];
  const shownAtMode: string[] = [];
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (raw: boolean) => {
      modes.push(raw);
      shownAtMode.push(stderr());
    },
  });
  stdin.write(typed);
  const io = { ...context.io, stdin };
  return { prompter: plainPrompter(io), io, stdin, abort, screen: stderr, modes, shownAtMode };
}

const choices = [
  { value: 'a', name: 'Apples' },
  { value: 'b', name: 'Pears', description: 'They are green' },
];
const good = async () => undefined;

describe('plain questions', () => {
  it('choose by number; Enter selects what is proposed', async () => {
    const { prompter, screen } = plain('2\n\n7\npears\n1\n3\n');
    const ask = {
      message: 'Which fruit?',
      choices,
      default: 'b',
      other: { name: 'Others', ask: { kind: 'type' as const, message: 'Which?' } },
    };
    expect(await prompter.choose(ask)).toBe('b');
    expect(await prompter.choose(ask)).toBe('b');
    expect(await prompter.choose(ask)).toBe('a');
    expect(await prompter.choose(ask)).toBe(OTHER);
    expect(screen()).toContain('Which fruit?\n  1. Apples\n  2. Pears. They are green\n  3. Others\n');
    expect(screen()).toContain('Number 1 to 3, Enter is 2 (? explains, < goes back): ');
    expect(screen().match(/Not possible: type a number from 1 to 3/g)).toHaveLength(2);
  });

  it('mark any number, or none', async () => {
    const { prompter } = plain('\n1, 2\n0\n3\n2\n');
    const ask = { message: 'Which fruits?', choices, default: ['b'] };
    expect(await prompter.mark(ask)).toEqual(['b']);
    expect(await prompter.mark(ask)).toEqual(['a', 'b']);
    expect(await prompter.mark(ask)).toEqual([]);
    expect(await prompter.mark(ask)).toEqual(['b']);
  });

  it('take a line, with the reason when it is not good', async () => {
    const { prompter, screen } = plain('seven\n8\n\n');
    const even = async (line: string) => (Number(line) % 2 === 0 ? undefined : 'an even number is wanted');
    expect(await prompter.type({ message: 'Number:' }, even)).toBe('8');
    expect(await prompter.type({ message: 'Number:', default: '2' }, even)).toBe('2');
    expect(screen()).toContain('Not possible: an even number is wanted');
    expect(screen()).toContain('Number: [2] (? explains, < goes back) ');
  });

  it('know < and ? everywhere', async () => {
    const { prompter } = plain('<\n?\n<\n?\n<\n?\n');
    expect(await prompter.choose({ message: 'a', choices })).toBe(BACK);
    expect(await prompter.choose({ message: 'a', choices })).toBe(HELP);
    expect(await prompter.mark({ message: 'b', choices, default: [] })).toBe(BACK);
    expect(await prompter.mark({ message: 'b', choices, default: [] })).toBe(HELP);
    expect(await prompter.type({ message: 'c' }, good)).toBe(BACK);
    expect(await prompter.type({ message: 'c' }, good)).toBe(HELP);
  });

  it('move no cursor and draw nothing twice', async () => {
    const { prompter, screen } = plain('1\n2\nyes\n');
    await prompter.choose({ message: 'Which fruit?', choices });
    await prompter.mark({ message: 'Which fruits?', choices, default: [] });
    await prompter.confirm('Eat it?');
    expect(screen()).not.toMatch(/\u001b|\r/);
    expect(screen().match(/Which fruit\?/g)).toHaveLength(1);
  });

  it.each([
    ['yes', true],
    ['y', true],
    ['no', false],
    ['', false],
    ['yesterday', false],
  ])('take "%s" for %s', async (typed, agreed) => {
    expect(await plain(`${typed}\n`).prompter.confirm('Sure?')).toBe(agreed);
  });

  it('ask for a secret only when the terminal has stopped echoing', async () => {
    const { prompter, shownAtMode } = plain('secret\r');
    await prompter.secret('Password:');
    expect(shownAtMode[0]).toBe('');
  });

  it('show no secret, and let it be corrected while it is typed', async () => {
    const { prompter, screen, modes } = plain('wrong\u0015secreg\u007ft\r');
    expect((await prompter.secret('Password:')).reveal()).toBe('secret');
    expect(modes).toEqual([true, false]);
    expect(screen()).toBe('Password: (not shown) \n');
  });
});

describe('an interrupt', () => {
  it('ends a question', async () => {
    const { prompter, abort } = plain('');
    const asked = prompter.type({ message: 'Name:' }, good);
    abort.abort();
    await expect(asked).rejects.toMatchObject({ exit: 130 });
  });

  it('is a key while a secret is typed', async () => {
    const { prompter, modes } = plain('sec\u0003');
    await expect(prompter.secret('Password:')).rejects.toMatchObject({ exit: 130 });
    expect(modes).toEqual([true, false]);
  });

  it('comes with the end of input, after the lines that are there', async () => {
    const { stdin, io } = plain('one\n');
    stdin.end();
    const reader = lineReader(io.stdin);
    expect(await reader.line(io.signal)).toBe('one');
    await expect(reader.line(io.signal)).rejects.toMatchObject({ exit: 130 });
  });
});
