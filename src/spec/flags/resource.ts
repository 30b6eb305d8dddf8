import { formatSize } from '../units.js';
import type { SpecFlag } from './types.js';
import { named, splitList, splitOnce } from './words.js';

/** `disk0=/dev/vtbd1`, `disk1=hasta:/dev/da1,hastb:/dev/da2`, `vol0=zvol:tank/vol0:50G`. */
export const resourceFlag: SpecFlag = {
  name: 'resource',
  group: 'storage',
  value: '<name=provider>',
  repeatable: true,
  description:
    'a resource and what carries it: /dev/da1, or NODE:/dev/da1,NODE:/dev/da2, or zvol:POOL/NAME:SIZE[,sparse], or zvol:NODE:POOL/NAME,NODE:POOL/NAME:SIZE[,sparse]',
  gives: {
    resources: 'NAME=/dev/DISK',
    'resources.*': '*=/dev/DISK',
    'resources.*.local': '*=/dev/DISK',
    'resources.*.zvol': '*=zvol:POOL/NAME:SIZE',
  },
  put(sheet, value) {
    const entry = named(value);
    if (!entry) return 'must be NAME=PROVIDER, such as disk0=/dev/da1 or vol0=zvol:tank/vol0:50G';
    const [name, provider] = entry;
    if (!provider.startsWith('zvol:')) {
      sheet.set(['resources', name], { local: onNodes(provider) });
      return undefined;
    }
    const match = /^zvol:(.+):([^:]+)$/.exec(provider);
    const volumes = match ? onNodes(match[1]!) : '';
    const halves = typeof volumes === 'string' ? [split(volumes)] : Object.values(volumes).map(split);
    const [first] = halves;
    if (first === undefined || halves.some((half) => half === undefined))
      return 'must be NAME=zvol:POOL/NAME:SIZE, such as vol0=zvol:tank/vol0:50G';
    if (halves.some((half) => half?.name !== first.name))
      return 'must have the same volume name on both nodes';
    const pool =
      typeof volumes === 'string'
        ? first.pool
        : Object.fromEntries(Object.keys(volumes).map((node, index) => [node, halves[index]!.pool]));
    const [size, ...more] = splitList(match![2]!);
    if (more.length > 1 || (more.length === 1 && more[0] !== SPARSE))
      return `may have only ${SPARSE} behind its size`;
    const sparse = more.length === 1 ? { sparse: true } : {};
    sheet.set(['resources', name], { zvol: { pool, name: first.name, size, ...sparse } });
    return undefined;
  },
  of: ({ resources }) =>
    resources.map(({ name, local, zvol }) => {
      if (!zvol) return `${name}=${perNode(local)}`;
      const volumes = Object.entries(zvol.pool).map(([node, pool]) => [node, `${pool}/${zvol.name}`]);
      const size = `${formatSize(zvol.size)}${zvol.sparse ? `,${SPARSE}` : ''}`;
      return `${name}=zvol:${perNode(Object.fromEntries(volumes))}:${size}`;
    }),
};

const SPARSE = 'sparse';

/** One value for both nodes, or one each: only then there is a comma, or a node before an absolute path. */
function onNodes(text: string): string | Record<string, string> {
  const parts = text.split(',');
  if (parts.length === 1 && !/^[^/:]+:\//.test(text)) return text;
  return Object.fromEntries(
    parts.map((part) => splitOnce(part, ':')).map(([node, value]) => [node, value ?? '']),
  );
}

function perNode(values: Readonly<Record<string, string>>): string {
  const [first, ...rest] = Object.values(values);
  return rest.every((value) => value === first)
    ? first!
    : Object.entries(values)
        .map((entry) => entry.join(':'))
        .join(',');
}

function split(volume: string): { pool: string; name: string } | undefined {
  const place = volume.lastIndexOf('/');
  const [pool, name] = [volume.slice(0, Math.max(0, place)), volume.slice(place + 1)];
  return pool === '' || name === '' ? undefined : { pool, name };
}
