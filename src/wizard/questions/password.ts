import type { Question } from '../types.js';

/** Kept in a file of its own; the answer only says where it comes from. */
export const TYPE_SECRET = 'typed';

export const password: Question = {
  id: 'password',
  section: 'Details',
  label: 'CARP password',
  key: 'carp.password.file',
  optional: true,
  needs: [],
  finding: 'pair',
  derive: ({ here }) => (here.password ? 'kept' : 'generated'),
  ask: ({ here }) => ({
    kind: 'choose',
    message: 'The password that the two nodes sign CARP messages with?',
    choices: [
      here.password
        ? { value: 'kept', name: 'The one in the file beside the cluster file' }
        : { value: 'generated', name: 'Generated' },
      { value: TYPE_SECRET, name: 'Typed in now (1 to 19 letters, digits and underscores)' },
    ],
  }),
  help: () => `It keeps strangers in the network from taking the address. It is stored in a file
of its own beside the cluster file, readable by you alone, and in the nodes'
configuration. Nobody has to remember it: generated is best.`,
  show: (answer) =>
    answer === 'generated' ? 'generated when applied, in a file of its own' : 'in a file of its own',
};
