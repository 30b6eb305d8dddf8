import { type ChildProcess, spawn } from 'node:child_process';
import { PassThrough, type Writable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import { stripVTControlCharacters } from 'node:util';
import { run } from '../../src/main.js';

/** Longest wait for something to appear on the screen; with the whole suite beside it, a lab takes its time. */
const PATIENCE_MS = 60_000;

export const CTRL_C = '\u0003';
export const DOWN = '\u001b[B';
export const UP = '\u001b[A';

/** Somebody at a terminal. What is typed and what appears take turns. */
export interface Conversation {
  /** Waits until the text appears below what was seen before; throws with the screen when it does not. */
  see(text: string): Promise<void>;
  /** The same for several, which may come in any order: the one that came. */
  seeOne(texts: readonly string[]): Promise<string>;
  /** Types keys; what is looked for next must come after this. */
  press(keys: string): void;
  /** Sees a question and answers it with a line. */
  answer(question: string, line: string): Promise<void>;
  /** Everything that appeared, without colours and cursor movements. */
  screen(): string;
  /** The same as it was sent. */
  raw(): string;
  ended: Promise<number>;
}

type Keyboard = (keys: string) => void;

function conversation(keyboard: Keyboard, ended: Promise<number>) {
  let written = '';
  let from = 0;
  let over = false;
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const look of waiting) look();
  };
  const screen = () => stripVTControlCharacters(written).replace(/\r/g, '');
  const end = () => {
    over = true;
    wake();
  };
  ended.then(end, end);
  const seeOne = (texts: readonly string[]) =>
    new Promise<string>((resolve, reject) => {
      const stop = (end: () => void) => {
        clearTimeout(timer);
        waiting.delete(look);
        end();
      };
      const fail = (why: string) =>
        reject(new Error(`${why}: ${texts.join(' or ')}\n${screen().slice(-3000)}`));
      const look = () => {
        const shown = screen();
        const found = texts.find((text) => shown.includes(text, from));
        if (found !== undefined) {
          from = shown.indexOf(found, from) + found.length;
          stop(() => resolve(found));
        } else if (over) stop(() => fail('ended without'));
      };
      const timer = setTimeout(() => stop(() => fail('never seen')), PATIENCE_MS);
      waiting.add(look);
      look();
    });
  const see = async (text: string) => void (await seeOne([text]));
  const press = (keys: string) => {
    from = Math.max(from, screen().length);
    keyboard(keys);
  };
  const feed = (text: string) => {
    written += text;
    wake();
  };
  const answer = async (question: string, line: string) => {
    await see(question);
    press(`${line}\r`);
  };
  return {
    feed,
    talk: { see, seeOne, press, answer, screen, raw: () => written, ended } satisfies Conversation,
  };
}

/** hastconf in this process, on streams that behave like a terminal. */
export function atTerminal(
  args: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string>> },
): Conversation & { stdout: () => string } {
  const stdin = Object.assign(new PassThrough(), { isTTY: true, setRawMode: () => stdin });
  let out = '';
  const screen = (feed: (text: string) => void) => {
    const stream = new PassThrough();
    stream.on('data', (chunk: Buffer) => feed(chunk.toString()));
    // Like stderr, it is not ended by a pipe into it that ends.
    return Object.assign(stream as Writable, { isTTY: true, columns: 80, end: () => stream });
  };
  let feed: (text: string) => void = () => undefined;
  const ended = run(args, {
    stdin,
    stdout: screen((text) => {
      out += text;
    }),
    stderr: screen((text) => feed(text)),
    env: { NO_COLOR: '1', ...options.env },
    cwd: options.cwd,
    now: () => new Date('2026-11-20T12:00:00Z'),
    signal: new AbortController().signal,
  });
  const made = conversation((keys) => stdin.write(keys), ended);
  feed = made.feed;
  return { ...made.talk, stdout: () => out };
}

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const MAIN = `import('${ROOT}src/main.ts').then(async ({ main }) => process.exit(await main(process.argv.slice(1))))`;

/** hastconf in a process of its own, on a real pseudo-terminal of 80 by 24 (script(1) of util-linux). */
export function atPty(
  args: readonly string[],
  options: { cwd: string; env: Readonly<Record<string, string>> },
): Conversation & { child: ChildProcess } {
  const words = [process.execPath, '--import', import.meta.resolve('tsx'), '-e', MAIN, '--', ...args];
  const line = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
  const child = spawn('script', ['-qefc', `stty cols 80 rows 24; exec ${line}`, '/dev/null'], {
    cwd: options.cwd,
    env: { ...options.env, TERM: 'xterm', SHELL: '/bin/sh' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const ended = new Promise<number>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve(code ?? -1));
  });
  const made = conversation((keys) => child.stdin?.write(keys), ended);
  child.stdout?.on('data', (chunk: Buffer) => made.feed(chunk.toString()));
  return { ...made.talk, child };
}
