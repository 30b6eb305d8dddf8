import { nodeFlag } from './node.js';
import { resourceFlag } from './resource.js';
import { scalarFlags, unicastFlag, witnessFlag } from './scalars.js';
import { serviceFlag, storageFlag } from './serving.js';
import { GROUPS, type SpecFlag } from './types.js';

const ORDER = Object.keys(GROUPS);
const ALL = [nodeFlag, ...scalarFlags, unicastFlag, resourceFlag, storageFlag, serviceFlag, witnessFlag];

/** A flag for every value of the cluster file, in the order of its groups: the one source of all that names them. */
export const SPEC_FLAGS: readonly SpecFlag[] = [...ALL].sort(
  (a, b) => ORDER.indexOf(a.group) - ORDER.indexOf(b.group),
);

/** What to type for the value at this place of the cluster file, for example `--vhid <1-255>`. */
export function flagFor(path: readonly (string | number)[]): string | undefined {
  for (let length = path.length; length > 0; length--) {
    for (const { name, gives } of SPEC_FLAGS) {
      const found = Object.entries(gives).find(([pattern]) =>
        fits(pattern.split('.'), path.slice(0, length)),
      );
      if (!found) continue;
      const typed = found[1].replace('*', String(path[1] ?? 'NAME'));
      return typed === '' ? `--${name}` : `--${name} ${typed}`;
    }
  }
  return undefined;
}

function fits(pattern: readonly string[], path: readonly (string | number)[]): boolean {
  return (
    pattern.length === path.length && pattern.every((key, at) => key === '*' || key === String(path[at]))
  );
}
