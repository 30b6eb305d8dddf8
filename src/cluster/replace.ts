import type { Problem } from '../errors.js';
import { BLANK } from '../facts/ends-script.js';
import type { HastMetadataFacts, NodeFacts } from '../facts/types.js';
import { contentOf, usersOf } from '../plan/destructions.js';
import { currentProvider } from '../plan/hast-change.js';
import { unanswered } from '../plan/preflight/unanswered.js';
import type { Destruction, PairFacts, Step } from '../plan/types.js';
import { type ClusterSpec, peerOf, type ResourceSpec } from '../spec/types.js';
import { agentView } from './agent-view.js';
import { newCopyStep, type Shown } from './new-copy.js';
import { rejoinStep } from './resolve.js';
import { survivorProblems } from './survivor.js';

/** A provider that is to carry a copy again. */
export interface Replacement {
  spec: ClusterSpec;
  node: string;
  /** Name of the HAST resource. */
  resource: string;
  /** Consents, `NODE:PROVIDER` each. */
  destroy: readonly string[];
}

interface ReplacementPlan {
  problems: readonly Problem[];
  /** What lies on the new provider; at most one. */
  destructions: readonly Destruction[];
  /** Empty: a copy is there, and HAST keeps it. */
  steps: readonly Step[];
}

/** The way of a new provider to a second copy; pure. */
export function planReplacement(wish: Replacement, facts: PairFacts): ReplacementPlan {
  const { spec, node } = wish;
  const own = facts[node]!;
  const resource = spec.resources.find(({ name }) => name === wish.resource)!;
  const blind = Object.values(facts).flatMap(unanswered);
  const guards = [...blind, ...survivorProblems(spec, node, facts), ...nodeProblems(own)];
  const problems = [...guards, ...(own.hast.running ? providerProblems(wish, resource, facts) : [])];
  if (problems.length > 0) return { problems, destructions: [], steps: [] };
  if (isKept(own, resource.name)) {
    const runs = own.services.carp_hast?.running === true;
    return { problems, destructions: [], steps: runs ? [] : [rejoinStep(node, false)] };
  }
  const shown = shownOn(own, resource)!;
  return {
    problems,
    destructions: lost(wish, own, resource, shown),
    steps: [newCopyStep(spec, node, resource, shown), rejoinStep(node, false)],
  };
}

/** HAST has a worker over readable metadata that has met no error: there is nothing to replace. */
function isKept(own: NodeFacts, name: string): boolean {
  const { hast } = own;
  const running = hast.resources[name];
  if (hast.metadata[name] === undefined || running?.role !== 'secondary') return false;
  return running.status === 'complete' && errorsOf(own, name) === 0;
}

function nodeProblems(own: NodeFacts): Problem[] {
  const { node, agentError, hast } = own;
  const view = agentView(own);
  const problems: Problem[] = [];
  if (!view) {
    const message = `the agent on ${node} does not answer: ${agentError ?? 'it is not installed'}`;
    problems.push({ id: 'agent-answers', node, message, remedy: 'hastconf apply sets it up and starts it' });
  }
  if (!hast.running) {
    const message = `hastd does not answer on ${node}`;
    problems.push({ id: 'hastd-down', node, message, remedy: `on ${node}: service hastd start` });
  }
  if (view?.maintenanceUntil !== undefined) {
    const message = `${node} is under maintenance: its agent would give it no role`;
    problems.push({ id: 'no-maintenance', node, message, remedy: 'hastconf maintenance off' });
  }
  return problems;
}

function providerProblems({ node }: Replacement, resource: ResourceSpec, facts: PairFacts): Problem[] {
  const own = facts[node]!;
  const path = resource.local[node]!;
  const provider = own.providers[path];
  const problem = (id: string, message: string, remedy: string): Problem[] => [{ id, node, message, remedy }];
  const now = currentProvider(resource.name, own);
  if (now !== path) {
    return problem(
      'provider-moved',
      `hastd on ${node} has ${now ?? 'no provider'} for ${resource.name}, and the cluster file says ${path}`,
      'hastconf apply exchanges it; the copy on the new provider is made there',
    );
  }
  if (!provider?.exists)
    return problem('provider-missing', `${node} has no ${path}`, missingRemedy(resource, node));
  const users = usersOf(provider).join('; ');
  if (users !== '')
    return problem(
      'provider-in-use',
      `${path} on ${node} is in use: ${users}`,
      'free it first, then this again',
    );
  if (shownOn(own, resource) === undefined || provider.mediaSize === undefined)
    return problem(
      'provider-unread',
      `${path} on ${node} could not be read`,
      `look at the disk, on ${node}: diskinfo -v ${path}`,
    );
  return [...sizeProblems(resource, node, facts), ...survivorDisk(resource, node, facts)];
}

/** What the survivor's disk cannot read any more may be on the older copy alone. */
function survivorDisk(resource: ResourceSpec, node: string, facts: PairFacts): Problem[] {
  const { name, local } = resource;
  const other = Object.keys(facts).find((one) => one !== node)!;
  const errors = errorsOf(facts[other]!, name);
  if (errors === 0 || shownOn(facts[node]!, resource)?.kind !== 'old' || isKept(facts[node]!, name))
    return [];
  return [
    {
      id: 'survivor-disk',
      node: other,
      message: `${name} has met ${errors} I/O errors on the disk of ${other}, which is to stay, and ${local[node]} on ${node} holds an older copy`,
      remedy: `copy what is on /dev/hast/${name} to a safe place first; a blank disk in place of ${local[node]} is taken`,
    },
  ];
}

function errorsOf({ hast }: NodeFacts, name: string): number {
  const errors = hast.resources[name]?.localErrors;
  return errors === undefined ? 0 : Object.values(errors).reduce((sum, count) => sum + count, 0);
}

function missingRemedy({ zvol }: ResourceSpec, node: string): string {
  if (zvol) return `make the volume on ${node}: zfs create -V ${zvol.size} ${zvol.pool[node]}/${zvol.name}`;
  return 'put the new disk in its place, or name another one in the cluster file and run hastconf apply';
}

/**
 * Only equal providers work together: a smaller one cannot hold the data, and a secondary lays its dirty map out by its
 * provider's own size (secondary.c), also where `create -m` was told a smaller one: over the beginning of the data.
 */
function sizeProblems({ name, local }: ResourceSpec, node: string, facts: PairFacts): Problem[] {
  const other = Object.keys(facts).find((one) => one !== node)!;
  const [own, good] = [facts[node]!.providers[local[node]!], facts[other]!.providers[local[other]!]];
  if (!own?.mediaSize || !good?.mediaSize) return [];
  const sizes = `${local[node]} on ${node} has ${own.mediaSize} bytes, the good copy of ${name} (${local[other]} on ${other}) ${good.mediaSize}`;
  if (own.mediaSize < good.mediaSize) {
    const remedy = 'use a disk or partition of the same size';
    return [{ id: 'provider-too-small', node, message: sizes, remedy }];
  }
  if (own.mediaSize > good.mediaSize) {
    const sectors = good.mediaSize / (good.sectorSize ?? 512);
    const remedy = `HAST needs equal sizes: make a partition of ${sectors} sectors on it (gpart add -s ${sectors}), name that in the cluster file, and run hastconf apply`;
    return [{ id: 'provider-too-large', node, message: sizes, remedy }];
  }
  if (own.sectorSize === good.sectorSize) return [];
  const message = `sectors of ${own.sectorSize} bytes on ${local[node]} (${node}), of ${good.sectorSize} on ${local[other]} (${other})`;
  return [{ id: 'sector-sizes-differ', node, message, remedy: 'use a provider with the same sector size' }];
}

function shownOn({ node, hast, providers }: NodeFacts, { name, local }: ResourceSpec): Shown | undefined {
  const dump = hast.metadata[name];
  if (dump) return isUnused(dump) ? { kind: 'new' } : { kind: 'old', resuid: dump.resuid };
  const ends = providers[local[node]!]?.ends;
  return ends === undefined ? undefined : { kind: 'ends', ends };
}

/** As `hastctl create` leaves it: no primary has met it yet. */
function isUnused({ resuid, localcnt, remotecnt }: HastMetadataFacts): boolean {
  return resuid === '0' && localcnt === 0 && remotecnt === 0;
}

function lost(
  { destroy }: Replacement,
  own: NodeFacts,
  { name, local }: ResourceSpec,
  shown: Shown,
): Destruction[] {
  const { node } = own;
  const what = local[node]!;
  if (shown.kind === 'new' || (shown.kind === 'ends' && shown.ends === BLANK)) return [];
  const found = contentOf(own.providers[what]!);
  const loses = shown.kind === 'old' ? [`an older copy of ${name}`, ...found] : found;
  return [{ node, what, loses, consented: destroy.includes(`${node}:${what}`) }];
}

/** Consents that name what is to stay, or anything else than the provider that is replaced; pure. */
export function wrongConsents({ spec, node, resource, destroy }: Replacement): string[] {
  const path = spec.resources.find(({ name }) => name === resource)!.local[node];
  return destroy.filter((one) => one !== `${node}:${path}`);
}

/**
 * Copies on a machine that is said to be empty; pure. One that has always been a secondary, as a run that broke off
 * leaves it, cannot be newer than its primary's.
 */
export function ownCopies(spec: ClusterSpec, node: string, facts: PairFacts): Problem[] {
  const own = facts[node]!;
  const other = peerOf(spec, node).name;
  return spec.resources.flatMap(({ name, local }): Problem[] => {
    const path = local[node]!;
    const dump = own.hast.metadata[name];
    if (dump === undefined && own.providers[path]?.hastMetadata?.resource !== name) return [];
    if (dump?.localcnt === 0 && dump.prevrole !== 'primary') return [];
    const alone = dump ? ` (written without ${other} ${dump.localcnt} times, ${dump.prevrole} before)` : '';
    return [
      {
        id: 'not-empty',
        node,
        message: `${path} on ${node} holds a copy of ${name}${alone}: it may be newer than ${other}'s, and ${node} is no empty machine`,
        remedy: `if it is the ${node} of before: hastconf status; if this copy may go, on ${node}: dd if=/dev/zero of=${path} bs=4096 count=1`,
      },
    ];
  });
}
