import ssh2, {
  type IdentityCallback,
  type OpenSSHAgent,
  type ParsedKey,
  type SignCallback,
  type SigningRequestOptions,
} from 'ssh2';
import { type Identity, readIdentity } from './identity.js';
import { fingerprintOf } from './known-hosts.js';
import type { Patience } from './limits.js';
import type { AskSecret } from './questions.js';
import type { HostSettings } from './ssh-config.js';

/**
 * Every key that may log in, as one agent for ssh2: the ssh-agent's, then the identity files'.
 * As an agent it is asked to sign only after the server has accepted the public key, so a passphrase
 * is asked for only when it is of use.
 */
export class KeyRing extends ssh2.BaseAgent<ParsedKey> {
  /** What was offered or could not be, for the message when all of it fails. */
  readonly notes: string[] = [];
  /** A question that was broken off (Ctrl-C): more than a refused key. */
  broken: unknown;
  readonly #settings: HostSettings;
  readonly #askSecret: AskSecret | undefined;
  readonly #patience: Patience;
  readonly #agent: OpenSSHAgent | undefined;
  #identities: readonly Identity[] = [];
  #fromAgent: readonly ParsedKey[] = [];

  constructor(settings: HostSettings, askSecret: AskSecret | undefined, patience: Patience) {
    super();
    this.#settings = settings;
    this.#askSecret = askSecret;
    this.#patience = patience;
    this.#agent =
      settings.agentSocket === undefined ? undefined : new ssh2.OpenSSHAgent(settings.agentSocket);
  }

  override getIdentities(callback: IdentityCallback<ParsedKey>): void {
    this.#collect().then(
      (keys) => callback(undefined, [...keys]),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  /** Order: agent keys that an identity file names, other agent keys unless IdentitiesOnly, then files. */
  async #collect(): Promise<readonly ParsedKey[]> {
    const read = await Promise.all(
      this.#settings.identityFiles.map((file) => readIdentity(file, this.#askSecret)),
    );
    this.#identities = read.filter((one): one is Identity => 'publicKey' in one);
    // Default identity files need not exist; one that was asked for by name must be explained.
    for (const one of read) {
      if ('problem' in one && (this.#settings.identitiesOnly || one.problem !== 'no such file'))
        this.notes.push(`identity ${one.path}: ${one.problem}`);
    }
    const inAgent = await this.#agentKeys();
    const named = inAgent.filter((key) => this.#identities.some((one) => same(one.publicKey, key)));
    const others = this.#settings.identitiesOnly ? [] : inAgent.filter((key) => !named.includes(key));
    this.#fromAgent = [...named, ...others];
    const files = this.#identities.filter((one) => !this.#fromAgent.some((key) => same(one.publicKey, key)));
    this.notes.push(...this.#fromAgent.map((key) => `agent key ${fingerprintOf(key.getPublicSSH())}`));
    this.notes.push(...files.map((one) => `identity ${one.path}`));
    return [...this.#fromAgent, ...files.map((one) => one.publicKey)];
  }

  #agentKeys(): Promise<readonly ParsedKey[]> {
    const agent = this.#agent;
    if (!agent) return Promise.resolve([]);
    return new Promise((resolve) => {
      agent.getIdentities((error, keys) => {
        if (error) this.notes.push(`agent at ${this.#settings.agentSocket}: does not answer`);
        // ssh2 hands over parsed keys; its types allow other shapes for other agents.
        resolve((keys ?? []).flat().filter((key): key is ParsedKey => 'getPublicSSH' in key));
      });
    });
  }

  override sign(
    publicKey: ParsedKey,
    data: Buffer,
    optionsOrCallback: SigningRequestOptions | SignCallback,
    maybeCallback?: SignCallback,
  ): void {
    const callback = typeof optionsOrCallback === 'function' ? optionsOrCallback : maybeCallback;
    const options = typeof optionsOrCallback === 'function' ? {} : optionsOrCallback;
    if (!callback) return;
    if (this.#agent && this.#fromAgent.some((key) => same(key, publicKey))) {
      this.#agent.sign(publicKey, data, options, callback);
      return;
    }
    this.#signWithFile(publicKey, data, options).then(
      (signature) => callback(undefined, signature),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error))),
    );
  }

  async #signWithFile(publicKey: ParsedKey, data: Buffer, options: SigningRequestOptions): Promise<Buffer> {
    const identity = this.#identities.find((one) => same(one.publicKey, publicKey));
    if (!identity) throw new Error('no such key');
    let key: ParsedKey | undefined;
    try {
      key = await identity.unlock(this.#patience);
    } catch (error) {
      this.broken ??= error;
    }
    if (!key) {
      const why = this.#askSecret
        ? 'its passphrase was not given'
        : 'needs a passphrase, and nobody may be asked';
      this.notes.push(`identity ${identity.path}: accepted by the server, but ${why}`);
      throw new Error(`no private key: ${why}`);
    }
    return key.sign(data, options.hash);
  }
}

function same(one: ParsedKey, other: ParsedKey): boolean {
  return one.getPublicSSH().equals(other.getPublicSSH());
}
