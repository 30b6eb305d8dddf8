import { type Context, list, type Question } from '../types.js';
import { useOf } from '../used.js';

/** Where the UFS file systems are mounted. */
export const mounts: Question = {
  id: 'mounts',
  section: 'Storage',
  label: 'Mount points',
  key: 'storage[].mountpoint',
  needs: ['names', 'use', 'uses'],
  finding: 'pair',
  applies: (context) => ufs(context).length > 0,
  ask: (context) => ({
    kind: 'type',
    message: ufs(context).length === 1 ? 'Mounted on:' : `Mounted on, for ${ufs(context).join(', ')}:`,
    default: ufs(context)
      .map((name) => `/hast/${name}`)
      .join(' '),
  }),
  help: () => `The directory that the file system appears on, on the node that serves. It is made
on both nodes; one that exists must be empty. Clients see the same path after a
fail-over.`,
  validate: (answer, context) => {
    const wanted = ufs(context).length;
    const given = list(answer).length;
    return given === wanted ? undefined : `${wanted} directories are needed, not ${given}`;
  },
  paths: () => [['storage']],
  checks: ['mountpoint-in-use', 'mountpoint-not-empty'],
};

function ufs({ answers }: Context): string[] {
  return list(answers.names).filter((name) => useOf(answers, name) === 'ufs');
}
