import ipaddr from 'ipaddr.js';
import type { Problem } from '../errors.js';
import type { AddressFacts, NodeFacts } from '../facts/types.js';
import { bytes } from '../report/text.js';
import { parseAddress } from '../spec/address.js';
import type { NodeSpec } from '../spec/types.js';
import { parseSize } from '../spec/units.js';
import { freeVhid, ownVhids } from '../wizard/propose/carp.js';
import { nodeNames } from '../wizard/propose/names.js';
import { targetName } from '../wizard/propose/targets.js';

/** hastconf.sh's seven arguments; the first one already read as a login. */
export interface QuickArguments {
  login: NodeSpec['ssh'];
  remoteIp: string;
  /** With or without a prefix length. */
  carpIp: string;
  remotePool: string;
  /** `/dev/zvol/POOL/NAME` or `POOL/NAME`, on this machine. */
  volPath: string;
  volSize: string;
  hastvolName: string;
  /** What clients get at once; undefined: the bare device on the primary. */
  serve?: 'nfs' | 'iscsi';
}

/** One value that the machine did not tell. */
export interface Gap {
  /** Where it belongs in the cluster file. */
  path: readonly string[];
  message: string;
}

export interface Derived {
  /** The cluster file's data, less the gaps. */
  data: Readonly<Record<string, unknown>>;
  gaps: readonly Gap[];
  /** What no flag can put right. */
  problems: readonly Problem[];
}

/** Everything that the arguments leave open, from both machines' facts; `heard` are VHIDs on the CARP network. */
export function deriveQuick(
  args: QuickArguments,
  facts: readonly [NodeFacts, NodeFacts],
  heard: readonly number[] = [],
): Derived {
  const names = nodeNames(facts);
  const carp = carpPlace(args.carpIp, facts);
  const own = closest(facts[0], args.remoteIp)?.address.address;
  const vhid = vhidFor(args.carpIp, facts, carp.interfaces, heard);
  const login = 'local' in args.login ? { local: true } : { ssh: args.login };
  const volume = volumeOf(args.volPath);
  const node = (at: 0 | 1) => ({
    ...(at === 0 ? { local: true } : login),
    ...given({ replication: at === 0 ? own : args.remoteIp, interface: carp.interfaces[at] }),
  });
  const pools = { [names[0]]: volume?.pool, [names[1]]: args.remotePool };
  return {
    data: {
      name: names.join('-'),
      nodes: { [names[0]]: node(0), [names[1]]: node(1) },
      carp: given({ address: carp.address, vhid }),
      preferred: names[0],
      resources: { [args.hastvolName]: { zvol: { pool: pools, name: volume?.name, size: args.volSize } } },
      ...served(args, facts, carp.address),
    },
    gaps: gapsOf(args, names, { ...carp, own, vhid }),
    problems: [
      ...names.filter((_, at) => at === 1).flatMap((name) => addressProblems(args.remoteIp, name, facts[1])),
      ...volumeProblems(args, volume, names, facts),
    ],
  };
}

/** The bare device; with NFS a file system for the network of the CARP address, with iSCSI one target. */
function served(
  { hastvolName, serve }: QuickArguments,
  facts: readonly [NodeFacts, NodeFacts],
  carp: string | undefined,
): object {
  if (serve === 'nfs') {
    const mountpoint = `/hast/${hastvolName}`;
    const network = carp === undefined ? '' : ` -network ${networkOf(carp)}`;
    return {
      storage: [{ type: 'ufs', resource: hastvolName, mountpoint }],
      services: [{ type: 'nfs', exports: [`${mountpoint} -alldirs${network}`] }],
    };
  }
  const storage = [{ type: 'raw', resource: hastvolName }];
  if (serve === undefined) return { storage };
  const target = targetName(facts[0].identity.hostname, hastvolName);
  return { storage, services: [{ type: 'iscsi', target, resource: hastvolName }] };
}

/** `192.168.50.10/24` -> `192.168.50.0/24` */
function networkOf(cidr: string): string {
  const { IPv4, IPv6 } = ipaddr;
  const base = cidr.includes(':') ? IPv6.networkAddressFromCIDR(cidr) : IPv4.networkAddressFromCIDR(cidr);
  return `${base.toString()}/${cidr.split('/')[1]}`;
}

/** The address with its prefix length, and the interface of each node in its network. */
export function carpPlace(
  carpIp: string,
  facts: readonly [NodeFacts, NodeFacts],
): { address: string | undefined; interfaces: readonly [string | undefined, string | undefined] } {
  const [ip, prefix] = carpIp.split('/', 2) as [string, string?];
  const places = facts.map((own) => closest(own, ip));
  const length = prefix ?? places.find((place) => place)?.address.prefixLength;
  return {
    address: length === undefined ? undefined : `${ip}/${length}`,
    interfaces: [places[0]?.interface, places[1]?.interface],
  };
}

interface Found {
  own: string | undefined;
  vhid: number | undefined;
  address: string | undefined;
  interfaces: readonly (string | undefined)[];
}

function gapsOf(args: QuickArguments, names: readonly [string, string], found: Found): Gap[] {
  const gap = (value: unknown, path: readonly string[], message: string): Gap[] =>
    value === undefined ? [{ path, message }] : [];
  return [
    ...gap(
      found.own,
      ['nodes', names[0], 'replication'],
      `${names[0]} has no address in the network of ${args.remoteIp}`,
    ),
    ...names.flatMap((name, at) =>
      gap(
        found.interfaces[at],
        ['nodes', name, 'interface'],
        `${name} has no interface in the network of ${args.carpIp}`,
      ),
    ),
    ...gap(found.address, ['carp', 'address'], `the prefix length of ${args.carpIp} is on neither node`),
    ...gap(found.vhid, ['carp', 'vhid'], 'all 255 VHIDs are taken on that network'),
  ];
}

/** The node's own address whose network the other one is in, the smallest network first. */
function closest(
  { interfaces }: NodeFacts,
  target: string,
): { interface: string; address: AddressFacts } | undefined {
  const parsed = parseAddress(target);
  if (!parsed) return undefined;
  return interfaces
    .filter(({ up }) => up)
    .flatMap((one) => one.addresses.map((address) => ({ interface: one.name, address })))
    .filter(({ address }) => address.vhid === undefined && address.family === parsed.family)
    .filter(({ address }) => ipaddr.parse(target).match(ipaddr.parse(address.address), address.prefixLength))
    .sort((a, b) => b.address.prefixLength - a.address.prefixLength)[0];
}

/** The one that the address has already, else the lowest that nobody uses. */
function vhidFor(
  carpIp: string,
  facts: readonly NodeFacts[],
  interfaces: readonly (string | undefined)[],
  heard: readonly number[],
): number | undefined {
  const [ip] = carpIp.split('/');
  const there = facts.flatMap((own) => own.interfaces.flatMap(({ addresses }) => addresses));
  const known = there.find(({ address, vhid }) => address === ip && vhid !== undefined)?.vhid;
  return known ?? freeVhid([...heard, ...ownVhids(facts, interfaces as readonly string[])]);
}

function volumeOf(path: string): { pool: string; name: string } | undefined {
  const match = /^(?:\/dev\/zvol\/+)?([^/].*)\/([^/]+)$/.exec(path);
  return match ? { pool: match[1]!, name: match[2]! } : undefined;
}

function addressProblems(ip: string, name: string, facts: NodeFacts): Problem[] {
  const all = facts.interfaces.flatMap(({ addresses }) => addresses.filter(({ vhid }) => vhid === undefined));
  const canonical = parseAddress(ip)?.text;
  if (canonical === undefined || all.some(({ address }) => parseAddress(address)?.text === canonical))
    return [];
  const known = all.map(({ address }) => address).filter((address) => !/^(127\.|::1$|fe80:)/.test(address));
  const message = `${name} does not have the address ${ip}`;
  return [
    { id: 'remote-ip', node: name, message, remedy: `its addresses are ${known.join(', ') || 'none'}` },
  ];
}

function volumeProblems(
  args: QuickArguments,
  volume: { pool: string; name: string } | undefined,
  names: readonly [string, string],
  facts: readonly [NodeFacts, NodeFacts],
): Problem[] {
  if (!volume) {
    const message = `${args.volPath} is no zvol`;
    return [{ id: 'vol-path', message, remedy: 'name it as /dev/zvol/POOL/NAME or POOL/NAME' }];
  }
  const size = parseSize(args.volSize);
  const wanted = [`${volume.pool}/${volume.name}`, `${args.remotePool}/${volume.name}`] as const;
  const found = facts.map(({ zfs }, at) => zfs.volumes.find(({ name }) => name === wanted[at]));
  const differing = found.flatMap((one, at): Problem[] => {
    if (!one || size === undefined || one.size === size) return [];
    const message = `${wanted[at]} on ${names[at]} has ${one.size} bytes (${bytes(one.size)}), not ${args.volSize}`;
    return [{ id: 'vol-size', node: names[at]!, message, remedy: 'give its own size as <vol_size>' }];
  });
  return [
    ...(found[0] ? [] : [missingVolume(wanted[0], args.volSize, names[0])]),
    ...differing,
    ...poolProblems(args.remotePool, names[1], facts[1]),
  ];
}

function missingVolume(volume: string, size: string, node: string): Problem {
  const message = `there is no zvol ${volume} on ${node}`;
  return { id: 'vol-missing', node, message, remedy: `zfs create -V ${size} ${volume}` };
}

function poolProblems(dataset: string, node: string, { zfs }: NodeFacts): Problem[] {
  const pool = dataset.split('/', 1)[0]!;
  if (zfs.pools.some(({ name }) => name === pool)) return [];
  const message = zfs.loaded ? `${node} has no imported pool ${pool}` : `ZFS is not loaded on ${node}`;
  const pools = zfs.pools.map(({ name }) => name).join(', ');
  return [{ id: 'pool-missing', node, message, remedy: `pools there: ${pools || 'none'}` }];
}

function given<T extends object>(values: T): Partial<T> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<T>;
}
