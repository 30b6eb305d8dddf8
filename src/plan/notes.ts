import { readHastConf } from '../formats/hast-node.js';
import { STOP_WITHIN } from '../spec/serving.js';
import { leavingResources, wantedHastConf } from './hast-change.js';
import { leavingServices, releasesOn } from './releases.js';
import type { PlanInput } from './types.js';

/** Things worth knowing that stop nothing. */
export function notesFor(input: PlanInput): string[] {
  return [
    ...nfsLimits(input),
    ...keysOnBoth(input),
    ...nestedPools(input),
    ...startedAtBoot(input),
    ...slowAtShutdown(input),
    ...forgottenMode(input),
    ...servicesLeftRunning(input),
    ...copiesLeft(input),
  ];
}

/** What NFS clients keep through a move depends on the version, and is worth knowing before it is chosen. */
function nfsLimits({ spec }: PlanInput): string[] {
  const nfs = spec.services.find((service) => service.type === 'nfs');
  if (nfs === undefined) return [];
  if (nfs.version !== 4) return [];
  return [
    'NFS version 4: after each move clients may open and write only when all of them have reclaimed what they had, or after 135 seconds (lease and grace are compiled into the kernel)',
    'NFS version 4: a node that has served once gives no second grace period until it has rebooted, so after a move the other node is ready to serve only when it was rebooted; version 3 needs none of this',
  ];
}

/** rc.shutdown(8) ends everything after rcshutdown_timeout, and some of the time is for the storage itself. */
function slowAtShutdown({ spec, facts }: PlanInput): string[] {
  const seconds = spec.services.reduce(
    (sum, one) => sum + (one.type === 'rc' || one.type === 'jail' ? (one.stopWithin ?? STOP_WITHIN) : 0),
    0,
  );
  return spec.nodes.flatMap(({ name: node }) => {
    const limit = Number(facts[node]!.rc.rcshutdown_timeout ?? RCSHUTDOWN_TIMEOUT);
    if (!(limit > 0) || seconds + STORAGE_SECONDS <= limit) return [];
    const wanted = seconds + STORAGE_SECONDS;
    return [
      `${node}: the services may take ${seconds} s to stop, and a shutdown ends everything after ${limit} s: sysrc rcshutdown_timeout=${wanted}, and sysctl kern.init_shutdown_timeout=${wanted + 30}`,
    ];
  });
}

/** FreeBSD's own (rc.conf(5)). */
const RCSHUTDOWN_TIMEOUT = 90;
/** What an unmount, an export and the words to the peer may take. */
const STORAGE_SECONDS = 30;

/** Nobody but the administrator has the key; without it the other node cannot take the storage over. */
function keysOnBoth({ spec }: PlanInput): string[] {
  return spec.storage.flatMap((one) =>
    one.type === 'zfs' && one.keyFile !== undefined
      ? [
          `pool ${one.pool}: its key has to be in ${one.keyFile} on both nodes, readable by root alone, and somewhere else besides`,
        ]
      : [],
  );
}

/** Two ZFS wait for each other's memory where one lies on the other (freebsd-facts: zvols). */
function nestedPools({ spec }: PlanInput): string[] {
  return spec.storage.flatMap((one) => {
    if (one.type !== 'zfs') return [];
    const inside = one.resources.filter((name) =>
      spec.resources.some((resource) => resource.name === name && resource.zvol),
    );
    if (inside.length === 0) return [];
    return [
      `pool ${one.pool} lies on volumes of another pool (${inside.join(', ')}): both cache the same blocks, and a machine short of memory may hang; disks or partitions below ${one.pool} are better`,
    ];
  });
}

/** What rc starts at boot runs on both nodes, without the storage that it lives on. */
function startedAtBoot({ spec, facts }: PlanInput): string[] {
  return spec.nodes.flatMap(({ name: node }) =>
    spec.services.flatMap((service) => {
      if (service.type !== 'rc' || !facts[node]!.services[service.name]?.enabled) return [];
      return [
        `${service.name} on ${node} is started at boot, where the storage may not be: sysrc ${service.name}_enable=NO`,
      ];
    }),
  );
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
