import type {
  AnyAuthMethod,
  AuthenticationType,
  KeyboardInteractiveCallback,
  NextAuthHandler,
  Prompt,
} from 'ssh2';
import type { HastconfError } from '../errors.js';
import { unreachable } from './failure.js';
import { KeyRing } from './keyring.js';
import type { Patience } from './limits.js';
import { type AskSecret, inTurn } from './questions.js';
import type { HostSettings } from './ssh-config.js';

const PASSWORD_TRIES = 3;

/**
 * Decides what to try next, in OpenSSH's order: keys (agent, then files), then answers typed by a person.
 * FreeBSD's sshd takes passwords as keyboard-interactive; `password` is only the fallback.
 */
export class Authentication {
  readonly #node: string;
  readonly #settings: HostSettings;
  readonly #askSecret: AskSecret | undefined;
  readonly #patience: Patience;
  readonly #ring: KeyRing;
  readonly #tried: string[] = [];
  #offered: readonly string[] = [];
  #keysTried = false;
  #passwords = 0;
  #broken: unknown;

  constructor(node: string, settings: HostSettings, askSecret: AskSecret | undefined, patience: Patience) {
    this.#node = node;
    this.#settings = settings;
    this.#askSecret = askSecret;
    this.#patience = patience;
    this.#ring = new KeyRing(settings, askSecret, patience);
  }

  /** ssh2's authHandler. The first call has no list yet: `none` asks the server what it offers. */
  readonly handler = (
    left: AuthenticationType[] | null,
    _partial: boolean | null,
    next: NextAuthHandler,
  ): void => {
    if (left === null) {
      next({ type: 'none', username: this.#settings.user });
      return;
    }
    if (this.#offered.length === 0) this.#offered = left;
    this.#next(left).then(
      (method) => next(method ?? (false as unknown as AuthenticationType)),
      (error: unknown) => {
        this.#broken ??= error;
        next(false as unknown as AuthenticationType);
      },
    );
  };

  async #next(left: readonly AuthenticationType[]): Promise<AnyAuthMethod | undefined> {
    const username = this.#settings.user;
    const broken = this.#broken ?? this.#ring.broken;
    if (broken !== undefined) throw broken;
    if (!this.#keysTried && left.includes('publickey')) {
      this.#keysTried = true;
      return { type: 'agent', username, agent: this.#ring };
    }
    if (!this.#askSecret || this.#passwords >= PASSWORD_TRIES) return undefined;
    const wrong = this.#passwords > 0 ? 'Not accepted. ' : '';
    this.#passwords += 1;
    if (left.includes('keyboard-interactive')) {
      this.#note('keyboard-interactive');
      return { type: 'keyboard-interactive', username, prompt: this.#prompter(this.#askSecret, wrong) };
    }
    if (!left.includes('password')) return undefined;
    this.#note('password');
    const question = `${wrong}Password for ${username}@${this.#settings.hostName} (${this.#who()}): `;
    return { type: 'password', username, password: await this.#ask(this.#askSecret, question) };
  }

  /** A jump host asks for itself, not for the node behind it. */
  #who(): string {
    const { jumpTo, hostName } = this.#settings;
    return jumpTo === undefined ? this.#node : `jump host ${hostName} on the way to ${this.#node}`;
  }

  #note(method: string): void {
    if (!this.#tried.includes(method)) this.#tried.push(method);
  }

  async #ask(askSecret: AskSecret, question: string): Promise<string> {
    const answer = await this.#patience.whileAsking(() => inTurn(() => askSecret(question)));
    return answer.reveal();
  }

  /** Answers a round of the server's own questions; it may ask several rounds. */
  #prompter(askSecret: AskSecret, wrong: string) {
    return (
      _name: string,
      _instructions: string,
      _language: string,
      prompts: Prompt[],
      finish: KeyboardInteractiveCallback,
    ): void => {
      const answers = async () => {
        const given: string[] = [];
        for (const { prompt } of prompts) {
          given.push(await this.#ask(askSecret, `${wrong}${this.#who()}: ${prompt.trimEnd()} `));
        }
        return given;
      };
      answers().then(finish, (error: unknown) => {
        this.#broken ??= error;
        finish(prompts.map(() => ''));
      });
    };
  }

  /** Why nothing worked; a question that was broken off is passed on as it is. */
  failure(reproduce: string): unknown {
    return this.#broken ?? this.#ring.broken ?? this.#refused(reproduce);
  }

  #refused(reproduce: string): HastconfError {
    const { user, hostName } = this.#settings;
    const tried = [...this.#ring.notes, ...this.#tried];
    const typed = this.#offered.includes('keyboard-interactive') || this.#offered.includes('password');
    return unreachable(this.#node, `authentication as ${user}@${hostName} failed`, {
      detail: [
        `tried: ${tried.length > 0 ? tried.join('; ') : 'nothing, there is no agent and no identity file'}`,
        `the server offers: ${this.#offered.join(', ') || 'nothing'}`,
      ].join('\n'),
      remedy:
        !this.#askSecret && typed
          ? 'Run hastconf on a terminal to type a password, or give a key with `ssh: { identity: … }`.'
          : `Put a public key into ~${user}/.ssh/authorized_keys on the node, and name the key with \`ssh: { identity: … }\`.`,
      reproduce,
    });
  }
}
