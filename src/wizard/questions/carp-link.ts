import { namesOf } from '../answers-to-draft.js';
import { carpLinks, commonLinks, type Link } from '../propose/links.js';
import { type Context, list, type Question } from '../types.js';

/** The interfaces that carry the address of the clients. */
export const carpLink: Question = {
  id: 'carpLink',
  section: 'Network',
  label: 'CARP interfaces',
  key: 'nodes.NAME.interface',
  needs: ['login1', 'login2', 'replication'],
  finding: 'pair',
  derive: (context) => {
    const links = linksOf(context);
    const apart = links.filter(
      ({ addresses }) => !addresses.some((one) => list(context.answers.replication).includes(one)),
    );
    return links.length === 1 && apart.length === 1 ? links[0]!.interfaces : undefined;
  },
  ask: (context) => ({
    kind: 'choose',
    message: 'In which network are the clients?',
    choices: linksOf(context).map((link) => ({ value: link.interfaces.join(' '), name: named(link) })),
    other: {
      name: 'Other interfaces, typed in',
      ask: { kind: 'type', message: `Interfaces of ${namesOf(context).join(' and ')}:` },
    },
  }),
  help: () => `Clients reach the storage at one address that moves between the two nodes with
CARP. It lives on the interface that faces them: the one in the clients' network,
or the one the default gateway is on. Both nodes must be in the same network
there. It should not be the replication link: when that one fails, clients must
still be heard.`,
  validate: (answer) =>
    list(answer).length === 2 ? undefined : "two interfaces, the first node's and the second's",
  paths: (context) => namesOf(context).map((name) => ['nodes', name, 'interface']),
  checks: ['interface-missing', 'interface-down'],
  show: (answer, context) => {
    const interfaces = list(answer);
    const link = carpLinkOf(context);
    return link ? named(link) : interfaces.join(' and ');
  },
};

function linksOf({ pair, answers }: Context): Link[] {
  return pair ? carpLinks(commonLinks(pair), list(answers.replication)) : [];
}

/** The link that was chosen; undefined for interfaces that share no network. */
export function carpLinkOf(context: Context): Link | undefined {
  const interfaces = list(context.answers.carpLink).join();
  return linksOf(context).find((link) => link.interfaces.join() === interfaces);
}

function named(link: Link): string {
  const [a, b] = link.interfaces;
  const where = link.gateway ? ', default gateway' : link.others ? ', other machines' : '';
  return `${link.network} (${a === b ? a : `${a}, ${b}`}${where})`;
}
