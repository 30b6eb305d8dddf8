import type { NodeFacts, ProviderFacts } from '../facts/types.js';
import { resourcesInHastConf } from './foreign.js';
import { currentProvider } from './hast-change.js';
import type { Destruction, PlanInput } from './types.js';

/** First words of every hast.conf of ours; a file without them is somebody else's. */
export const OUR_HAST_CONF = 'hastconf';

/** Everything that this plan would lose, with or without consent. Providers that are in use are preflight's. */
export function findDestructions(input: PlanInput): Destruction[] {
  return input.spec.nodes.flatMap((node) => {
    const facts = input.facts[node.name]!;
    return [...lostProviders(input, facts), ...lostHastConf(input, facts), ...lostResources(input, facts)];
  });
}

/** Whether `hastctl create` has to run for this resource on this node. */
export function needsCreate(resource: string, path: string, facts: NodeFacts): boolean {
  // What hastctl dumps is on the provider that the node has now, which may be another one.
  const now = currentProvider(resource, facts);
  if ((now === undefined || now === path) && facts.hast.metadata[resource] !== undefined) return false;
  return facts.providers[path]?.hastMetadata?.resource !== resource;
}

/** Consent as typed or given to --destroy: `NODE:WHAT`. */
export function consentFor(input: Pick<PlanInput, 'destroy'>, node: string, what: string): boolean {
  return input.destroy.includes(`${node}:${what}`);
}

function lostProviders(input: PlanInput, facts: NodeFacts): Destruction[] {
  return input.spec.resources.flatMap((resource) => {
    const path = resource.local[facts.node]!;
    const provider = facts.providers[path];
    if (!provider?.exists || !needsCreate(resource.name, path, facts)) return [];
    if (usersOf(provider).length > 0) return [];
    const loses = contentOf(provider);
    if (loses.length === 0) return [];
    return [{ node: facts.node, what: path, loses, consented: consentFor(input, facts.node, path) }];
  });
}

/**
 * What holds a provider open now; no consent helps against that. HAST itself opens without the exclusive bit,
 * so w without e is not a stranger.
 */
export function usersOf({ uses, open }: ProviderFacts): string[] {
  const users = uses.filter(({ kind }) => kind === 'mounted' || kind === 'swap' || kind === 'open');
  if (users.length === 0 && (open?.exclusive ?? 0) === 0) return [];
  const shown = users.length > 0 ? users : uses;
  return shown.length > 0 ? shown.map(({ detail }) => detail) : ['it is open exclusively'];
}

function contentOf(provider: ProviderFacts): string[] {
  const uses = provider.uses.map((use) => use.detail);
  const other = provider.hastMetadata ? [`HAST metadata of resource ${provider.hastMetadata.resource}`] : [];
  return [...uses, ...other];
}

function lostHastConf(input: PlanInput, facts: NodeFacts): Destruction[] {
  const current = facts.files['/etc/hast.conf'];
  if (current === undefined || isOurs(current.content)) return [];
  const wanted = input.files.find((file) => file.node === facts.node && file.path === '/etc/hast.conf');
  if (wanted?.kind === 'whole' && wanted.content === current.content) return [];
  const loses = [
    'a hast.conf that hastconf did not write (a backup is kept in /var/db/hastconf/backups)',
    ...resourcesInHastConf(current.content)
      .filter((name) => !input.spec.resources.some((resource) => resource.name === name))
      .map((name) => `its resource ${name}, which the cluster file does not have`),
  ];
  const what = '/etc/hast.conf';
  return [{ node: facts.node, what, loses, consented: consentFor(input, facts.node, what) }];
}

function isOurs(hastConf: string): boolean {
  return hastConf.split('\n', 3).some((line) => line.startsWith('#') && line.includes(OUR_HAST_CONF));
}

/** Resources that hastd runs now and the new hast.conf lacks: a reload drives them to init. */
function lostResources(input: PlanInput, facts: NodeFacts): Destruction[] {
  const wanted = new Set(input.spec.resources.map((resource) => resource.name));
  return Object.values(facts.hast.resources)
    .filter((resource) => !wanted.has(resource.name) && resource.role !== 'init')
    .map((resource) => ({
      node: facts.node,
      what: resource.name,
      loses: [
        `running HAST resource ${resource.name} (${resource.role}): its device would be taken away; the data on its disk stay`,
      ],
      consented: consentFor(input, facts.node, resource.name),
    }));
}
