import { list, type Question } from '../types.js';

/** rc services that live on the storage. */
export const rcNames: Question = {
  id: 'rcNames',
  section: 'Storage',
  label: 'rc services',
  key: 'services[].name',
  needs: ['services'],
  finding: 'pair',
  applies: ({ answers }) => list(answers.services).includes('rc'),
  ask: () => ({ kind: 'type', message: 'Names of the rc scripts:' }),
  help: () => `As in "service NAME start", with spaces between several. They must be installed on
both nodes, and keep their data on the replicated storage.`,
  validate: (answer) => (list(answer).length === 0 ? 'name at least one' : undefined),
  paths: () => [['services']],
};
