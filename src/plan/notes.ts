import { readHastConf } from '../formats/hast-node.js';
import { leavingResources, wantedHastConf } from './hast-change.js';
import { leavingServices, releasesOn } from './releases.js';
import type { PlanInput } from './types.js';

/** Things worth knowing that stop nothing. */
export function notesFor(input: PlanInput): string[] {
  return [
    ...unmanagedServices(input),
    ...forgottenMode(input),
    ...servicesLeftRunning(input),
    ...copiesLeft(input),
  ];
}

function unmanagedServices({ spec }: PlanInput): string[] {
  const unmanaged = spec.services.filter((service) => service.type !== 'rc').map((service) => service.type);
  if (unmanaged.length === 0) return [];
  return [
    `services of type ${[...new Set(unmanaged)].join(', ')} are not started or stopped by this version of the agent: ` +
      'put a program into /usr/local/etc/hastconf/hooks.d, or name the rc service with `type: rc`',
  ];
}

/** A primary takes a new replication mode, and its next reconnection goes back to the one it started with (hastd.c). */
function forgottenMode(input: PlanInput): string[] {
  const facts = input.facts[input.primary]!;
  const primaries = Object.values(facts.hast.resources).filter(({ role }) => role === 'primary');
  const wanted = wantedHastConf(input, facts.node);
  const read = wanted === undefined ? undefined : readHastConf(wanted, facts.identity);
  if (!read?.ok) return [];
  const changed = primaries.filter(({ name, replication }) =>
    read.resources.some((one) => one.name === name && one.replication !== replication),
  );
  if (changed.length === 0) return [];
  return [
    `hastd on ${facts.node} goes back to the old replication mode at its next reconnection: to make ${input.spec.hast.replication} last, move the storage to ${input.secondary} afterwards (carp-hast-switch demote) and run "service hastd restart" on ${facts.node}, then standby`,
  ];
}

/** A service that only leaves the cluster file goes on running where it is, and nobody moves it any more. */
function servicesLeftRunning(input: PlanInput): string[] {
  const facts = input.facts[input.primary]!;
  if (releasesOn(input, facts).length > 0) return [];
  const left = leavingServices(input, facts).filter((name) => facts.services[name]?.running !== false);
  if (left.length === 0) return [];
  return [
    `${left.join(', ')} on ${facts.node}: left as it is, and from now on the agents neither start nor stop it`,
  ];
}

/** What a resource that goes leaves on the disks, unless another one takes them. */
function copiesLeft(input: PlanInput): string[] {
  const copies = input.spec.nodes.flatMap(({ name: node }) => {
    const facts = input.facts[node]!;
    const taken = input.spec.resources.map(({ local }) => local[node]);
    return leavingResources(input, facts).flatMap((name) => {
      const path = facts.hast.resources[name]?.localPath;
      return path === undefined || taken.includes(path) ? [] : [{ name, copy: `${node}:${path}` }];
    });
  });
  return [...new Set(copies.map(({ name }) => name))].map((name) => {
    const places = copies.filter((one) => one.name === name).map(({ copy }) => copy);
    return `${name} stays on ${places.join(' and ')} with its HAST metadata: a resource of that name there takes it up again`;
  });
}
