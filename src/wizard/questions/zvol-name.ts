import { resourceName } from '../../spec/words.js';
import { NEW_ZVOL } from '../devices.js';
import { type Context, list, type Question, text } from '../types.js';

/** What the new volume is called on both nodes. */
export const zvolName: Question = {
  id: 'zvolName',
  section: 'Storage',
  label: 'Volume name',
  key: 'resources.NAME.zvol.name',
  needs: ['pools'],
  finding: 'pair',
  applies: ({ answers }) => list(answers.providers).includes(NEW_ZVOL),
  ask: (context) => ({ kind: 'type', message: 'Name of the new volume:', default: unused(context) }),
  help: () => `The volume is called POOL/NAME on each node. Letters, digits, dots, dashes and
underscores. A volume of this name that is there already is taken as it is, if
its size fits.`,
  validate: (answer) => resourceName(text(answer) ?? ''),
  checks: ['zvol-size-differs'],
};

function unused({ pair }: Context): string {
  const taken = (pair?.facts ?? []).flatMap(({ zfs }) =>
    zfs.volumes.map(({ name }) => name.replace(/^.*\//, '')),
  );
  for (let number = 0; ; number++) if (!taken.includes(`vol${number}`)) return `vol${number}`;
}
