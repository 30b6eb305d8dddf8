import { wrap } from '../../report/text.js';
import { ADOPT, type Context, type Question } from '../types.js';

/** HAST is there already: taken over, or put aside. */
export const existing: Question = {
  id: 'existing',
  section: 'Machines',
  label: 'HAST found there',
  key: '',
  needs: ['login1', 'login2'],
  finding: 'pair',
  applies: (context) => found(context).length > 0,
  intro: (context) =>
    found(context)
      .flatMap((line) => wrap(line, 78))
      .join('\n'),
  ask: () => ({
    kind: 'choose',
    message: 'There is HAST on these machines already. What should happen to it?',
    choices: [
      {
        value: ADOPT,
        name: 'Adopt it: write a cluster file from what the nodes have',
        description: 'hastconf adopt reads both nodes and changes nothing on them.',
      },
      {
        value: 'new',
        name: 'Set up anew: the next questions decide everything',
        description: 'What would be lost is shown before, and wants to be typed.',
      },
    ],
    default: ADOPT,
  }),
  help: () => `hastconf adopt turns hast.conf, rc.conf, devd rules and what runs now into a
cluster file; a running pair keeps running. Setting up anew replaces hast.conf
(a backup is kept on the node). Metadata and data of old resources are
overwritten only where you choose their disks, and only with your consent.`,
  show: () => 'set up anew',
};

function found({ pair }: Context): string[] {
  return (pair?.facts ?? []).flatMap((facts, at) => {
    const running = Object.values(facts.hast.resources).map(({ name, role }) => `${name} (${role})`);
    const stamped = facts.disks.flatMap(({ path, hastMetadata }) =>
      hastMetadata ? [`${path} of ${hastMetadata.resource}`] : [],
    );
    const parts = [
      ...(facts.files['/etc/hast.conf'] === undefined ? [] : ['/etc/hast.conf']),
      ...(running.length === 0 ? [] : [`running resources ${running.join(', ')}`]),
      ...(stamped.length === 0 ? [] : [`metadata on ${stamped.join(', ')}`]),
    ];
    return parts.length === 0 ? [] : [`${pair!.names[at]} has ${parts.join('; ')}.`];
  });
}
