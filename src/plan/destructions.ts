import type { NodeFacts, ProviderFacts } from '../facts/types.js';
import { parseHastConf } from '../formats/hast-conf.js';
import { isAsApplied } from './applied.js';
import { resourcesInHastConf } from './foreign.js';
import { currentProvider } from './hast-change.js';
import { toldAgent } from './told.js';
import type { Destruction, PlanInput } from './types.js';

const HAST_CONF = '/etc/hast.conf';

/** Everything that this plan would lose, with or without consent. Providers that are in use are preflight's. */
export function findDestructions(input: PlanInput): Destruction[] {
  return input.spec.nodes.flatMap((node) => {
    const facts = input.facts[node.name]!;
    return [
      ...lostProviders(input, facts),
      ...lostHastConf(input, facts),
      ...lostResources(input, facts),
      ...lostDevices(input, facts),
    ];
  });
}

/** Whether `hastctl create` has to run for this resource on this node. */
export function needsCreate(resource: string, path: string, facts: NodeFacts): boolean {
  // What hastctl dumps is on the provider that the node has now, which may be another one.
  const now = currentProvider(resource, facts);
  if ((now === undefined || now === path) && facts.hast.metadata[resource] !== undefined) return false;
  return facts.providers[path]?.hastMetadata?.resource !== resource;
}

/** Gone from under a running resource: never made anew by apply, whatever is consented to (preflight says the way). */
export function isMetadataLost(resource: string, path: string, facts: NodeFacts): boolean {
  const role = facts.hast.resources[resource]?.role ?? 'init';
  const exchanged = (currentProvider(resource, facts) ?? path) !== path;
  return role !== 'init' && !exchanged && needsCreate(resource, path, facts);
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
    if (isMetadataLost(resource.name, path, facts)) return [];
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

/** What would be lost with it, for people; empty: it is blank as far as can be seen. */
export function contentOf(provider: ProviderFacts): string[] {
  const uses = provider.uses.map((use) => use.detail);
  const other = provider.hastMetadata ? [`HAST metadata of resource ${provider.hastMetadata.resource}`] : [];
  return [...uses, ...other];
}

function lostHastConf(input: PlanInput, facts: NodeFacts): Destruction[] {
  const current = facts.files[HAST_CONF];
  if (current === undefined) return [];
  const wanted = input.files.find((file) => file.node === facts.node && file.path === HAST_CONF);
  if (wanted?.kind === 'whole' && wanted.content === current.content) return [];
  const pair = otherPair(input, facts, current.content);
  const ours =
    pairInHastConf(current.content) !== undefined || isAsApplied(HAST_CONF, current.content, facts);
  if (ours && pair === undefined) return [];
  const what =
    pair === undefined
      ? 'a hast.conf that hastconf did not write'
      : `the configuration of another pair, ${pair}`;
  const loses = [
    `${what} (a backup is kept in /var/db/hastconf/backups)`,
    ...resourcesInHastConf(current.content)
      .filter((name) => !input.spec.resources.some((resource) => resource.name === name))
      .map((name) => `its resource ${name}, which the cluster file does not have`),
  ];
  return [{ node: facts.node, what: HAST_CONF, loses, consented: consentFor(input, facts.node, HAST_CONF) }];
}

/** The first line of every hast.conf of ours, whole: the name of a program in a comment makes no file ours. */
function pairInHastConf(content: string): string | undefined {
  const [first = ''] = content.split('\n', 1);
  const line =
    /^# hast\.conf of the pair (\S+)\. Made by hastconf and the same on both nodes: change cluster\.yaml$/;
  return line.exec(first)?.[1];
}

/**
 * The name of the pair that the node was set up for, where it is not this one; whatever runs there. With the same
 * nodes, resources and providers it is this pair under a new name.
 */
function otherPair(input: PlanInput, facts: NodeFacts, hastConf: string): string | undefined {
  const { cluster, peer } = toldAgent(facts).variables;
  const names = [pairInHastConf(hastConf), cluster];
  const other = names.find((name) => name !== undefined && name !== '' && name !== input.spec.name);
  if (other === undefined) return undefined;
  const samePeer = peer === undefined || input.spec.nodes.some(({ name }) => name === peer);
  return samePeer && describesThisPair(input, hastConf) ? undefined : other;
}

function describesThisPair({ spec }: PlanInput, hastConf: string): boolean {
  const { ok, config } = parseHastConf(hastConf);
  return (
    ok &&
    config.resources.every(({ name, nodes }) => {
      const resource = spec.resources.find((one) => one.name === name);
      return nodes.every(({ node, local }) => resource?.local[node] === local);
    })
  );
}

/**
 * Resources that the node has now and the new hast.conf lacks: a reload drives them to init. Also while hastd is off
 * or their role is init, as after a boot: then the file alone knows of them.
 */
function lostResources(input: PlanInput, facts: NodeFacts): Destruction[] {
  const wanted = new Set(input.spec.resources.map((resource) => resource.name));
  const content = facts.files[HAST_CONF]?.content ?? '';
  const inFile = pairInHastConf(content) === undefined ? [] : resourcesInHastConf(content);
  const names = [...new Set([...Object.keys(facts.hast.resources), ...inFile])];
  return names
    .filter((name) => !wanted.has(name))
    .map((name) => {
      const role = facts.hast.resources[name]?.role;
      const state = role === undefined ? 'HAST resource' : 'running HAST resource';
      return {
        node: facts.node,
        what: name,
        loses: [
          `${state} ${name}${role === undefined ? '' : ` (${role})`}: its device would be taken away; the data on its disk stay`,
        ],
        consented: consentFor(input, facts.node, name),
      };
    });
}

/**
 * What is on the device of a resource that is to be formatted; it can only be read once the resource is primary, so
 * the step itself looks, refuses, and names the consent that it wants.
 */
function lostDevices(input: PlanInput, { node }: NodeFacts): Destruction[] {
  return input.spec.resources.flatMap(({ name }) => {
    const what = `/dev/hast/${name}`;
    if (!consentFor(input, node, what)) return [];
    return [{ node, what, loses: ['whatever is on it'], consented: true }];
  });
}
