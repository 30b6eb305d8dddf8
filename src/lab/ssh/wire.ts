import type { Socket } from 'node:net';
import { Duplex } from 'node:stream';

export interface WireOptions {
  /** Added to every piece, each way, in real milliseconds. */
  latencyMs: number;
  /** Called with the number of bytes before they pass; false: the line is cut here. */
  passes: (bytes: number) => boolean;
  /** true: the line hangs, and `act` is kept until it works again. */
  holds: (act: () => void) => boolean;
}

/** A TCP connection that can be slow and can be cut: what ssh2's server takes for its socket. */
export class Wire extends Duplex {
  readonly #socket: Socket;
  readonly #options: WireOptions;
  readonly remoteAddress: string | undefined;
  readonly remotePort: number | undefined;
  readonly remoteFamily: string | undefined;

  constructor(socket: Socket, options: WireOptions) {
    super({ allowHalfOpen: true });
    this.#socket = socket;
    this.#options = options;
    this.remoteAddress = socket.remoteAddress;
    this.remotePort = socket.remotePort;
    this.remoteFamily = socket.remoteFamily;
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#later(chunk.length, () => this.push(chunk)));
    socket.on('end', () => this.#later(0, () => this.push(null)));
    socket.on('error', () => this.destroy());
    socket.on('close', () => this.destroy());
  }

  /** Ends the connection as a dead machine does that is asked again: with RST, never an orderly FIN. */
  cut(): void {
    this.#socket.resetAndDestroy();
    this.destroy();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.#later(chunk.length, () => this.#socket.write(chunk, () => done()));
  }

  override _final(done: (error?: Error | null) => void): void {
    this.#later(0, () => this.#socket.end(() => done()));
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.destroy();
    done(error);
  }

  #later(bytes: number, act: () => void): void {
    const pass = (): void => {
      if (this.destroyed) return;
      if (this.#options.holds(pass)) return;
      if (this.#options.passes(bytes)) act();
      else this.cut();
    };
    if (this.#options.latencyMs > 0) setTimeout(pass, this.#options.latencyMs);
    else pass();
  }
}
