import { inNetwork } from '../propose/links.js';
import { type Context, type Question, text } from '../types.js';
import { carpLinkOf } from './carp-link.js';

const NONE = 'none';

/** A third machine that tells a node whether it is the one that is cut off. */
export const witness: Question = {
  id: 'witness',
  section: 'Network',
  label: 'Witness',
  key: 'agent.witness',
  optional: true,
  needs: ['carpLink', 'replication', 'address'],
  finding: 'pair',
  derive: (context) => (candidates(context).length === 0 ? NONE : undefined),
  ask: (context) => ({
    kind: 'choose',
    message: 'A third machine that a node can ask whether its network works?',
    choices: [
      ...candidates(context).map((one) => ({ value: one, name: `${one}${roleOf(one, context)}` })),
      { value: NONE, name: 'None', description: 'The state of the network cable alone then decides.' },
    ],
    other: { name: 'Other addresses, typed in', ask: { kind: 'type', message: 'Witness addresses:' } },
  }),
  help: () => `When the nodes lose each other, each asks a witness. The one that reaches neither
its peer nor a witness is the one that is cut off: it does not take the storage,
and gives it up if it has it. Good: something in the clients' network that
answers pings and is nearly always up, such as the default gateway.`,
  paths: () => [['agent', 'witness']],
};

function candidates(context: Context): string[] {
  const { pair } = context;
  const link = carpLinkOf(context);
  if (!pair || !link) return [];
  const gateways = pair.facts.flatMap(({ defaultGateway }) => defaultGateway ?? []);
  const moving = text(context.answers.address)?.split('/')[0];
  const all = [...new Set([...gateways, ...pair.answering])].filter((one) => one !== moving);
  return all.filter((one) => pair.answering.includes(one) && inNetwork(one, link.network));
}

function roleOf(address: string, { pair }: Context): string {
  return pair?.facts.some(({ defaultGateway }) => defaultGateway === address)
    ? ', the default gateway'
    : ', which answers';
}
