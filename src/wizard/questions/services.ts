import { type Answer, list, type Question } from '../types.js';

const NONE = 'none';

/** What serves the storage and moves with it. */
export const services: Question = {
  id: 'services',
  section: 'Storage',
  label: 'Services',
  key: 'services[].name',
  optional: true,
  needs: ['use'],
  finding: 'pair',
  ask: () => ({ kind: 'type', message: 'Which services should move with the storage?', default: NONE }),
  help: () => `Names of rc scripts as in "service NAME start", with spaces between several:
postgresql, for example. They must be installed on both nodes and keep their data
on the storage. They are stopped before it leaves a node and started where it
arrives. NFS exports, iSCSI targets and Samba shares are not switched yet: what
the cluster file says of those is only checked.`,
  paths: () => [['services']],
  show: (answer) => serviceNames(answer).join(', ') || NONE,
};

/** The rc services of an answer to the question above. */
export function serviceNames(answer: Answer | undefined): string[] {
  return list(answer).filter((name) => name !== NONE);
}
