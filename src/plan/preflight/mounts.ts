import type { Problem } from '../../errors.js';
import type { NodeFacts } from '../../facts/types.js';
import type { PlanInput } from '../plan.js';
import { agentDeclares } from '../primary.js';

/** Mount points that hold something else: files would vanish below the mount. */
export function mountProblems({ spec, facts }: PlanInput): Problem[] {
  return spec.storage.flatMap((storage) => {
    if (storage.type !== 'ufs') return [];
    return spec.nodes.flatMap((node) =>
      mountpointProblems(facts[node.name]!, storage.resource, storage.mountpoint),
    );
  });
}

function mountpointProblems(facts: NodeFacts, resource: string, mountpoint: string): Problem[] {
  const mounted = facts.mounts.find((mount) => mount.mountpoint === mountpoint);
  if (mounted) {
    if (mounted.device === `/dev/hast/${resource}`) return [];
    return [
      {
        id: 'mountpoint-in-use',
        node: facts.node,
        message: `${mounted.device} is mounted on ${mountpoint} of ${facts.node}`,
        remedy: `unmount it, or choose another mountpoint for ${resource}`,
      },
    ];
  }
  if (facts.directories[mountpoint]?.empty !== false) return [];
  // Once its agent has been told of it, it may be mounting it at this very moment.
  if (agentDeclares(facts).includes(resource)) return [];
  return [
    {
      id: 'mountpoint-not-empty',
      node: facts.node,
      message: `${mountpoint} on ${facts.node} is not empty: its files would be hidden below the mount`,
      remedy: 'move them away, or choose another mountpoint',
    },
  ];
}
