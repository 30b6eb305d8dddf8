import type { Readable } from 'node:stream';
import { ExitCode, HastconfError } from '../errors.js';

type Input = Readable & { isTTY?: boolean; setRawMode?: (raw: boolean) => unknown };

const readers = new WeakMap<Input, LineReader>();

/** The one reader of this input: what was typed ahead must not get lost between two questions. */
export function lineReader(input: Input): LineReader {
  const known = readers.get(input) ?? new LineReader(input);
  readers.set(input, known);
  return known;
}

/**
 * Lines as the terminal itself hands them over: it echoes and edits them, so that nothing has to be drawn. The
 * input is read only while somebody waits for it.
 */
export class LineReader {
  readonly #input: Input;
  #typed = '';
  #ended = false;

  constructor(input: Input) {
    this.#input = input;
    input.once('end', () => {
      this.#ended = true;
    });
  }

  /** The next line without its end. Throws exit 130 at the end of input and when `signal` is aborted. */
  line(signal: AbortSignal): Promise<string> {
    return this.#until(signal, () => this.#take(/\r?\n|\r/));
  }

  /** The same, with nothing echoed: `ask` prints the question only when the terminal has stopped echoing. */
  async hidden(ask: () => void, signal: AbortSignal): Promise<string> {
    this.#input.setRawMode?.(true);
    try {
      ask();
      return unedited(await this.#until(signal, () => this.#takeHidden()));
    } finally {
      this.#input.setRawMode?.(false);
    }
  }

  #take(end: RegExp): string | undefined {
    const match = end.exec(this.#typed);
    if (!match) return undefined;
    const line = this.#typed.slice(0, match.index);
    this.#typed = this.#typed.slice(match.index + match[0].length);
    return line;
  }

  /** In raw mode Ctrl-C and Ctrl-D arrive as characters. */
  #takeHidden(): string | undefined {
    const line = this.#take(/\r?\n|\r/);
    if ((line ?? this.#typed).match(/[\u0003\u0004]/)) throw interrupted();
    return line;
  }

  #until(signal: AbortSignal, take: () => string | undefined): Promise<string> {
    return new Promise((resolve, reject) => {
      const look = () => {
        try {
          const found = take();
          if (found !== undefined) settle(() => resolve(found));
          else if (signal.aborted || this.#ended) settle(() => reject(interrupted()));
        } catch (error) {
          settle(() => reject(error as Error));
        }
      };
      const onData = (chunk: Buffer | string) => {
        this.#typed += chunk.toString();
        look();
      };
      const onEnd = () => {
        this.#ended = true;
        look();
      };
      const settle = (end: () => void) => {
        this.#input.off('data', onData).off('end', onEnd);
        signal.removeEventListener('abort', look);
        this.#input.pause();
        end();
      };
      this.#input.on('data', onData).on('end', onEnd);
      signal.addEventListener('abort', look);
      this.#input.resume();
      look();
    });
  }
}

/** Backspace and Ctrl-U carried out, as the terminal would have done. */
function unedited(typed: string): string {
  let line = '';
  for (const character of typed) {
    if (character === '\u007f' || character === '\b') line = line.slice(0, -1);
    else if (character === '\u0015') line = '';
    else line += character;
  }
  return line;
}

function interrupted(): HastconfError {
  return new HastconfError(ExitCode.Interrupted, 'interrupted');
}
