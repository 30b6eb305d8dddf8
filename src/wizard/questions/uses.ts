import { list, type Question, text } from '../types.js';
import { USES } from './use.js';

/** What goes onto each resource, where they differ. */
export const uses: Question = {
  id: 'uses',
  section: 'Storage',
  label: 'On each resource',
  key: 'storage[].type (ufs, zfs, raw)',
  needs: ['use', 'names'],
  finding: 'pair',
  applies: ({ answers }) => text(answers.use) === 'each',
  ask: ({ answers }) => ({
    kind: 'type',
    message: `ufs, zfs or raw for ${list(answers.names).join(', ')}:`,
    default: list(answers.names)
      .map(() => 'ufs')
      .join(' '),
  }),
  help: () => `One word for each resource, in order. All that say zfs go into one pool; each that
says ufs gets a file system of its own; raw stays bare.`,
  validate: (answer, { answers }) => {
    const given = list(answer);
    const strange = given.find((word) => !(word in USES));
    if (strange !== undefined) return `${strange} is none of ufs, zfs, raw`;
    const wanted = list(answers.names).length;
    return given.length === wanted ? undefined : `${wanted} words are needed, not ${given.length}`;
  },
};
