import { wrap } from '../../report/text.js';
import { AGAIN, type Question } from '../types.js';

/** What is wrong with the machines themselves; no answer to a question can mend it. */
export const trouble: Question = {
  id: 'trouble',
  section: 'Machines',
  label: 'Known problems',
  key: '',
  needs: ['login1', 'login2', 'become1', 'become2'],
  finding: 'pair',
  applies: ({ pair }) => (pair?.problems.length ?? 0) > 0,
  intro: ({ pair }) =>
    (pair?.problems ?? [])
      .flatMap(({ message, remedy }) => [
        ...wrap(`! ${message}`, 78),
        ...(remedy === undefined ? [] : wrap(`-> ${remedy}`, 74).map((line) => `    ${line}`)),
      ])
      .join('\n'),
  ask: () => ({
    kind: 'choose',
    message: 'This would stop the set-up. How to go on?',
    choices: [
      { value: AGAIN, name: 'Fixed: check both machines again' },
      { value: 'later', name: 'Later: answer the questions now, apply after it is fixed' },
    ],
    default: AGAIN,
  }),
  help: () => `The machines were looked at, and something about them does not fit HAST or CARP.
Fix it on the machine, then check again. You can also go on and write the
cluster file now; hastconf apply checks all of this again before it changes
anything.`,
  show: () => 'to be fixed before apply',
};
