import { StringDecoder } from 'node:string_decoder';
import type { ExecOptions as ChannelOptions, Client, ClientChannel } from 'ssh2';
import type { ExecResult } from './target.js';

/** A channel with what is known of its command's end. */
export interface Running {
  readonly channel: ClientChannel;
  /** stderr so far; the script's process id comes first (see wrapScript). */
  stderr: string;
  ended: { code: number | null; signal: string | null } | undefined;
}

/**
 * Opens a channel that runs `command` under the login shell. Rejects when the server or the line refuses.
 * The exit status may arrive in the same packet as the go-ahead, so it is listened for here, at once.
 */
export function openChannel(client: Client, command: string, options: ChannelOptions = {}): Promise<Running> {
  return new Promise((resolve, reject) => {
    client.exec(command, options, (error, channel) => {
      if (error) return reject(error);
      const running: Running = { channel, stderr: '', ended: undefined };
      channel.on('exit', (code: number | null, signal?: string) => {
        running.ended = { code, signal: signal ?? null };
      });
      resolve(running);
    });
  });
}

/** Characters of one output of one script: a thousand times what a node has to say. */
export const LARGEST_ANSWER = 32 * 1024 * 1024;

/** An output that does not end: kept whole it would take all memory. */
export class EndlessAnswer extends Error {
  constructor() {
    super(`more than ${LARGEST_ANSWER / 1024 / 1024} MB of output`);
  }
}

/** Collects text from chunks that may cut a character in two. What somebody listens to may be a stream: it is kept up to the limit. */
class Text {
  value = '';
  readonly #decoder = new StringDecoder('utf8');
  readonly #listener: ((text: string) => void) | undefined;
  readonly #tooMuch: () => void;

  constructor(tooMuch: () => void, listener?: (text: string) => void) {
    this.#tooMuch = tooMuch;
    this.#listener = listener;
  }

  add(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk));
  }

  end(): string {
    this.#take(this.#decoder.end());
    return this.value;
  }

  #take(text: string): void {
    if (text === '') return;
    if (this.value.length + text.length <= LARGEST_ANSWER) this.value += text;
    else if (!this.#listener) this.#tooMuch();
    this.#listener?.(text);
  }
}

/** A channel that closed without saying how its command ended: the line was cut, or the session killed. */
export class NoExitStatus extends Error {
  constructor() {
    super('the channel closed without an exit status');
  }
}

/** Feeds `input`, then EOF, and resolves when the channel is closed: `exit` may come before the last data. */
export function runOn(
  running: Running,
  input: string,
  onStdout?: (text: string) => void,
): Promise<ExecResult> {
  const { channel } = running;
  return new Promise((resolve, reject) => {
    const tooMuch = () => {
      channel.close();
      reject(new EndlessAnswer());
    };
    const stdout = new Text(tooMuch, onStdout);
    const stderr = new Text(tooMuch);
    channel.on('data', (chunk: Buffer) => stdout.add(chunk));
    channel.stderr.on('data', (chunk: Buffer) => {
      stderr.add(chunk);
      running.stderr = stderr.value;
    });
    channel.on('error', reject);
    channel.on('close', () => {
      if (!running.ended) return reject(new NoExitStatus());
      resolve({ ...running.ended, stdout: stdout.end(), stderr: stderr.end() });
    });
    channel.end(input);
  });
}
