import type { Secret } from '../spec/secret.js';
import type { NodeSpec } from '../spec/types.js';
import { sshCommandFor, unreachable } from './failure.js';
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
}

/**
 * Opens the one connection that serves this node for the whole run. Throws exit 4, with the reproducing
 * ssh command, for a node that cannot be reached, identified or logged in to. Root rights are looked at
 * by the first script: exit 3 without them, exit 4 when sudo, doas or su refuse.
 */
export async function connect(node: NodeSpec, options: ConnectOptions): Promise<Target> {
  // The libraries are loaded here: commands that need no network must not pay for them.
  if ('local' in node.ssh) {
    if (options.localTarget) return options.localTarget(node.name);
    const { LocalTarget } = await import('./local.js');
    return new LocalTarget(node.name);
  }
  const { ssh } = node;
  const [{ routeTo }, { dial }, { SshTarget }] = await Promise.all([
    import('./route.js'),
    import('./dial.js'),
    import('./ssh.js'),
  ]);
  const route = await routeTo({
    host: ssh.host,
    port: ssh.port,
    user: ssh.user,
    identity: ssh.identity,
    defaultUser: 'root',
    configFile: options.sshConfigFile,
  }).catch((error: unknown) => {
    const reason = error instanceof Error ? error.message : String(error);
    throw unreachable(node.name, reason, { reproduce: sshCommandFor(node), cause: error });
  });
  const last = route[route.length - 1];
  const user = last?.user ?? 'root';
  const reproduce = sshCommandFor(node, { user });
  const line = await dial(route, { node: node.name, options, reproduce });
  const { askSecret } = options;
  return new SshTarget({ node: node.name, line, become: ssh.become, user, askSecret, reproduce });
}

export { sshCommandFor } from './failure.js';
