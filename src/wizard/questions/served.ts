import { type Choice, type Context, list, type Question } from '../types.js';
import { mountedOn, poolOf, rawNames, type Way } from '../used.js';

/** Ways to use the storage, in the words of those who want one. */
const WAYS: Readonly<Record<Way, string>> = {
  nfs: 'Share files with Unix machines (NFS)',
  iscsi: 'Give a block device to another server (iSCSI)',
  samba: 'Share files with Windows machines (Samba)',
  own: 'Run something of your own (rc services, jails)',
};

/** What the storage is for. */
export const served: Question = {
  id: 'served',
  section: 'Storage',
  label: 'Used to',
  key: 'services[].type (nfs, iscsi, samba, rc, jail)',
  optional: true,
  needs: ['use', 'uses', 'names', 'pool', 'mounts'],
  finding: 'pair',
  ask: (context) => ({
    kind: 'mark',
    message: 'What is the storage for? It is started where the storage is.',
    choices: choicesOf(context),
    default: [],
  }),
  help: () => `What is marked here moves with the storage: it is stopped before the storage leaves
a node and started where it arrives, at the shared address. NFS and iSCSI are in
FreeBSD itself; Samba is a package that you install on both nodes. Nothing has to
be marked: then the pair moves the storage and the address, and that is all.`,
  show: (answer) =>
    list(answer)
      .map((way) =>
        (WAYS[way as Way] ?? way).replace(/ \(.*/, '').replace(/^./, (letter) => letter.toLowerCase()),
      )
      .join(', ') || 'nothing yet',
};

/** Only what the storage can be used for: files want a file system, a block device one that nothing is on. */
function choicesOf(context: Context): Choice[] {
  const files = mountedOn(context).length > 0;
  const blocks = rawNames(context).length > 0 || poolOf(context) !== undefined;
  const fits = { nfs: files, iscsi: blocks, samba: files, own: true };
  return (Object.keys(WAYS) as Way[])
    .filter((way) => fits[way])
    .map((value) => ({ value, name: WAYS[value] }));
}
