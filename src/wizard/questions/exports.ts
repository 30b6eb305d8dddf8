import { parseCidr } from '../../spec/address.js';
import { commonLinks } from '../propose/links.js';
import { type Context, list, type Question } from '../types.js';
import { isServed, mountedOn } from '../used.js';
import { carpLinkOf } from './carp-link.js';

/** Who may mount what is shared over NFS. */
export const exportsTo: Question = {
  id: 'exports',
  section: 'Storage',
  label: 'NFS clients',
  key: 'services[].exports',
  optional: true,
  needs: ['served', 'mounts', 'pool', 'carpLink'],
  finding: 'pair',
  applies: ({ answers }) => isServed(answers, 'nfs'),
  ask: (context) => ({
    kind: 'choose',
    message: 'Which network may mount it?',
    choices: networksOf(context).map((network, at) => ({
      value: network,
      name: at === 0 ? `${network}, where the shared address is` : network,
    })),
    other: {
      name: 'Other networks, typed in',
      ask: { kind: 'type', message: 'Networks such as 192.168.50.0/24:' },
    },
  }),
  help: (
    context,
  ) => `Machines in this network can mount ${mountedOn(context).join(', ')} and everything below.
Root on a client is nobody there, as exports(5) has it by default; whoever needs
more changes the lines in the cluster file. NFS has no passwords: let no machine
in that you do not trust.`,
  validate: (answer) => {
    const wrong = list(answer).find((word) => parseCidr(word) === undefined);
    if (list(answer).length === 0) return 'name at least one network';
    return wrong === undefined ? undefined : `${wrong} is no network such as 192.168.50.0/24`;
  },
  paths: () => [['services']],
};

/** That of the shared address first, then the others that both nodes are in; never the replication link alone. */
function networksOf(context: Context): string[] {
  const { pair, answers } = context;
  const first = carpLinkOf(context)?.network;
  const others = (pair ? commonLinks(pair) : [])
    .filter(({ addresses }) => !addresses.some((one) => list(answers.replication).includes(one)))
    .map(({ network }) => network);
  return [...new Set([...(first === undefined ? [] : [first]), ...others])];
}

/** Version 3 where nobody says otherwise: it needs no reboot between two tenures. */
export const nfsVersion: Question = {
  id: 'nfsVersion',
  section: 'Storage',
  label: 'NFS version',
  key: 'services[].version',
  optional: true,
  needs: ['served'],
  finding: 'pair',
  applies: ({ answers }) => isServed(answers, 'nfs'),
  ask: () => ({
    kind: 'choose',
    message: 'Which version of NFS?',
    choices: [
      { value: '3', name: 'Version 3: clients go on at once after a move' },
      { value: '4', name: 'Version 4: locks are kept, and clients wait for up to 135 s' },
    ],
    default: '3',
  }),
  help: () => `After a move, clients of version 4 reclaim what they had open, and nobody may open
or write before that is over: 135 seconds at the most, which the kernel has
compiled in. A kernel gives that time once in its life: a node that has served
must be rebooted before a planned move back. Version 3 needs none of this, and
keeps no locks.`,
  show: (answer) => `version ${String(answer)}`,
};
