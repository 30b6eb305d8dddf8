import type { Problem } from '../../errors.js';
import type { NodeFacts } from '../../facts/types.js';
import type { ResourceSpec, ZvolSpec } from '../../spec/types.js';
import type { PlanInput } from '../types.js';

/** zvols whose pool is not there or too small, or that exist with another size. */
export function volumeProblems({ spec, facts }: PlanInput): Problem[] {
  return spec.resources.flatMap((resource) => {
    const { zvol } = resource;
    if (!zvol) return [];
    return spec.nodes.flatMap((node) => zvolProblems(facts[node.name]!, resource, zvol));
  });
}

function zvolProblems(facts: NodeFacts, resource: ResourceSpec, zvol: ZvolSpec): Problem[] {
  const dataset = `${zvol.pool[facts.node]!}/${zvol.name}`;
  const pool = dataset.split('/', 1)[0]!;
  const imported = facts.zfs.pools.find((candidate) => candidate.name === pool);
  if (!imported) return [poolMissing(facts, resource, pool)];
  const existing = facts.zfs.volumes.find((volume) => volume.name === dataset);
  if (existing && existing.size !== zvol.size) {
    return [
      {
        id: 'zvol-size-differs',
        node: facts.node,
        message: `zvol ${dataset} on ${facts.node} has ${existing.size} bytes, the cluster file says ${zvol.size}`,
        remedy: `set resources.${resource.name}.zvol.size to its size, or choose another name`,
      },
    ];
  }
  if (existing || zvol.sparse || imported.free >= zvol.size) return [];
  return [
    {
      id: 'pool-too-small',
      node: facts.node,
      message: `pool ${pool} on ${facts.node} has ${imported.free} bytes left, zvol ${dataset} needs ${zvol.size}`,
      remedy: `make room, or choose a smaller resources.${resource.name}.zvol.size`,
    },
  ];
}

function poolMissing(facts: NodeFacts, resource: ResourceSpec, pool: string): Problem {
  const pools = facts.zfs.pools.map((candidate) => candidate.name).join(', ');
  return {
    id: 'pool-missing',
    node: facts.node,
    message: facts.zfs.loaded
      ? `${facts.node} has no imported pool ${pool}`
      : `ZFS is not loaded on ${facts.node}, so pool ${pool} is not imported`,
    remedy: `set resources.${resource.name}.zvol.pool; pools there: ${pools || 'none'}`,
  };
}
