import type { ClientChannel } from 'ssh2';
import type { Secret } from '../spec/secret.js';
import type { Running } from './channel.js';
import { becomeFailed } from './failure.js';
import type { Patience } from './limits.js';
import { inTurn } from './questions.js';
import type { Rooting } from './rooting.js';

const PASSWORD_TRIES = 3;
/** A question stands at the end of whatever came before it. */
const MOST_SHOWN = 65_536;

/** sudo, doas or su said no to a password. */
class Refused extends Error {}

/** The password of one connection: asked for once, and again after a refusal. */
export class Password {
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

/** Answers one password question and resolves at the marker; a second question means "refused". */
export function untilReady(
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
      shown = (shown + chunk.toString('utf8')).slice(-MOST_SHOWN);
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
