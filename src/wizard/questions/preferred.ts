import { namesOf } from '../answers-to-draft.js';
import type { Question } from '../types.js';

/** The node that is primary first. */
export const preferred: Question = {
  id: 'preferred',
  section: 'Details',
  label: 'Primary first',
  key: 'preferred',
  optional: true,
  needs: ['login1', 'login2'],
  finding: 'pair',
  derive: (context) => namesOf(context)[0],
  ask: (context) => ({
    kind: 'choose',
    message: 'Which node should serve first?',
    choices: namesOf(context).map((node) => ({ value: node, name: node })),
  }),
  help: () => `The node that becomes primary now, and where the storage goes back to with
automatic failback. Choose the stronger machine; with equal ones it does not
matter.`,
  paths: () => [['preferred']],
};
