import { list, type Question } from '../types.js';
import { isServed, mountedOn } from '../used.js';

/** What the shares are called on Windows machines. */
export const shares: Question = {
  id: 'shares',
  section: 'Storage',
  label: 'Samba shares',
  key: 'services[].share',
  optional: true,
  needs: ['served', 'mounts', 'pool'],
  finding: 'pair',
  applies: ({ answers }) => isServed(answers, 'samba'),
  ask: (context) => ({
    kind: 'type',
    message: mountedOn(context).length === 1 ? 'Name of the share:' : 'Names of the shares, one each:',
    default: mountedOn(context)
      .map((mount) => mount.replace(/^.*\//, ''))
      .join(' '),
  }),
  help: (context) => `One name for each of ${mountedOn(context).join(', ')}. Users and their passwords are
made with Samba's own programs; they move with the storage. The Samba package has
to be installed on both nodes; hastconf does not install it.`,
  validate: (answer, context) => {
    const wanted = mountedOn(context).length;
    const given = list(answer).length;
    return given === wanted ? undefined : `${wanted} names are needed, not ${given}`;
  },
  paths: () => [['services']],
};
