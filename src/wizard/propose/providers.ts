import type { NodeFacts, ProviderFacts } from '../../facts/types.js';
import { usersOf } from '../../plan/destructions.js';

type Two<T> = readonly [T, T];

/** Two providers of equal size, one on each node. */
export interface ProviderPair {
  paths: Two<string>;
  /** Bytes. */
  size: number;
  /** What would be lost, on each node. */
  holds: Two<readonly string[]>;
}

/** A disk that cannot serve, and why. */
export interface Leftover {
  node: string;
  path: string;
  size: number | undefined;
  why: string;
}

/** Free disks and volumes of both nodes, matched by size: the same path first, and blank ones with blank ones. */
export function matchProviders(facts: Two<NodeFacts>): { pairs: ProviderPair[]; leftovers: Leftover[] } {
  const [first, second] = [providersOf(facts[0]), providersOf(facts[1])];
  const left = first.filter(isFree);
  const right = second.filter(isFree);
  const pairs: ProviderPair[] = [];
  for (const fits of [samePath, bothBlank, () => true]) {
    for (const one of [...left]) {
      const other = right.find((candidate) => sameShape(one, candidate) && fits(one, candidate));
      if (!other) continue;
      left.splice(left.indexOf(one), 1);
      right.splice(right.indexOf(other), 1);
      pairs.push({
        paths: [one.path, other.path],
        size: one.mediaSize!,
        holds: [lossOf(one, facts[0]), lossOf(other, facts[1])],
      });
    }
  }
  const alone = (own: readonly ProviderFacts[], free: readonly ProviderFacts[], index: 0 | 1) =>
    own.flatMap((provider) => whyNot(provider, free, facts[index].node, facts[1 - index]!.node));
  return { pairs: pairs.sort(blankFirst), leftovers: [...alone(first, left, 0), ...alone(second, right, 1)] };
}

/** Disks, free partitions, and volumes that HAST does not use yet; of a volume only name and size are known here. */
function providersOf({ disks, partitions = [], zfs }: NodeFacts): ProviderFacts[] {
  const volumes = zfs.volumes.map(({ name, size }): ProviderFacts => {
    return { path: `/dev/zvol/${name}`, exists: true, mediaSize: size, sectorSize: 512, uses: [] };
  });
  return [...disks, ...partitions.filter(isFree), ...volumes];
}

function isFree(provider: ProviderFacts): boolean {
  return (provider.mediaSize ?? 0) > 0 && whyInUse(provider) === undefined;
}

/** Mounted, swap, held open, or part of an imported pool. */
function whyInUse(provider: ProviderFacts): string | undefined {
  const users = usersOf(provider);
  return users.length > 0 ? users[0] : undefined;
}

function holdsOf(provider: ProviderFacts): string[] {
  const metadata = provider.hastMetadata ? [`HAST metadata of ${provider.hastMetadata.resource}`] : [];
  return [...provider.uses.map(({ detail }) => detail), ...metadata];
}

/** What would be lost, a running resource named as such. */
function lossOf(provider: ProviderFacts, { hast }: NodeFacts): string[] {
  const running = Object.values(hast.resources).filter(
    ({ localPath, role }) => localPath === provider.path && role !== 'init',
  );
  return [
    ...running.map(({ name, role }) => `running HAST resource ${name} (${role})`),
    ...holdsOf(provider),
  ];
}

function sameShape(a: ProviderFacts, b: ProviderFacts): boolean {
  return (
    a.mediaSize === b.mediaSize && a.sectorSize === b.sectorSize && isVolume(a.path) === isVolume(b.path)
  );
}

function isVolume(path: string): boolean {
  return path.startsWith('/dev/zvol/');
}

/** The name of a volume without its pool. */
function ownName(path: string): string {
  return isVolume(path) ? path.replace(/^.*\//, '') : path;
}

function samePath(a: ProviderFacts, b: ProviderFacts): boolean {
  return ownName(a.path) === ownName(b.path) && (holdsOf(a).length === 0) === (holdsOf(b).length === 0);
}

function bothBlank(a: ProviderFacts, b: ProviderFacts): boolean {
  return holdsOf(a).length === 0 && holdsOf(b).length === 0;
}

function blankFirst(a: ProviderPair, b: ProviderPair): number {
  return (
    a.holds.flat().length - b.holds.flat().length ||
    a.paths[0].localeCompare(b.paths[0], 'en', { numeric: true })
  );
}

function whyNot(
  provider: ProviderFacts,
  unmatched: readonly ProviderFacts[],
  node: string,
  peer: string,
): Leftover[] {
  const leftover = { node, path: provider.path, size: provider.mediaSize };
  const why = whyInUse(provider);
  if (why !== undefined) return [{ ...leftover, why: `in use: ${why}` }];
  if (!provider.mediaSize) return [{ ...leftover, why: 'no medium' }];
  if (!unmatched.includes(provider)) return [];
  return [{ ...leftover, why: `nothing free of exactly this size on ${peer}` }];
}
