import { list, type Question } from '../types.js';
import { isServed } from '../used.js';

/** rc services and jails that live on the storage. */
export const services: Question = {
  id: 'services',
  section: 'Storage',
  label: 'Services',
  key: 'services[].name',
  optional: true,
  needs: ['served'],
  finding: 'pair',
  applies: ({ answers }) => isServed(answers, 'own'),
  ask: () => ({ kind: 'type', message: 'Which services or jails? In the order in which they start:' }),
  help: () => `Names of rc scripts as in "service NAME start", and jails as jail:NAME, with spaces
between several: postgresql jail:web, for example. They must be installed on both
nodes and keep their data on the storage; none of them is to be started at boot.`,
  validate: (answer) => (list(answer).length === 0 ? 'name at least one' : undefined),
  paths: () => [['services']],
};
