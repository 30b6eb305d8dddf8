import { randomBytes } from 'node:crypto';
import type { Client, ClientChannel } from 'ssh2';
import type { Secret } from '../spec/secret.js';
import type { Become } from '../spec/types.js';
import { NoExitStatus, openChannel, type Running, runOn } from './channel.js';
import { becomeFailed } from './failure.js';
import type { Patience } from './limits.js';
import { type AskSecret, inTurn } from './questions.js';
import { LOGIN_ENV } from './script.js';
import type { ExecResult } from './target.js';
import { quoteWord, quoteWords } from './words.js';

/** Runs one prepared script on a fresh channel; `opened` is told of it, so that it can be killed. */
export type Run = (
  input: string,
  patience: Patience,
  opened: (running: Running) => void,
  onStdout?: (text: string) => void,
) => Promise<ExecResult>;

/** What the login shell (csh or sh) is given; nothing in it but plain words. */
const SHELL = '/bin/sh -s';

export interface Rooting {
  node: string;
  become: Become;
  user: string;
  askSecret: AskSecret | undefined;
  /** Counts a channel. */
  onChannel: () => void;
}

/**
 * How scripts become root on this connection; found out once.
 *
 * sudo and doas are first tried with `-n`: without a password everything stays a plain pipe. Where a
 * password is needed, sudo reads it from stdin (`-S`), while doas and su read it from a terminal, so
 * those two get a pty. In both cases a marker printed by the new root shell says that the password was
 * taken; only then is the script sent, so that a refused password can never make the script its victim,
 * nor the password a command.
 */
export async function wayToRoot(
  client: Client,
  rooting: Rooting,
  patience: Patience,
  opened: (running: Running) => void,
): Promise<Run> {
  const { become } = rooting;
  if (become === 'none') return plain(client, SHELL, rooting);
  if (become === 'su') return withTerminal(client, rooting, ['su', 'root', '-c']);
  const command = `${LOGIN_ENV} ${become} -n`;
  const probe = await plain(client, `${command} /usr/bin/true`, rooting)('', patience, opened);
  if (probe.code === 0) return plain(client, `${command} ${SHELL}`, rooting);
  if (!/password|authenticat|authori[sz]/i.test(probe.stderr)) {
    throw becomeFailed(rooting.node, become, `exit ${probe.code}: ${probe.stderr}`);
  }
  return become === 'sudo'
    ? withStdin(client, rooting)
    : withTerminal(client, rooting, ['doas', '/bin/sh', '-c']);
}

function plain(client: Client, command: string, { onChannel }: Rooting): Run {
  return async (input, _patience, opened, onStdout) => {
    onChannel();
    const running = await openChannel(client, command);
    opened(running);
    return runOn(running, input, onStdout);
  };
}

const PASSWORD_TRIES = 3;

/** sudo, doas or su said no to a password. */
class Refused extends Error {}

/** The password of one connection: asked for once, and again after a refusal. */
class Password {
  #known: Promise<Secret> | undefined;
  readonly #rooting: Rooting;

  constructor(rooting: Rooting) {
    this.#rooting = rooting;
  }

  #get(patience: Patience, prompt: string, attempt: number): Promise<Secret> {
    const { askSecret, become, node } = this.#rooting;
    if (!askSecret)
      throw becomeFailed(node, become, `${become} asks for a password, and nobody may be asked`);
    const wrong = attempt > 1 ? 'Not accepted. ' : '';
    this.#known ??= patience.whileAsking(() => inTurn(() => askSecret(`${wrong}${node}: ${prompt} `)));
    return this.#known;
  }

  /** Opens a root shell, with up to three passwords. */
  async open(patience: Patience, attempt: (answer: Answer) => Promise<Running>): Promise<Running> {
    for (let tries = 1; ; tries += 1) {
      let used: Promise<Secret> | undefined;
      try {
        return await attempt(async (prompt) => {
          used = this.#get(patience, prompt, tries);
          return used;
        });
      } catch (error) {
        // Another script may have asked anew meanwhile: only the refused answer is forgotten.
        if (this.#known === used) this.#known = undefined;
        if (!(error instanceof Refused)) throw error;
        if (tries === PASSWORD_TRIES) {
          throw becomeFailed(this.#rooting.node, this.#rooting.become, 'the password was not accepted');
        }
      }
    }
  }
}

type Answer = (prompt: string) => Promise<Secret>;

/** sudo -S: the prompt and the marker come on stderr, the script follows the password on stdin. */
function withStdin(client: Client, rooting: Rooting): Run {
  const password = new Password(rooting);
  return async (input, patience, opened, onStdout) => {
    const nonce = randomBytes(9).toString('hex');
    const [asks, ready] = [`hastconf-asks-${nonce}`, `hastconf-ready-${nonce}`];
    const inner = `echo ${ready} >&2; exec ${SHELL}`;
    const command = `${LOGIN_ENV} sudo -S -k -p ${asks} /bin/sh -c ${quoteWord(inner)}`;
    const running = await password.open(patience, async (answer) => {
      rooting.onChannel();
      const fresh = await openChannel(client, command);
      opened(fresh);
      const question = async () => answer(`[sudo] password for ${rooting.user}:`);
      await untilReady(fresh.channel, `${ready}\n`, (text) => text.includes(asks), question, rooting);
      return fresh;
    });
    return runOn(running, input, onStdout);
  };
}

/** The end marker is held back from the listener until it is known not to be one. */
class Framed {
  #seen = '';
  #told = 0;
  readonly #end: string;
  readonly #listener: ((text: string) => void) | undefined;

  constructor(end: string, listener?: (text: string) => void) {
    this.#end = end;
    this.#listener = listener;
  }

  readonly add = (text: string): void => {
    this.#seen += text;
    const at = this.#seen.indexOf(this.#end);
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
function withTerminal(client: Client, rooting: Rooting, prefix: readonly string[]): Run {
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

/** Answers one password question and resolves at the marker; a second question means "refused". */
function untilReady(
  channel: ClientChannel,
  ready: string,
  asks: (text: string) => boolean,
  answer: (shown: string) => Promise<Secret>,
  { node, become }: Rooting,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let shown = '';
    let answered = false;
    const stop = () => {
      channel.removeListener('data', onData);
      channel.stderr.removeListener('data', onData);
      channel.removeListener('close', onClose);
    };
    const fail = (error: unknown) => {
      stop();
      // Still read, so that the channel can end.
      channel.resume();
      channel.stderr.resume();
      channel.close();
      reject(error);
    };
    const onClose = () => fail(answered ? new Refused() : becomeFailed(node, become, clean(shown)));
    const onData = (chunk: Buffer) => {
      shown += chunk.toString('utf8');
      if (shown.endsWith(ready)) {
        stop();
        return resolve();
      }
      if (!asks(shown)) return;
      if (answered) return fail(new Refused());
      answered = true;
      const question = shown;
      shown = '';
      answer(question).then((secret) => channel.write(`${secret.reveal()}\n`), fail);
    };
    channel.on('data', onData);
    channel.stderr.on('data', onData);
    channel.on('close', onClose);
  });
}

/** A node's words without our own markers. */
function clean(text: string): string {
  return text.replace(/hastconf-(asks|ready)-[0-9a-f]+/g, '').trim();
}
