import type { Problem } from '../../errors.js';
import type { NodeFacts, ProviderFacts } from '../../facts/types.js';
import type { ResourceSpec } from '../../spec/types.js';
import { providerPath } from '../../spec/words.js';
import { isMetadataLost, needsCreate, usersOf } from '../destructions.js';
import type { PlanInput } from '../types.js';

/** Providers that are missing, in use by something other than HAST, or unequal between the nodes. */
export function providerProblems(input: PlanInput): Problem[] {
  return input.spec.resources
    .flatMap((resource) => {
      const own = input.spec.nodes.flatMap((node) => nodeProblems(input.facts[node.name]!, resource));
      return own.length > 0 ? own : unequal(input, resource);
    })
    .concat(input.spec.nodes.flatMap((node) => sameDevice(input, node.name)));
}

/** Two names, one device: whichever is written to last destroys the other. */
function sameDevice({ spec, facts }: PlanInput, node: string): Problem[] {
  const places = spec.resources.map(({ name, local }) => {
    const path = local[node]!;
    return { name, path, real: facts[node]!.providers[path]?.linkTo ?? path };
  });
  return places.flatMap(({ name, path, real }, at) => {
    const first = places.slice(0, at).find((other) => other.real === real);
    if (first === undefined) return [];
    return [
      {
        id: 'provider-twice',
        node,
        message: `${path} (resource ${name}) and ${first.path} (resource ${first.name}) are the same device on ${node}: ${real}`,
        remedy: `set resources.${name}.local to another provider`,
      },
    ];
  });
}

/** Only what devfs has is a provider: a link to a file would be grown, truncated and moved by others. */
function noDevice(
  { node }: NodeFacts,
  name: string,
  { path, linkTo, mediaSize, uses }: ProviderFacts,
): Problem[] {
  const elsewhere = linkTo !== undefined && providerPath(linkTo) !== undefined;
  const unread = uses.some(({ kind }) => kind === 'open');
  if (!elsewhere && (mediaSize !== undefined || unread)) return [];
  return [
    {
      id: 'provider-no-disk',
      node,
      message: elsewhere
        ? `${path} on ${node} leads to ${linkTo}, which is no disk, partition or volume`
        : `${path} on ${node} is no disk, partition or volume: it has no size`,
      remedy: `set resources.${name}.local to a disk, a partition, a GEOM device, a zvol or md`,
    },
  ];
}

function nodeProblems(facts: NodeFacts, resource: ResourceSpec): Problem[] {
  const path = resource.local[facts.node]!;
  const provider = facts.providers[path];
  if (!provider?.exists) {
    // A missing zvol is made; volumes.ts looks at its pool.
    return resource.zvol ? [] : [missing(facts, resource, path)];
  }
  const wrong = noDevice(facts, resource.name, provider);
  if (wrong.length > 0) return wrong;
  if (!needsCreate(resource.name, path, facts)) return [];
  if (isMetadataLost(resource.name, path, facts))
    return [metadataLost(facts, resource.name, path, facts.hast.resources[resource.name]!.role)];
  const users = usersOf(provider);
  return users.map((detail) => ({
    id: 'provider-in-use',
    node: facts.node,
    message: `${path} on ${facts.node} is in use: ${detail}`,
    remedy: `free it first (umount, swapoff, zpool export …), or set resources.${resource.name}.local to another provider`,
  }));
}

/** hastd keeps the old metadata in memory and would not notice new ones; its next start fails without any. */
function metadataLost({ node }: NodeFacts, name: string, path: string, role: string): Problem {
  const anew = `hastconf replace --provider ${node}:${name}`;
  return {
    id: 'metadata-lost',
    node,
    message: `${name} is ${role} on ${node}, but ${path} holds no metadata of it any more`,
    remedy:
      role === 'secondary'
        ? `${anew} makes its copy anew from the other node`
        : `leave hastd on ${node} alone, move the storage to the other node (hastconf switchover), then: ${anew}`,
  };
}

function missing(facts: NodeFacts, resource: ResourceSpec, path: string): Problem {
  const disks = facts.disks.map((disk) => disk.path).join(', ');
  return {
    id: 'provider-missing',
    node: facts.node,
    message: `${facts.node} has no ${path} (resource ${resource.name})`,
    remedy: `set resources.${resource.name}.local; disks there: ${disks || 'none'}`,
  };
}

/** Metadata on both nodes that say the same: the larger provider was given the smaller size. */
function isMadeAlike(facts: PlanInput['facts'], name: string): boolean {
  const sizes = Object.values(facts).map(({ hast }) => hast.metadata[name]?.datasize);
  return sizes.every((size) => size !== undefined && size === sizes[0]);
}

function isLargerInUse(facts: PlanInput['facts'], { name, local }: ResourceSpec): boolean {
  const sizes = Object.values(facts).map(({ node, providers }) => providers[local[node]!]?.mediaSize ?? 0);
  const smaller = Math.min(...sizes);
  return Object.values(facts).some(({ hast }) => {
    const metadata = hast.metadata[name];
    return metadata !== undefined && metadata.localoff + metadata.datasize > smaller;
  });
}

function unequal({ spec, facts }: PlanInput, resource: ResourceSpec): Problem[] {
  const [first, second] = spec.nodes.map((node) => ({
    node: node.name,
    provider: facts[node.name]!.providers[resource.local[node.name]!],
  }));
  const [a, b] = [first!.provider, second!.provider];
  if (!a?.exists || !b?.exists) return [];
  const problems: Problem[] = [];
  if (a.mediaSize !== b.mediaSize && !isMadeAlike(facts, resource.name)) {
    const told = `${a.path} on ${first!.node} has ${a.mediaSize} bytes, ${b.path} on ${second!.node} ${b.mediaSize}`;
    const message = `resource ${resource.name}: ${told}`;
    problems.push(
      isLargerInUse(facts, resource)
        ? {
            id: 'provider-too-small',
            message: `${message}; the larger one is in use already, with all of its size`,
            remedy: 'use a provider that is at least as large',
          }
        : {
            id: 'provider-sizes-differ',
            message,
            remedy:
              'HAST needs equal sizes on both nodes: use equal disks, or partitions of equal size; or let it have the smaller size on both: --ignore-check provider-sizes-differ',
          },
    );
  }
  if (a.sectorSize !== b.sectorSize) {
    problems.push({
      id: 'sector-sizes-differ',
      message: `resource ${resource.name}: sectors of ${a.sectorSize} bytes on ${first!.node}, of ${b.sectorSize} on ${second!.node}`,
      remedy: 'use providers with the same sector size',
    });
  }
  return problems;
}
