import type { NodeFacts } from '../facts/types.js';
import { serviceCall } from '../plan/service-calls.js';
import type { StorageSpec } from '../spec/types.js';
import { askAgent, type Case, type Finding } from './finding.js';
import {
  clusterServices,
  foreignMount,
  hasStorage,
  isHastSilent,
  resourcesOf,
  storageName,
} from './observe.js';

/** Mounts, pools and the services that live on them. */
export function storageFindings(subject: Case): Finding[] {
  return [...subject.spec.storage.flatMap((storage) => oneStorage(storage, subject)), ...services(subject)];
}

function oneStorage(storage: StorageSpec, subject: Case): Finding[] {
  const { facts, blind } = subject;
  const name = storageName(storage);
  const holders = facts.filter((one) => hasStorage(storage, one));
  const foreign = facts.flatMap((one) => foreignFinding(storage, one));
  if (holders.length > 1) {
    const message = `${name} is in use on both nodes`;
    const remedy = 'stop the services on one node and unmount it there at once; every write now may be lost';
    return [...foreign, { id: 'storage-on-both', verdict: 'split', message, remedy }];
  }
  const holder = holders[0];
  if (holder) return [...foreign, ...deviceGone(storage, holder)];
  const resources = resourcesOf(storage);
  const elsewhere = blind && facts.every((one) => resources.every((resource) => isConnected(one, resource)));
  if (elsewhere) return foreign;
  const verb = storage.type === 'ufs' ? 'mounted' : storage.type === 'zfs' ? 'imported' : 'available';
  return [
    ...foreign,
    {
      id: 'storage-not-served',
      verdict: 'down',
      message: `${name} is not ${verb} on ${blind ? 'a node that can be reached' : 'any node'}`,
      remedy: askAgent(subject),
    },
  ];
}

/** `hastctl role` tears the device away under a mounted file system and still answers 0. */
function deviceGone(storage: StorageSpec, facts: NodeFacts): Finding[] {
  if (isHastSilent(facts)) return [];
  const gone = resourcesOf(storage).filter(
    (name) =>
      facts.hast.resources[name]?.role !== 'primary' &&
      !facts.hastDevices.some((device) => device.name === name),
  );
  if (gone.length === 0) return [];
  const name = storageName(storage);
  return [
    {
      id: 'storage-without-device',
      verdict: 'down',
      node: facts.node,
      message: `${name} is in use on ${facts.node}, but ${facts.node} is not primary of ${gone.join(', ')}: its device is gone`,
      remedy:
        storage.type === 'ufs'
          ? `on ${facts.node}: umount -f ${name}`
          : `on ${facts.node}: carp-hast-switch demote`,
    },
  ];
}

function foreignFinding(storage: StorageSpec, facts: NodeFacts): Finding[] {
  const device = foreignMount(storage, facts);
  if (device === undefined) return [];
  const message = `${storageName(storage)} on ${facts.node} has ${device} mounted instead of the HAST device`;
  const remedy = `on ${facts.node}: umount ${storageName(storage)}`;
  return [{ id: 'foreign-mount', verdict: 'degraded', node: facts.node, message, remedy }];
}

function services({ spec, status, facts }: Case): Finding[] {
  const serving = facts.find((one) => one.node === status.serving);
  if (!serving) return [];
  return clusterServices(spec).flatMap((name): Finding[] => {
    const service = serving.services[name];
    if (!service || service.running) return [];
    const message = `${name} ${service.exists ? 'is not running' : 'is not installed'} on ${serving.node}, which serves the storage`;
    const remedy = service.exists
      ? `on ${serving.node}: ${serviceCall(name, 'start')}`
      : `install ${name} on both nodes`;
    return [{ id: 'service-stopped', verdict: 'degraded', node: serving.node, message, remedy }];
  });
}

function isConnected(facts: NodeFacts, resource: string): boolean {
  const found = facts.hast.resources[resource];
  return found?.role === 'secondary' && found.status === 'complete';
}
