import { bytes, clip, table } from '../../report/text.js';
import { namesOf } from '../answers-to-draft.js';
import { NEW_ZVOL, pairValue, providerPairs, TYPED } from '../devices.js';
import { matchProviders, type ProviderPair } from '../propose/providers.js';
import { type Choice, type Context, list, type Question } from '../types.js';

/** What the replicated storage is made of. */
export const providers: Question = {
  id: 'providers',
  section: 'Storage',
  label: 'Providers',
  key: 'resources.NAME.local, or resources.NAME.zvol',
  needs: ['login1', 'login2'],
  finding: 'pair',
  intro,
  ask: (context) => {
    const choices = choicesOf(context);
    const first = providerPairs(context)[0];
    const blank = first && first.holds.flat().length === 0;
    return {
      kind: 'mark',
      message: 'Which of these should be replicated? One resource each.',
      choices,
      default: blank ? [pairValue(first.paths)] : choices.length === 1 ? [choices[0]!.value] : [],
    };
  },
  help: (context) => `A provider is a disk, a partition or a ZFS volume. Each one marked here becomes a
resource: the same bytes on ${namesOf(context).join(' and ')}, kept equal by HAST. Both sides must
have exactly the same size; only such pairs are listed. What is on them is lost;
you are asked for that by name before anything happens. Leave the system disk and
anything that you still need alone.`,
  validate: (answer) => (list(answer).length === 0 ? 'mark at least one' : undefined),
  paths: () => [['resources']],
  checks: CHECKS(),
  show: (answer) =>
    list(answer)
      .map((value) => (value === NEW_ZVOL ? 'a new ZFS volume' : value === TYPED ? 'typed in' : shown(value)))
      .join(', '),
};

/** Preflight checks that judge providers. */
export function CHECKS(): string[] {
  return [
    ...['provider-missing', 'provider-in-use', 'provider-sizes-differ', 'sector-sizes-differ'],
    ...['pool-missing', 'zvol-size-differs', 'pool-too-small'],
  ];
}

function shown(value: string): string {
  const [first, second] = value.split('=');
  return first === second ? `${first}` : `${first} and ${second}`;
}

function choicesOf(context: Context): Choice[] {
  const { pair } = context;
  const pools = pair?.facts.every(({ zfs }) => zfs.pools.length > 0);
  return [
    ...providerPairs(context).map((one) => ({ value: pairValue(one.paths), name: named(one) })),
    ...(pools ? [{ value: NEW_ZVOL, name: 'A new ZFS volume in a pool of each node' }] : []),
    { value: TYPED, name: 'Others, typed in: GEOM labels, for example' },
  ];
}

function named({ paths, size, holds }: ProviderPair): string {
  const both = paths[0] === paths[1] ? `${paths[0]} on both` : paths.join(' and ');
  const lost = holds.flat();
  return clip(`${both}, ${bytes(size)}, ${lost.length === 0 ? 'blank' : `HOLDS ${lost[0]}`}`, 70);
}

/** Everything that was found, side by side. */
function intro(context: Context): string {
  const { pair } = context;
  if (!pair) return '';
  const { pairs, leftovers } = matchProviders(pair.facts);
  const [first, second] = pair.names;
  const rows = pairs.map(({ paths, size, holds }) => [
    bytes(size),
    ...paths.map((path, at) =>
      clip(`${path} ${holds[at]!.length === 0 ? 'blank' : holds[at]!.join('; ')}`, 33),
    ),
  ]);
  const heads = rows.length === 0 ? [] : table([['size', first, second], ...rows]);
  const rest = leftovers.map(({ node, path, size, why }) => {
    return clip(`  ${node} ${path}${size === undefined ? '' : ` ${bytes(size)}`}: ${why}`, 78);
  });
  return [
    ...(rows.length === 0 ? ['No free disks of equal size on both nodes.'] : heads),
    ...(rest.length === 0 ? [] : ['Not offered:', ...rest]),
  ].join('\n');
}
