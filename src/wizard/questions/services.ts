import { list, type Question } from '../types.js';

/** What serves the storage and moves with it. */
export const services: Question = {
  id: 'services',
  section: 'Storage',
  label: 'Services',
  key: 'services',
  optional: true,
  needs: ['use'],
  finding: 'pair',
  ask: ({ answers }) => ({
    kind: 'mark',
    message: 'Which services shall move with the storage? (none is fine)',
    choices: [
      ...(answers.use === 'raw' ? [] : [{ value: 'nfs', name: 'NFS: share the file systems' }]),
      { value: 'rc', name: 'Programs with an rc script: postgresql, samba_server, ctld ...' },
    ],
    default: [],
  }),
  help: () => `Services that use the storage are stopped before it leaves a node and started
where it arrives. They can be added to the cluster file later just as well.`,
  show: (answer) => list(answer).join(', ') || 'none',
};
