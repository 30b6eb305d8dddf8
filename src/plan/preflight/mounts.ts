import type { Problem } from '../../errors.js';
import type { NodeFacts } from '../../facts/types.js';
import { releasesOn, toldStorage } from '../releases.js';
import type { PlanInput } from '../types.js';

/** Mount points that hold something else: files would vanish below the mount. */
export function mountProblems(input: PlanInput): Problem[] {
  return input.spec.storage.flatMap((storage) => {
    if (storage.type !== 'ufs') return [];
    return input.spec.nodes.flatMap((node) =>
      mountpointProblems(input, input.facts[node.name]!, storage.resource, storage.mountpoint),
    );
  });
}

function mountpointProblems(
  input: PlanInput,
  facts: NodeFacts,
  resource: string,
  mountpoint: string,
): Problem[] {
  const mounted = facts.mounts.find((mount) => mount.mountpoint === mountpoint);
  if (mounted) {
    if (mounted.device === `/dev/hast/${resource}`) return [];
    const goes = releasesOn(input, facts).some((one) => one.type === 'ufs' && one.mountpoint === mountpoint);
    if (goes) return [];
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
  const told = toldStorage(facts).some(
    (one) => one.type === 'ufs' && one.resource === resource && one.mountpoint === mountpoint,
  );
  if (told) return [];
  return [
    {
      id: 'mountpoint-not-empty',
      node: facts.node,
      message: `${mountpoint} on ${facts.node} is not empty: its files would be hidden below the mount`,
      remedy: 'move them away, or choose another mountpoint',
    },
  ];
}
