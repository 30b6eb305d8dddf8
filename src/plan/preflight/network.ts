import ipaddr from 'ipaddr.js';
import type { Problem } from '../../errors.js';
import type { InterfaceFacts, NodeFacts } from '../../facts/types.js';
import { type NodeSpec, peerOf } from '../../spec/types.js';
import { ownLiveAddresses, sameCarp } from '../own-carp.js';
import { sameAddress } from '../same-address.js';
import type { PlanInput } from '../types.js';

/** Interfaces, addresses, reachability both ways, and whether the CARP address and VHID are free. */
export function networkProblems(input: PlanInput): Problem[] {
  // Not known is not gone: what could not be asked is a finding of its own, with a way out that fits.
  const known = input.spec.nodes.filter(({ name }) => knowsInterfaces(input.facts[name]!));
  return [
    ...known.flatMap((node) => [
      ...interfaceProblems(input, node),
      ...replicationProblems(input, node),
      ...vhidProblems(input, node),
    ]),
    ...carpAddressProblems(input),
    ...foreignVhidProblems(input),
  ];
}

function knowsInterfaces({ unanswered = [] }: NodeFacts): boolean {
  return !unanswered.some(({ subject }) => subject === 'ifconfig -a');
}

function interfaceProblems({ facts }: PlanInput, node: NodeSpec): Problem[] {
  const { interfaces } = facts[node.name]!;
  const found = interfaces.find((candidate) => candidate.name === node.interface);
  if (!found) {
    const others = interfaces
      .map((candidate) => candidate.name)
      .filter((name) => !/^lo\d/.test(name))
      .join(', ');
    return [
      {
        id: 'interface-missing',
        node: node.name,
        message: `${node.name} has no interface ${node.interface}`,
        remedy: `set nodes.${node.name}.interface to one of: ${others}`,
      },
    ];
  }
  if (found.up && found.carrier !== false) return [];
  return [
    {
      id: 'interface-down',
      node: node.name,
      message: `${node.interface} on ${node.name} is ${found.up ? 'without carrier' : 'down'}: CARP stays INIT there`,
      remedy: 'bring the link up first',
    },
  ];
}

function replicationProblems({ spec, facts }: PlanInput, node: NodeSpec): Problem[] {
  const own = facts[node.name]!;
  if (!findAddress(own, node.replication)) {
    return [
      {
        id: 'replication-address-missing',
        node: node.name,
        message: `${node.name} has no address ${node.replication}`,
        remedy: `configure it, or set nodes.${node.name}.replication to an address of the node's own: ${ownAddresses(own)}`,
      },
    ];
  }
  const peer = peerOf(spec, node.name);
  // An address that the peer lacks is the peer's problem, and the whole of it.
  if (!findAddress(facts[peer.name]!, peer.replication)) return [];
  if (own.ping[peer.replication] !== false) return [];
  return [
    {
      id: 'peer-unreachable',
      node: node.name,
      message: `${node.name} cannot reach ${peer.name} at ${peer.replication}`,
      remedy: 'check the replication link, routes and firewalls between the nodes',
    },
  ];
}

function vhidProblems({ spec, facts }: PlanInput, node: NodeSpec): Problem[] {
  const { vhid } = spec.carp;
  const own = facts[node.name]!;
  const found = interfaceOf(own, node);
  if (!found?.carp.some((carp) => carp.vhid === vhid)) return [];
  const others = found.addresses
    .filter((address) => address.vhid === vhid && !sameAddress(address.address, spec.carp.address))
    .map((address) => address.address)
    // An address that an older cluster file had is taken away.
    .filter((address) => !isOurs(own, found.name, vhid, address));
  if (others.length === 0) return [];
  return [
    {
      id: 'vhid-in-use',
      node: node.name,
      message: `VHID ${spec.carp.vhid} on ${node.interface} of ${node.name} already carries ${others.join(', ')}`,
      remedy: 'choose another carp.vhid: every address of a VHID enters its authentication',
    },
  ];
}

function carpAddressProblems({ spec, facts }: PlanInput): Problem[] {
  const { address } = spec.carp;
  const owners = spec.nodes.flatMap((node) => {
    const own = facts[node.name]!;
    return own.interfaces.flatMap((nic) =>
      nic.addresses
        .filter((candidate) => sameAddress(candidate.address, address))
        .map(({ vhid }) => ({
          node: node.name,
          vhid,
          // With another VHID or on another interface: as an older cluster file had it.
          ours: vhid !== undefined && isOurs(own, nic.name, vhid, address),
        })),
    );
  });
  const plain = owners.find((owner) => owner.vhid !== spec.carp.vhid && !owner.ours);
  if (plain) {
    const how = plain.vhid === undefined ? 'as an ordinary address' : `with VHID ${plain.vhid}`;
    return [
      {
        id: 'carp-address-in-use',
        node: plain.node,
        message: `${plain.node} already has the CARP address ${address} ${how}`,
        remedy: 'take it away there, or choose another carp.address',
      },
    ];
  }
  if (owners.length > 0) return [];
  const seenFrom = spec.nodes.map(({ name }) => name).filter((name) => facts[name]!.ping[address] === true);
  if (seenFrom.length === 0) return [];
  return [
    {
      id: 'carp-address-in-use',
      message: `another machine answers at the CARP address ${address} (seen from ${seenFrom.join(' and ')})`,
      remedy: `set carp.address to a free one, or switch that machine off; see its MAC address there: arp -n ${address}`,
    },
  ];
}

function foreignVhidProblems({ spec, foreignVhids }: PlanInput): Problem[] {
  if (!foreignVhids?.includes(spec.carp.vhid)) return [];
  return [
    {
      id: 'vhid-in-use',
      message: `another machine on the network of ${interfacesOf(spec)} already advertises VHID ${spec.carp.vhid}`,
      remedy: `set carp.vhid to another number from 1 to 255; heard in use: ${foreignVhids.join(', ')}`,
    },
  ];
}

function interfacesOf(spec: PlanInput['spec']): string {
  return spec.nodes.map((node) => `${node.interface} (${node.name})`).join(' and ');
}

/** The interface that carries CARP on this node. */
export function interfaceOf(facts: NodeFacts, node: NodeSpec): InterfaceFacts | undefined {
  return facts.interfaces.find((candidate) => candidate.name === node.interface);
}

function findAddress(facts: NodeFacts, address: string) {
  return facts.interfaces
    .flatMap((candidate) => candidate.addresses)
    .find((candidate) => sameAddress(candidate.address, address));
}

function isOurs(facts: NodeFacts, nic: string, vhid: number, address: string): boolean {
  const live = { interface: nic, vhid, address };
  return ownLiveAddresses(facts).some((own) => sameCarp(own, live));
}

function ownAddresses(facts: NodeFacts): string {
  return facts.interfaces
    .flatMap((candidate) => candidate.addresses)
    .filter((address) => address.vhid === undefined && !isLocal(address.address))
    .map((address) => address.address)
    .join(', ');
}

function isLocal(address: string): boolean {
  return ['loopback', 'linkLocal'].includes(ipaddr.parse(address).range());
}
