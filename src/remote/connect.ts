import type { Secret } from '../spec/secret.js';
import type { NodeSpec } from '../spec/types.js';
import type { Target } from './target.js';

export interface ConnectOptions {
  /** Accept and remember the key of a host that known_hosts does not have. A changed key is refused all the same. */
  acceptNewHostKeys: boolean;
  /** Asks on the terminal whether to trust an unknown host key; undefined: never ask, refuse. */
  confirmHostKey?: (question: HostKeyQuestion) => Promise<boolean>;
  /** Asks for a password, passphrase or keyboard-interactive answer; undefined: never ask. */
  askSecret?: (prompt: string) => Promise<Secret>;
  /** Milliseconds until the connection attempt is given up; default 10 000. */
  timeoutMs?: number;
  signal?: AbortSignal;
}

export interface HostKeyQuestion {
  host: string;
  port: number;
  keyType: string;
  /** `SHA256:…` as ssh-keygen -l prints it. */
  fingerprint: string;
}

/** Opens the one connection that serves this node for the whole run. Throws exit 4 with the reproducing ssh command. */
export function connect(_node: NodeSpec, _options: ConnectOptions): Promise<Target> {
  throw new Error('not built yet');
}
