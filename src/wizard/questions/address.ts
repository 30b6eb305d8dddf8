import { parseCidr } from '../../spec/address.js';
import { addressCandidates } from '../propose/carp.js';
import { inNetwork } from '../propose/links.js';
import { type Context, type Question, text } from '../types.js';
import { carpLinkOf } from './carp-link.js';

/** The address that moves. */
export const address: Question = {
  id: 'address',
  section: 'Network',
  label: 'CARP address',
  key: 'carp.address',
  needs: ['carpLink'],
  finding: 'survey',
  ask: (context) => {
    const free = proposed(context);
    return {
      kind: 'type',
      message: 'Address that the clients will use:',
      ...(free === undefined ? {} : { default: free }),
    };
  },
  help: (context) => `One more address in the clients' network${networkText(context)}. It belongs to no
machine: the node that serves the storage holds it, and when that node fails the
other one takes it over within seconds. Good: free, outside of what DHCP gives
away, and entered in DNS. The one proposed did not answer a ping.`,
  tidy: (answer, context) => {
    const link = carpLinkOf(context);
    return answer.includes('/') || !link ? answer : `${answer}/${link.prefixLength}`;
  },
  validate: (answer, context) => {
    const parsed = parseCidr(text(answer) ?? '');
    const link = carpLinkOf(context);
    if (!parsed || !link || inNetwork(parsed.text, link.network)) return undefined;
    return `is not in ${link.network}, the network of ${link.interfaces.join(' and ')}`;
  },
  paths: () => [['carp', 'address']],
  checks: ['carp-address-in-use'],
};

function proposed(context: Context): string | undefined {
  const link = carpLinkOf(context);
  if (!link || !context.pair) return undefined;
  const taken = context.survey?.taken ?? [];
  const free = addressCandidates(link, context.pair.facts).find((one) => !taken.includes(one));
  return free === undefined ? undefined : `${free}/${link.prefixLength}`;
}

function networkText(context: Context): string {
  const link = carpLinkOf(context);
  return link ? `, ${link.network}` : '';
}
