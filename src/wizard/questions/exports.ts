import { mountpointsOf } from '../../spec/check/storage.js';
import { draftOf } from '../answers-to-draft.js';
import { type Context, list, type Question } from '../types.js';
import { carpLinkOf } from './carp-link.js';

/** What NFS shares, and with whom. */
export const exports: Question = {
  id: 'exports',
  section: 'Storage',
  label: 'NFS exports',
  key: 'services[].exports',
  needs: ['services', 'mounts', 'pool', 'carpLink'],
  finding: 'pair',
  applies: ({ answers }) => list(answers.services).includes('nfs'),
  ask: (context) => ({
    kind: 'type',
    message: 'Lines of exports(5), with ; between them:',
    default: proposed(context),
  }),
  help: () => `As in /etc/exports: the path, options, and who may mount it. The proposal shares
every file system with the network of the CARP address.`,
  paths: () => [['services']],
};

function proposed(context: Context): string {
  const network = carpLinkOf(context)?.network;
  const options = network === undefined || network.includes(':') ? '' : ` -network ${network}`;
  return mountpointsOf(draftOf(context))
    .map(([path]) => `${path}${options}`)
    .join('; ');
}
