import type { NodeFacts } from '../facts/types.js';
import { rcInterfaceName } from '../spec/derive.js';
import { type ClusterSpec, nodeOf } from '../spec/types.js';
import { sameAddress } from './same-address.js';
import { toldAgent } from './told.js';

/** A CARP address that an apply put on a node. */
export interface OwnCarp {
  interface: string;
  vhid: number;
  address: string;
}

/** An alias line of rc.conf as hastconf writes it; the skew for the boot gives it away. */
const OWN_ALIAS =
  /^inet6? vhid (\d+) advbase \d+ advskew 240(?: peer6? \S+)? pass \S+ alias ([0-9A-Fa-f.:]+)\/\d+$/;

/** Variables of rc.conf that hold an alias line of ours, whatever it says by now in the cluster file. */
export function ownAliasVariables(rc: NodeFacts['rc']): string[] {
  return Object.entries(rc).flatMap(([name, value]) => (isOwnAlias(name, value) ? [name] : []));
}

export function isOwnAlias(name: string, value: string): boolean {
  return /^ifconfig_.+_alias\d+$/.test(name) && OWN_ALIAS.test(value);
}

/** The addresses of ours that are up on this node now: as rc.conf says, or as its agent was told. */
export function ownLiveAddresses(facts: NodeFacts): OwnCarp[] {
  const known = [...fromRc(facts), ...fromAgent(facts)];
  return facts.interfaces.flatMap((nic) =>
    nic.addresses.flatMap(({ address, vhid }) => {
      if (vhid === undefined) return [];
      const live = { interface: nic.name, vhid, address };
      return known.some((one) => sameCarp(one, live)) ? [live] : [];
    }),
  );
}

/** The address that the cluster file wants on this node. */
export function wantedCarp(spec: ClusterSpec, node: string): OwnCarp {
  return {
    interface: nodeOf(spec, node).interface,
    vhid: spec.carp.vhid,
    address: spec.carp.address,
  };
}

/** Addresses of ours, live, that the cluster file does not have any more. */
export function staleAddresses(spec: ClusterSpec, facts: NodeFacts): OwnCarp[] {
  const wanted = wantedCarp(spec, facts.node);
  return ownLiveAddresses(facts).filter((live) => !sameCarp(live, wanted));
}

export function sameCarp(left: OwnCarp, right: OwnCarp): boolean {
  return (
    left.interface === right.interface && left.vhid === right.vhid && sameAddress(left.address, right.address)
  );
}

function fromRc(facts: NodeFacts): OwnCarp[] {
  return Object.entries(facts.rc).flatMap(([name, value]) => {
    if (!isOwnAlias(name, value)) return [];
    const [, vhid, address] = OWN_ALIAS.exec(value)!;
    const nic = facts.interfaces.find((one) =>
      name.startsWith(`ifconfig_${rcInterfaceName(one.name)}_alias`),
    );
    return nic ? [{ interface: nic.name, vhid: Number(vhid), address: address! }] : [];
  });
}

/** Also after a run that was cut off between rc.conf and the interface. */
function fromAgent(facts: NodeFacts): OwnCarp[] {
  const { carp_interface: nic, carp_vhid: vhid, carp_address: address } = toldAgent(facts).variables;
  if (!nic || !vhid || !address) return [];
  return [{ interface: nic, vhid: Number(vhid), address }];
}
