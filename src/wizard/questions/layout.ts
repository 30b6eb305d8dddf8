import type { Choice, Question } from '../types.js';
import { pooled } from './pool.js';

const LAYOUTS: readonly [number, Choice][] = [
  [2, { value: 'mirror', name: 'Mirror: every block on all of them' }],
  [3, { value: 'raidz', name: 'raidz: one of them may fail' }],
  [4, { value: 'raidz2', name: 'raidz2: two of them may fail' }],
  [5, { value: 'raidz3', name: 'raidz3: three of them may fail' }],
  [1, { value: 'stripe', name: 'Stripe: all the room; HAST alone keeps a second copy' }],
];

/** How the pool is spread over its resources. */
export const layout: Question = {
  id: 'layout',
  section: 'Storage',
  label: 'Pool layout',
  key: 'storage[].layout',
  needs: ['use', 'uses', 'names'],
  finding: 'pair',
  applies: (context) => pooled(context).length > 0,
  derive: (context) => (pooled(context).length === 1 ? 'stripe' : undefined),
  ask: (context) => ({
    kind: 'choose',
    message: `How should the pool use its ${pooled(context).length} resources?`,
    choices: LAYOUTS.filter(([least]) => pooled(context).length >= least).map(([, choice]) => choice),
  }),
  help: () => `Each resource is on both nodes already. A mirror or raidz besides protects against
a failing disk without moving the storage to the other node, and lets ZFS repair
damaged blocks by itself.`,
  paths: () => [['storage', 0]],
};
