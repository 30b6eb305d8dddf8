import { bytes } from '../../report/text.js';
import { namesOf } from '../answers-to-draft.js';
import { NEW_ZVOL } from '../devices.js';
import { type Context, list, type Question } from '../types.js';

/** The pools that a new volume is made in, one on each node. */
export const pools: Question = {
  id: 'pools',
  section: 'Storage',
  label: 'Pools of the volume',
  key: 'resources.NAME.zvol.pool',
  needs: ['providers'],
  finding: 'pair',
  applies: ({ answers }) => list(answers.providers).includes(NEW_ZVOL),
  derive: (context) => {
    const found = combinations(context);
    return found.length === 1 ? found[0]!.value.split(' ') : undefined;
  },
  ask: (context) => ({
    kind: 'choose',
    message: 'In which pools should the volume be created?',
    choices: combinations(context),
    other: {
      name: 'Others, or a data set in them, typed in',
      ask: { kind: 'type', message: `Pool on ${namesOf(context).join(', pool on ')}:` },
    },
  }),
  help: () => `A volume (zvol) of the same size is made in a pool of each node and replicated.
The pools stay where they are and need not have the same name; only the volume's
content moves.`,
  validate: (answer) =>
    list(answer).length === 2 ? undefined : "two pools, the first node's and the second's",
  checks: ['pool-missing'],
};

function combinations({ pair }: Context): { value: string; name: string }[] {
  if (!pair) return [];
  const [first, second] = pair.facts.map(({ zfs }) => zfs.pools);
  const all = first!.flatMap((a) =>
    second!.map((b) => ({
      value: `${a.name} ${b.name}`,
      name: `${a.name} (${bytes(a.free)} free) and ${b.name} (${bytes(b.free)} free)`,
      same: a.name === b.name,
    })),
  );
  return all.sort((a, b) => Number(b.same) - Number(a.same)).map(({ value, name }) => ({ value, name }));
}
