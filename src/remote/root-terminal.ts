import { randomBytes } from 'node:crypto';
import type { Client } from 'ssh2';
import { LARGEST_ANSWER, NoExitStatus, openChannel, runOn } from './channel.js';
import { Password, untilReady } from './root-password.js';
import { type Rooting, type Run, SHELL } from './rooting.js';
import { LOGIN_ENV } from './script.js';
import type { ExecResult } from './target.js';
import { quoteWord, quoteWords } from './words.js';

/** The end marker is held back from the listener until it is known not to be one. */
class Framed {
  #seen = '';
  #told = 0;
  #at = -1;
  readonly #end: string;
  readonly #listener: ((text: string) => void) | undefined;

  constructor(end: string, listener?: (text: string) => void) {
    this.#end = end;
    this.#listener = listener;
  }

  readonly add = (text: string): void => {
    // What nobody listens to is not kept without end; the time limit ends it.
    if (!this.#listener && this.#seen.length > LARGEST_ANSWER) return;
    const from = Math.max(0, this.#seen.length - this.#end.length);
    this.#seen += text;
    // Searched only where it can be new; found once, it stays found.
    if (this.#at < 0) this.#at = this.#seen.indexOf(this.#end, from);
    const at = this.#at;
    const upTo = at >= 0 ? at : this.#seen.length - this.#end.length;
    if (upTo > this.#told) {
      this.#listener?.(this.#seen.slice(this.#told, upTo));
      this.#told = upTo;
    }
  };

  /** stdout, then the code, then stderr. */
  result(): ExecResult {
    const [stdout, rest] = this.#seen.split(this.#end, 2);
    const after = /^ (\d+)\n([\s\S]*)$/.exec(rest ?? '');
    if (stdout === undefined || !after) throw new NoExitStatus();
    return { code: Number(after[1]), signal: null, stdout, stderr: after[2] ?? '' };
  }
}

/**
 * A pty for su and doas. Once root, the terminal is made raw and the script is read by its length (a raw
 * terminal has no EOF) into a pipe, so that sh runs no interactive shell. stdout is passed on as it
 * comes, stderr is kept in root's own temporary file and follows at the end.
 * The command line holds no `!`, which csh would expand even in quotes.
 */
export function withTerminal(client: Client, rooting: Rooting, prefix: readonly string[]): Run {
  const password = new Password(rooting);
  return async (input, patience, opened, onStdout) => {
    const nonce = randomBytes(9).toString('hex');
    const [ready, end] = [`hastconf-ready-${nonce}`, `hastconf-end-${nonce}`];
    const inner = [
      `stty raw -echo; e=$(mktemp /tmp/hastconf.XXXXXXXXXX) || exit 1; echo ${ready}`,
      `head -c ${Buffer.byteLength(input)} | ${SHELL} 2>"$e"; r=$?`,
      `echo ${end} $r; cat "$e"; rm -f "$e"; exit $r`,
    ].join('; ');
    // su hands its words to root's login shell, which may be csh: sh is named once more.
    const last = prefix.includes('su') ? `exec /bin/sh -c ${quoteWord(inner)}` : inner;
    const command = `${LOGIN_ENV} ${quoteWords([...prefix, last])}`;
    const asks = (text: string) => /(password|passcode|passphrase)[^\n]*:\s*$/i.test(text);
    const running = await password.open(patience, async (answer) => {
      rooting.onChannel();
      const fresh = await openChannel(client, command, { pty: { term: 'dumb', modes: { ECHO: 0 } } });
      opened(fresh);
      const question = async (shown: string) => answer(shown.trim().split(/\r?\n/).pop() ?? 'Password:');
      await untilReady(fresh.channel, `${ready}\n`, asks, question, rooting);
      return fresh;
    });
    const framed = new Framed(end, onStdout);
    await runOn(running, input, framed.add);
    return framed.result();
  };
}
