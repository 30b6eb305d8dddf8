import { type Context, list, type Question } from '../types.js';
import { useOf } from '../used.js';

/** Resources that go into the pool. */
export function pooled({ answers }: Context): string[] {
  return list(answers.names).filter((name) => useOf(answers, name) === 'zfs');
}

/** What the replicated pool is called. */
export const pool: Question = {
  id: 'pool',
  section: 'Storage',
  label: 'Pool',
  key: 'storage[].pool',
  needs: ['use', 'uses'],
  finding: 'pair',
  applies: (context) => pooled(context).length > 0,
  ask: (context) => ({ kind: 'type', message: 'Name of the pool:', default: unused(context) }),
  help: () => `A new pool, mounted on /NAME of the node that serves. Its name must not be that
of a pool which a node has already.`,
  validate: (answer, { pair }) => {
    const taken = (pair?.facts ?? []).find(({ zfs }) => zfs.pools.some(({ name }) => name === answer));
    return taken ? `${taken.node} has a pool of this name already` : undefined;
  },
  paths: () => [['storage', 0, 'pool']],
};

function unused({ pair }: Context): string {
  const taken = (pair?.facts ?? []).flatMap(({ zfs }) => zfs.pools.map(({ name }) => name));
  return ['shared', 'hast', 'failover'].find((name) => !taken.includes(name)) ?? 'shared2';
}
