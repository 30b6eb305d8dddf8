import type { Duplex } from 'node:stream';

/** QEMU refused a command. */
export class QmpError extends Error {}

/** Says what QEMU does not answer in this time; it answers at once or not at all. */
const LIMIT_MS = 20_000;

export interface QmpEvent {
  event: string;
  data: Readonly<Record<string, unknown>>;
}

interface Waiting {
  resolve: (answer: unknown) => void;
  reject: (error: Error) => void;
}

/** QEMU's monitor (QMP) over a socket. */
export class Qmp {
  readonly #socket: Duplex;
  readonly #waiting = new Map<number, Waiting>();
  readonly #listeners = new Set<(event: QmpEvent) => void>();
  #last = 0;
  #text = '';
  #closed = false;

  private constructor(socket: Duplex) {
    this.#socket = socket;
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => this.#read(chunk));
    socket.on('error', () => undefined); // `close` follows
    socket.on('close', () => this.#end());
  }

  /** Agrees with QEMU on the protocol. Rejects when it ends before that. */
  static async open(socket: Duplex): Promise<Qmp> {
    const qmp = new Qmp(socket);
    await qmp.run('qmp_capabilities');
    return qmp;
  }

  /** One command. Throws QmpError with QEMU's words. */
  run(execute: string, args: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
    if (this.#closed) return Promise.reject(new QmpError(`${execute}: QEMU has ended`));
    const id = ++this.#last;
    return new Promise((resolve, reject) => {
      const limit = setTimeout(() => {
        this.#waiting.delete(id);
        reject(new QmpError(`${execute}: QEMU did not answer within ${LIMIT_MS / 1000} s`));
      }, LIMIT_MS);
      const done =
        <T>(then: (value: T) => void) =>
        (value: T) => {
          clearTimeout(limit);
          then(value);
        };
      this.#waiting.set(id, { resolve: done(resolve), reject: done(reject) });
      this.#socket.write(`${JSON.stringify({ execute, arguments: args, id })}\n`);
    });
  }

  onEvent(listener: (event: QmpEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #read(chunk: string): void {
    this.#text += chunk;
    for (let end = this.#text.indexOf('\n'); end >= 0; end = this.#text.indexOf('\n')) {
      const line = this.#text.slice(0, end);
      this.#text = this.#text.slice(end + 1);
      if (line.trim() !== '') this.#take(JSON.parse(line) as Message);
    }
  }

  #take(message: Message): void {
    if (message.event !== undefined) {
      for (const listener of this.#listeners) listener({ event: message.event, data: message.data ?? {} });
      return;
    }
    const waiting = this.#waiting.get(message.id ?? 0);
    this.#waiting.delete(message.id ?? 0);
    if (message.error) waiting?.reject(new QmpError(message.error.desc));
    else waiting?.resolve(message.return);
  }

  #end(): void {
    this.#closed = true;
    for (const { reject } of this.#waiting.values()) reject(new QmpError('QEMU has ended'));
    this.#waiting.clear();
  }
}

interface Message {
  id?: number;
  return?: unknown;
  error?: { desc: string };
  event?: string;
  data?: Readonly<Record<string, unknown>>;
}
