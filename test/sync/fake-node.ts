import { setTimeout as sleep } from 'node:timers/promises';
import { ExitCode, HastconfError } from '../../src/errors.js';
import type { HastResourceFacts } from '../../src/facts/types.js';
import type { ExecOptions, ExecResult, Target } from '../../src/remote/target.js';
import { listBlock } from './samples.js';

/** What a look shows; an Error: the connection is lost there; undefined: the script ends by itself. */
export type FakeLook = readonly HastResourceFacts[] | { code: number; text: string } | Error | undefined;

/** A target that answers the watch script with one look a millisecond or so, made by `look(n)`. */
export class FakeNode implements Target {
  readonly counters = { connections: 1, channels: 0, bytesSent: 0, bytesReceived: 0 };
  looks = 0;
  open = 0;
  closed = false;

  constructor(
    readonly node: string,
    readonly look: (n: number) => FakeLook,
  ) {}

  async script(script: string, options: ExecOptions = {}): Promise<ExecResult> {
    const nonce = /'(\w+) begin'/.exec(script)?.[1] ?? 'none';
    this.counters.channels += 1;
    this.open += 1;
    try {
      return await this.stream(nonce, options);
    } finally {
      this.open -= 1;
    }
  }

  private async stream(nonce: string, options: ExecOptions): Promise<ExecResult> {
    for (;;) {
      await sleep(1);
      if (options.signal?.aborted) {
        throw new HastconfError(ExitCode.Interrupted, `${this.node}: interrupted`);
      }
      const look = this.look(this.looks);
      if (look instanceof Error) throw look;
      if (look === undefined) return { code: 0, signal: null, stdout: '', stderr: '' };
      const { code, text } = 'text' in look ? look : { code: 0, text: look.map(listBlock).join('') };
      const epoch = 1000 + this.looks;
      this.looks += 1;
      options.onStdout?.(`${nonce} begin\n${text}\n${nonce} end ${code} ${epoch}\n`);
    }
  }

  exec(): Promise<ExecResult> {
    throw new Error('not used');
  }
  readFile(): Promise<string | undefined> {
    throw new Error('not used');
  }
  writeFile(): Promise<void> {
    throw new Error('not used');
  }
  async close(): Promise<void> {
    this.closed = true;
  }
}

/** The last of the given looks again and again. */
export function looks(...all: readonly FakeLook[]): (n: number) => FakeLook {
  return (n) => all[Math.min(n, all.length - 1)];
}
