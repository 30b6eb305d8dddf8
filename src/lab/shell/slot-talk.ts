import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { Socket } from 'node:net';
import type { Talk } from '../types.js';
import { decodeBytes, encodeBytes } from './bytes.js';

const { O_RDONLY, O_RDWR, O_NONBLOCK, O_NOFOLLOW } = constants;

/** Stdin and stdout of a stub's call while it runs, through two FIFOs that the stub's own cats pump. */
export class SlotTalk implements Talk {
  #down: number | undefined;
  readonly #up: Socket;

  /** Both ends are open before the stub is told to open its own, so neither waits. */
  constructor(up: string, down: string, signal: AbortSignal) {
    this.#down = openSync(down, O_RDWR | O_NONBLOCK | O_NOFOLLOW);
    const fd = openSync(up, O_RDONLY | O_NONBLOCK | O_NOFOLLOW);
    this.#up = new Socket({ fd, readable: true, writable: false });
    this.#up.unref();
    this.#up.on('error', () => this.#up.destroy());
    const over = () => {
      this.end();
      this.#up.destroy();
    };
    if (signal.aborted) over();
    else signal.addEventListener('abort', over, { once: true });
  }

  write(text: string): void {
    if (this.#down !== undefined) writeSync(this.#down, encodeBytes(text));
  }

  end(): void {
    if (this.#down !== undefined) closeSync(this.#down);
    this.#down = undefined;
  }

  listen(hear: (text: string | undefined) => void): void {
    this.#up.on('data', (chunk: Buffer) => hear(decodeBytes(chunk)));
    this.#up.once('close', () => hear(undefined));
  }
}
