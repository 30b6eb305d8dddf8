import { namesOf } from '../answers-to-draft.js';
import { TYPED } from '../devices.js';
import { list, type Question } from '../types.js';
import { CHECKS } from './providers.js';

/** Providers that no list can offer. */
export const devices: Question = {
  id: 'devices',
  section: 'Storage',
  label: 'Other providers',
  key: 'resources.NAME.local',
  needs: ['providers'],
  finding: 'pair',
  applies: ({ answers }) => list(answers.providers).includes(TYPED),
  ask: (context) => ({
    kind: 'type',
    message: `Device on ${namesOf(context).join(', device on ')} (one word: the same on both):`,
  }),
  help: () => `The device as it is called on each node, for example
  /dev/ada0p4 /dev/ada1p4
  /dev/gpt/data
A label such as /dev/gpt/data survives when disks change their order. For several
resources, give them in pairs: first node, second node, first node, second node.`,
  validate: (answer) => {
    const words = list(answer);
    if (words.length === 0) return 'name at least one device';
    return words.length > 1 && words.length % 2 !== 0
      ? 'one device is left over: give them in pairs'
      : undefined;
  },
  paths: () => [['resources']],
  checks: CHECKS(),
};
