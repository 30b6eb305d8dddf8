import type { Secret } from '../spec/secret.js';
import type { Target } from './target.js';

/** How a node is connected to, and who may be asked meanwhile. */
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
  /** known_hosts files to read besides the user's and the system's (for example one beside the cluster file). */
  knownHostsFiles?: readonly string[];
  /** ssh_config file to read in place of the user's and the system's. */
  sshConfigFile?: string;
  /** In place of this machine for `local: true`. */
  localTarget?: (node: string) => Promise<Target>;
}

export interface HostKeyQuestion {
  host: string;
  port: number;
  keyType: string;
  /** `SHA256:…` as ssh-keygen -l prints it. */
  fingerprint: string;
  /** The node that is reached through this host, when it is only a jump host. */
  jumpTo?: string;
}
