import type { Question } from '../types.js';

/** Whether the storage goes home by itself. */
export const failback: Question = {
  id: 'failback',
  section: 'Details',
  label: 'Failback',
  key: 'agent.failback',
  optional: true,
  needs: [],
  finding: 'pair',
  derive: () => 'manual',
  ask: () => ({
    kind: 'choose',
    message: 'When the first primary comes back after a failure, what then?',
    choices: [
      { value: 'manual', name: 'manual: the storage stays until somebody moves it' },
      { value: 'auto', name: 'auto: it moves back once both copies are equal' },
    ],
    default: 'manual',
  }),
  help: () => `Moving back costs the clients a second short interruption. With manual you choose
the time: hastconf switchover.`,
  paths: () => [['agent', 'failback']],
};
