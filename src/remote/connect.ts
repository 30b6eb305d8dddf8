import type { NodeSpec } from '../spec/types.js';
import { sshCommandFor, unreachable } from './failure.js';
import type { ConnectOptions } from './options.js';
import type { Target } from './target.js';

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
