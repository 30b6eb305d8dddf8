import {
  parseDiskinfo,
  parseDiskNames,
  parseLabels,
  parseModes,
  parsePartitions,
  parsePartitionTables,
  parseSwap,
} from './disks.js';
import { type Frames, frameOf } from './frames.js';
import { type Probe, parseProbe } from './probe.js';
import { record } from './record.js';
import type { FactsRequest, ProviderFacts } from './types.js';
import { type DeviceUsers, realName, usesOf } from './uses.js';

export function parseDeviceUsers(
  frames: Frames,
  others: Pick<DeviceUsers, 'mounts' | 'pools' | 'hast'>,
): DeviceUsers {
  const text = (id: string): string => frameOf(frames, id).stdout;
  return {
    modes: new Map([...parseModes(text('disks.parts')), ...parseModes(text('disks.geom'))]),
    tables: parsePartitionTables(text('disks.tables')),
    labels: parseLabels(text('disks.labels')),
    swap: parseSwap(text('swap')),
    ...others,
  };
}

/** Every disk of kern.disks. One that was also requested was opened only once, as a provider. */
export function parseDisks(frames: Frames, request: FactsRequest, users: DeviceUsers): ProviderFacts[] {
  const sizes = parseDiskinfo(frameOf(frames, 'disks.info').stdout);
  return parseDiskNames(frameOf(frames, 'disks.names').stdout).map((name) => {
    const path = `/dev/${name}`;
    const requested = request.providers.findIndex((provider) => provider.path === path);
    const probe = parseProbe(frames, requested < 0 ? `disk.${name}` : `provider.${requested}`);
    const size = probe.size ?? sizes.get(name);
    return providerFacts(path, size === undefined ? probe : { ...probe, size }, users);
  });
}

/** Types of partitions that a file system, a pool or nothing yet is on; not those that the machine boots from or swaps to. */
const FOR_DATA = ['freebsd-ufs', 'freebsd-zfs', 'freebsd', 'linux-data', 'ms-basic-data'];

/** Partitions for data that were not opened: of what is on them only the table's word is known. */
export function parseDataPartitions(frames: Frames, users: DeviceUsers): ProviderFacts[] {
  return parsePartitions(frameOf(frames, 'disks.parts').stdout)
    .filter(({ type }) => FOR_DATA.includes(type))
    .map(({ name, type, mediaSize, sectorSize }) => {
      const facts = providerFacts(`/dev/${name}`, { exists: true, size: { mediaSize, sectorSize } }, users);
      const unseen = { kind: 'unrecognised' as const, detail: `${type} partition, not looked at yet` };
      return { ...facts, uses: [...facts.uses, unseen] };
    });
}

/** The requested providers, by path. */
export function parseProviders(
  frames: Frames,
  request: FactsRequest,
  users: DeviceUsers,
): Record<string, ProviderFacts> {
  return record(
    request.providers.map(({ path }, index) => [
      path,
      providerFacts(path, parseProbe(frames, `provider.${index}`), users),
    ]),
  );
}

/** Puts together what the device says of itself and who has it in use. */
export function providerFacts(path: string, probe: Probe, users: DeviceUsers): ProviderFacts {
  if (!probe.exists) return { path, exists: false, uses: [] };
  const name = realName(probe.linkTo ?? path, users);
  const open = users.modes.get(name);
  return {
    path,
    exists: true,
    ...(probe.linkTo === undefined ? {} : { linkTo: probe.linkTo }),
    ...(probe.size ?? {}),
    ...(open === undefined ? {} : { open }),
    uses: usesOf(path, name, probe, users),
    ...(probe.hastResource === undefined ? {} : { hastMetadata: { resource: probe.hastResource } }),
    ...(probe.ends === undefined ? {} : { ends: probe.ends.mark }),
  };
}
