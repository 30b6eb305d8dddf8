import { loginsOf, machineLabel, namesOf } from '../answers-to-draft.js';
import type { Context, Question } from '../types.js';

/** How a user who is not root becomes root. */
export function become(number: 1 | 2): Question {
  const index = number === 1 ? 0 : 1;
  return {
    id: `become${number}`,
    section: 'Machines',
    label: `Root on the ${number === 1 ? 'first' : 'second'}`,
    key: 'nodes.NAME.ssh.become (sudo, doas, su)',
    needs: [`login${number}`],
    applies: (context) => isOrdinary(context, index),
    ask: (context) => ({
      kind: 'choose',
      message: `How does this user become root on ${machineLabel(context, index)}?`,
      choices: [
        { value: 'sudo', name: 'sudo' },
        { value: 'doas', name: 'doas' },
        { value: 'su', name: "su, with root's password" },
      ],
      default: typeof context.answers.become1 === 'string' ? context.answers.become1 : 'sudo',
    }),
    help: () => `Setting up HAST and CARP needs root. sudo and doas are packages; su is always
there, for users of the group wheel, and wants root's password. A password that
is needed is asked for, never stored.`,
    paths: (context) => [['nodes', namesOf(context)[index], 'ssh', 'become']],
  };
}

function isOrdinary(context: Context, index: 0 | 1): boolean {
  const login = loginsOf(context)[index];
  return login !== undefined && !('local' in login) && login.user !== undefined && login.user !== 'root';
}
