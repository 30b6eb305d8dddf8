import { unnamedDevices } from '../devices.js';
import type { Choice, Question } from '../types.js';

export const USES: Readonly<Record<string, string>> = {
  ufs: 'UFS: one file system on each resource',
  zfs: 'ZFS: one pool over all of them',
  raw: 'Nothing: the bare device, for iSCSI or a database of its own',
};

/** What goes onto the resources. */
export const use: Question = {
  id: 'use',
  section: 'Storage',
  label: 'On the resources',
  key: 'storage[].type (ufs, zfs, raw)',
  optional: true,
  needs: ['providers', 'devices'],
  finding: 'pair',
  ask: (context) => {
    const several = unnamedDevices(context).length > 1;
    const choices: Choice[] = Object.entries(USES).map(([value, name]) => ({
      value,
      name: several ? name : name.replace(' on each resource', '').replace(' over all of them', ''),
    }));
    if (several) choices.push({ value: 'each', name: 'Different things: asked for each resource' });
    return { kind: 'choose', message: 'What should be on it?', choices, default: 'ufs' };
  },
  show: (answer) => (answer === 'each' ? 'different things' : (USES[String(answer)] ?? String(answer))),
  help: () => `UFS with a journal needs little memory and is checked and mounted within a second
after a fail-over. ZFS has snapshots and checksums, and can mirror over several
resources; it wants some gigabytes of memory on both nodes. A bare device is for
something that brings its own format.`,
};
