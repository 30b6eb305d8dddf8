import { labelOf } from '../adopt/logins.js';
import { adoptionRequest } from '../adopt/request.js';
import type { AdoptConnection } from '../adopt/types.js';
import { gather } from '../facts/gather.js';
import type { NodeFacts } from '../facts/types.js';
import { connect } from '../remote/connect.js';
import type { ConnectOptions } from '../remote/options.js';
import type { NodeSpec } from '../spec/types.js';
import { failureOf } from './failures.js';

/** Facts of both nodes at once, before either has a name. Every node that fails is named. */
export async function readNodes(
  { ssh }: AdoptConnection,
  how: ConnectOptions,
): Promise<readonly [NodeFacts, NodeFacts]> {
  const read = async (login: NodeSpec['ssh'], other: NodeSpec['ssh']): Promise<NodeFacts> => {
    const name = labelOf(login, other);
    // Connecting asks for a node of a cluster file; what is not known yet does not matter to it.
    const target = await connect({ name, ssh: login, replication: '', interface: '' }, how);
    try {
      return await gather(target, adoptionRequest(name), how.signal ? { signal: how.signal } : {});
    } finally {
      await target.close();
    }
  };
  const results = await Promise.allSettled([read(ssh[0], ssh[1]), read(ssh[1], ssh[0])]);
  const [first, second] = results.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  if (first && second) return [first, second];
  throw failureOf(results, 'neither node could be read');
}
