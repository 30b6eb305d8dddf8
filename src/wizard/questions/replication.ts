import { namesOf } from '../answers-to-draft.js';
import { commonLinks, isPrivate, type Link, replicationLinks } from '../propose/links.js';
import { type Context, list, type Question } from '../types.js';

/** The two ends of the link that the data goes over. */
export const replication: Question = {
  id: 'replication',
  section: 'Network',
  label: 'Replication link',
  key: 'nodes.NAME.replication',
  needs: ['login1', 'login2'],
  finding: 'pair',
  derive: (context) => {
    const links = linksOf(context);
    return links.length === 1 ? links[0]!.addresses : undefined;
  },
  ask: (context) => ({
    kind: 'choose',
    message: 'Which link carries the replication?',
    choices: linksOf(context).map((link) => ({ value: link.addresses.join(' '), name: named(link) })),
    other: {
      name: 'Other addresses, typed in',
      ask: { kind: 'type', message: `Replication addresses of ${namesOf(context).join(' and ')}:` },
    },
  }),
  help: () => `Every write goes over this link to the other node before it counts as done, so
it sets the speed of the storage. Best is a cable of its own between the two
machines, at least as fast as the disks; it works over any network that both are
in. It must be an address of each node's own, never the CARP address.`,
  validate: (answer) =>
    list(answer).length === 2 ? undefined : "two addresses, the first node's and the second's",
  paths: (context) => namesOf(context).map((name) => ['nodes', name, 'replication']),
  checks: ['replication-address-missing', 'peer-unreachable'],
  show: (answer, context) => {
    const addresses = list(answer);
    const link = linksOf(context).find((one) => one.addresses.join() === addresses.join());
    return link ? named(link) : addresses.join(' - ');
  },
};

function linksOf({ pair }: Context): Link[] {
  return pair ? replicationLinks(commonLinks(pair)) : [];
}

function named(link: Link): string {
  const [a, b] = link.addresses.map((address, at) => `${address} (${link.interfaces[at]})`);
  return `${a} - ${b}${isPrivate(link) ? ', private' : link.gateway ? ', default route' : ''}`;
}
