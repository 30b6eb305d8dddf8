import type { ServerHostKeyAlgorithm } from 'ssh2';
import type { HastconfError } from '../errors.js';
import { unreachable } from './failure.js';
import {
  fingerprintOf,
  judge,
  type KnownKey,
  keyTypeOf,
  knownHostsName,
  lookUp,
  remember,
} from './known-hosts.js';
import type { ConnectOptions } from './options.js';
import { inTurn } from './questions.js';
import { isRevoked } from './revoked-keys.js';
import type { HostSettings } from './ssh-config.js';
import { quoteWords } from './words.js';

const RSA: readonly ServerHostKeyAlgorithm[] = ['rsa-sha2-512', 'rsa-sha2-256', 'ssh-rsa'];
const ALGORITHMS: readonly ServerHostKeyAlgorithm[] = [
  'ssh-ed25519',
  'ecdsa-sha2-nistp256',
  'ecdsa-sha2-nistp384',
  'ecdsa-sha2-nistp521',
  ...RSA,
];

function atLine({ line }: KnownKey): string {
  return line === undefined ? '' : `, line ${line}`;
}

/** Decides about one host's key; made before the connection, because it also says which key types to ask for. */
export class HostKeyCheck {
  readonly #node: string;
  readonly #settings: HostSettings;
  readonly #options: ConnectOptions;
  readonly #reproduce: string;
  readonly #name: string;
  #known: readonly KnownKey[] = [];
  /** Entries without the port: they can vouch for a key, but not accuse one (as in OpenSSH). */
  #withoutPort: readonly KnownKey[] = [];

  constructor(node: string, settings: HostSettings, options: ConnectOptions, reproduce: string) {
    this.#node = node;
    this.#settings = settings;
    this.#options = options;
    this.#reproduce = reproduce;
    const { hostKeyAlias, hostName, port } = settings;
    this.#name = hostKeyAlias ?? knownHostsName(hostName, port);
  }

  /** Reads the known_hosts files: the user's and the system's, and the caller's for hosts that those do not know. */
  async load(): Promise<void> {
    const { userKnownHosts, globalKnownHosts, hostName } = this.#settings;
    const own = [...userKnownHosts, ...globalKnownHosts];
    const more = this.#options.knownHostsFiles ?? [];
    const bare = hostName.toLowerCase();
    const withPort = this.#name.startsWith('[');
    const [known, further, withoutPort, furtherWithoutPort] = await Promise.all([
      lookUp(this.#name, own),
      lookUp(this.#name, more),
      withPort ? lookUp(bare, own) : [],
      withPort ? lookUp(bare, more) : [],
    ]);
    // A file that came along with a cluster file must not overrule what this user has seen, but may warn.
    const knows = [...known, ...withoutPort].some((entry) => !entry.revoked);
    const counts = (entry: KnownKey) => entry.revoked || !knows;
    this.#known = [...known, ...further.filter(counts)];
    this.#withoutPort = [...withoutPort, ...furtherWithoutPort.filter(counts)];
  }

  /** Key types that known_hosts has come first, so that a host with several keys shows the known one. */
  algorithms(): ServerHostKeyAlgorithm[] {
    const types = new Set([...this.#known, ...this.#withoutPort].map((entry) => entry.keyType));
    const wanted = ALGORITHMS.filter((one) => types.has(RSA.includes(one) ? 'ssh-rsa' : one));
    return [...wanted, ...ALGORITHMS.filter((one) => !wanted.includes(one))];
  }

  /** Resolves when the key may be trusted; throws exit 4 otherwise. Runs before any authentication. */
  async verify(key: Buffer): Promise<void> {
    await this.#refuseRevoked(key);
    const verdict = judge(this.#known, key);
    if (verdict === 'known') return;
    if (verdict === 'revoked' || judge(this.#withoutPort, key) === 'revoked') throw this.#revoked(key);
    if (verdict === 'changed') throw this.#changed(key);
    if (judge(this.#withoutPort, key) === 'known') return;
    if (!(await this.#consent(key))) throw this.#unknown(key);
    const [file] = this.#settings.userKnownHosts;
    if (file !== undefined) await remember(file, this.#name, key, this.#settings.hashKnownHosts);
  }

  /** The command line's word comes before ssh_config's, and ssh_config's `yes` before a question. */
  async #consent(key: Buffer): Promise<boolean> {
    const { acceptNewHostKeys, confirmHostKey } = this.#options;
    if (acceptNewHostKeys || this.#settings.strict === 'accept-new') return true;
    if (!confirmHostKey || this.#settings.strict === 'yes') return false;
    const { hostName: host, port, jumpTo } = this.#settings;
    const [keyType, fingerprint] = [keyTypeOf(key), fingerprintOf(key)];
    const way = jumpTo === undefined ? {} : { jumpTo: this.#node };
    return inTurn(() => confirmHostKey({ host, port, keyType, fingerprint, ...way }));
  }

  /** RevokedHostKeys; one that cannot be read refuses every key, as in ssh_config(5). */
  async #refuseRevoked(key: Buffer): Promise<void> {
    const { revokedHostKeys } = this.#settings;
    if (revokedHostKeys === undefined) return;
    const verdict = await isRevoked(revokedHostKeys, key);
    if (verdict === false) return;
    const why = verdict === true ? 'RevokedHostKeys lists it' : 'RevokedHostKeys cannot be read';
    throw this.#refuse(
      why,
      [`shown: ${keyTypeOf(key)} ${fingerprintOf(key)}`, ...(verdict === true ? [] : [verdict])].join('\n'),
      verdict === true
        ? 'Give the node a new host key; this one must not be used again.'
        : `Mend ${revokedHostKeys}, or take RevokedHostKeys out of ssh_config.`,
    );
  }

  #refuse(reason: string, detail: string, remedy: string): HastconfError {
    return unreachable(this.#node, `host key of ${this.#name} refused: ${reason}`, {
      detail,
      remedy,
      reproduce: this.#reproduce,
    });
  }

  #unknown(key: Buffer): HastconfError {
    return this.#refuse(
      'it is in no known_hosts file',
      `shown: ${keyTypeOf(key)} ${fingerprintOf(key)}`,
      'Compare the fingerprint on the node (ssh-keygen -lf /etc/ssh/ssh_host_ed25519_key.pub), then connect once ' +
        'with ssh and answer yes, or run hastconf with --accept-new-host-keys.',
    );
  }

  #changed(key: Buffer): HastconfError {
    const entries = this.#known.filter((entry) => !entry.revoked);
    const lines = entries.map(
      (one) => `known: ${one.keyType} ${fingerprintOf(one.key)} in ${one.file}${atLine(one)}`,
    );
    const files = [...new Set(entries.map((entry) => entry.file))];
    const forget = files.map((file) => quoteWords(['ssh-keygen', '-R', this.#name, '-f', file])).join('; ');
    return this.#refuse(
      'it has changed, someone may be listening in',
      [`shown: ${keyTypeOf(key)} ${fingerprintOf(key)}`, ...lines].join('\n'),
      `A machine that was replaced or installed anew has new keys. Only if the new fingerprint was verified on the node itself, forget the old key: ${forget}`,
    );
  }

  #revoked(key: Buffer): HastconfError {
    return this.#refuse(
      'it is marked @revoked in known_hosts',
      `shown: ${keyTypeOf(key)} ${fingerprintOf(key)}`,
      'Give the node a new host key; this one must not be used again.',
    );
  }
}
