import { isAbsolute, join, posix } from 'node:path';
import { expandHome } from '../local-user.js';
import { parseAddress, parseCidr } from './address.js';
import { DEFAULT_AGENT, DEFAULT_CARP, DEFAULT_HAST } from './defaults.js';
import type { RawCluster, RawNode, RawResource } from './schema.js';
import type {
  AgentSpec,
  CarpSpec,
  ClusterSpec,
  HastSpec,
  IscsiSpec,
  NodeSpec,
  ResourceSpec,
  ServiceSpec,
  SshSpec,
  StorageSpec,
} from './types.js';
import { parseDuration, parseSize } from './units.js';

/** Where paths on this machine start from. */
export interface FileContext {
  home: string | undefined;
  directory?: string;
}

/** Fills in defaults, resolves units and spells addresses and paths the one canonical way. Expects checked data. */
export function normalise(raw: RawCluster, context: FileContext): ClusterSpec {
  const nodes = Object.entries(raw.nodes).map(([name, node]) => nodeSpec(name, node, context));
  const names = nodes.map((node) => node.name);
  return {
    version: 1,
    name: raw.name,
    nodes: [nodes[0]!, nodes[1]!],
    carp: carpSpec(raw.carp, context),
    preferred: raw.preferred ?? names[0]!,
    hast: hastSpec(raw.hast ?? {}),
    resources: Object.entries(raw.resources).map(([name, resource]) => resourceSpec(name, resource, names)),
    storage: (raw.storage ?? []).map(storageSpec),
    services: (raw.services ?? []).map((service) => serviceSpec(service, context)),
    agent: agentSpec(raw.agent ?? {}),
  };
}

function nodeSpec(name: string, raw: RawNode, context: FileContext): NodeSpec {
  return {
    name,
    ssh: raw.local === true || raw.ssh?.local === true ? { local: true } : sshSpec(raw.ssh ?? {}, context),
    replication: canonicalAddress(raw.replication),
    interface: raw.interface,
  };
}

function sshSpec(raw: NonNullable<RawNode['ssh']>, context: FileContext): SshSpec {
  return {
    host: raw.host!,
    ...(raw.port === undefined ? {} : { port: raw.port }),
    ...(raw.user === undefined ? {} : { user: raw.user }),
    ...(raw.identity === undefined ? {} : { identity: localPath(raw.identity, context) }),
    become: raw.become ?? 'none',
  };
}

function carpSpec(raw: RawCluster['carp'], context: FileContext): CarpSpec {
  const address = parseCidr(raw.address)!;
  return {
    address: address.text,
    prefixLength: address.prefixLength,
    family: address.family,
    vhid: raw.vhid,
    advbase: raw.advbase ?? DEFAULT_CARP.advbase,
    ...(raw.password === undefined ? {} : { passwordFile: localPath(raw.password.file, context) }),
    unicast: raw.unicast ?? DEFAULT_CARP.unicast,
  };
}

function hastSpec(raw: NonNullable<RawCluster['hast']>): HastSpec {
  return {
    replication: raw.replication ?? DEFAULT_HAST.replication,
    timeout: parseDuration(raw.timeout) ?? DEFAULT_HAST.timeout,
    compression: raw.compression ?? DEFAULT_HAST.compression,
    checksum: raw.checksum ?? DEFAULT_HAST.checksum,
  };
}

function resourceSpec(name: string, raw: RawResource, nodes: readonly string[]): ResourceSpec {
  if (!raw.zvol) return { name, local: forBoth(raw.local!, nodes, canonicalPath) };
  const pool = forBoth(raw.zvol.pool, nodes, (value) => value);
  const { name: volume, size, sparse } = raw.zvol;
  const zvol = { pool, name: volume, size: parseSize(size)!, ...(sparse === true ? { sparse } : {}) };
  return { name, local: forBoth(pool, nodes, (value) => zvolPath(value, zvol.name)), zvol };
}

function serviceSpec(raw: NonNullable<RawCluster['services']>[number], context: FileContext): ServiceSpec {
  switch (raw.type) {
    case 'nfs':
      return { type: 'nfs', exports: raw.exports, ...(raw.version === 4 ? { version: 4 } : {}) };
    case 'samba':
      return raw;
    case 'iscsi':
      return iscsiSpec(raw, context);
    default: {
      const { startWithin, stopWithin, ...rest } = raw;
      return {
        ...rest,
        ...(startWithin === undefined ? {} : { startWithin: parseDuration(startWithin)! }),
        ...(stopWithin === undefined ? {} : { stopWithin: parseDuration(stopWithin)! }),
      };
    }
  }
}

function iscsiSpec(
  { chap, size, ...raw }: Extract<NonNullable<RawCluster['services']>[number], { type: 'iscsi' }>,
  context: FileContext,
): ServiceSpec {
  return {
    ...(raw as IscsiSpec),
    ...(size === undefined ? {} : { size: parseSize(size)! }),
    ...(chap === undefined ? {} : { chapFile: localPath(chap.file, context) }),
    ...(chap?.user === undefined ? {} : { chapUser: chap.user }),
  };
}

/** What means nothing beyond the defaults is left out. */
function storageSpec(raw: NonNullable<RawCluster['storage']>[number]): StorageSpec {
  if (raw.type === 'raw') return raw;
  if (raw.type === 'ufs') {
    const { options, journal, ...rest } = raw;
    return {
      ...rest,
      ...(options === undefined || options.length === 0 ? {} : { options }),
      ...(journal === false ? { journal } : {}),
    };
  }
  const { properties, keyFile, keyFormat, ...rest } = raw;
  return {
    ...rest,
    ...(properties === undefined || properties.length === 0 ? {} : { properties }),
    ...(keyFile === undefined ? {} : { keyFile }),
    ...(keyFile === undefined || keyFormat === undefined || keyFormat === 'raw' ? {} : { keyFormat }),
  };
}

function agentSpec(raw: NonNullable<RawCluster['agent']>): AgentSpec {
  return {
    settle: parseDuration(raw.settle) ?? DEFAULT_AGENT.settle,
    bootWait: parseDuration(raw.bootWait) ?? DEFAULT_AGENT.bootWait,
    onDemoteFailure: raw.onDemoteFailure ?? DEFAULT_AGENT.onDemoteFailure,
    failback: raw.failback ?? DEFAULT_AGENT.failback,
    onDiskError: raw.onDiskError ?? DEFAULT_AGENT.onDiskError,
    onServiceFailure: raw.onServiceFailure ?? DEFAULT_AGENT.onServiceFailure,
    peerSshPort: raw.peerSshPort ?? DEFAULT_AGENT.peerSshPort,
    witness: (raw.witness ?? []).map(canonicalAddress),
    fence: raw.fence ?? null,
    notify: raw.notify ?? null,
  };
}

/** The device that a volume appears as. */
export function zvolPath(pool: string, name: string): string {
  return `/dev/zvol/${pool}/${name}`;
}

/** The same provider in every spelling: `/dev//da1` is `/dev/da1`. */
export function canonicalPath(path: string): string {
  return posix.normalize(path).replace(/^\/\//, '/');
}

function canonicalAddress(text: string): string {
  return parseAddress(text)!.text;
}

function forBoth(
  value: string | Record<string, string>,
  nodes: readonly string[],
  change: (value: string) => string,
): Record<string, string> {
  const of = (node: string): string => (typeof value === 'string' ? value : value[node]!);
  return Object.fromEntries(nodes.map((node) => [node, change(of(node))]));
}

function localPath(path: string, context: FileContext): string {
  if (path.startsWith('~/')) return expandHome(path, context.home);
  return isAbsolute(path) || context.directory === undefined ? path : join(context.directory, path);
}
