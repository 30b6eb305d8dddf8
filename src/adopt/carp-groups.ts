import type { NodeFacts } from '../facts/types.js';
import type { AgentConf } from '../formats/agent-conf.js';
import { type RcCarp, rcCarps } from '../formats/rc-carp.js';
import { parseAddress } from '../spec/address.js';
import { rcInterfaceName } from '../spec/derive.js';

/** A vhid of one node: what rc.conf sets for the next boot, and what is live. */
export interface CarpGroup {
  interface: string;
  vhid: number;
  /** Entries of rc.conf, in their order. */
  rc: readonly RcCarp[];
  /** agent.conf names it. */
  declared?: { advbase: number };
  live?: { state: 'INIT' | 'BACKUP' | 'MASTER'; advbase: number; advskew: number };
  /** Canonical, rc.conf's first, each once. */
  addresses: readonly { address: string; prefixLength: number }[];
}

/** Every vhid of the node, those of rc.conf first. */
export function carpGroups(facts: NodeFacts, agent: AgentConf | undefined): CarpGroup[] {
  const declared = declaredCarp(agent);
  const fromRc = rcCarps(facts.rc).map((entry) => ({ entry, interface: realInterface(facts, entry) }));
  const live = facts.interfaces.flatMap((one) => one.carp.map((carp) => ({ name: one.name, carp, one })));
  const keys = new Map<string, { name: string; vhid: number }>();
  for (const { entry, interface: name } of fromRc)
    keys.set(`${entry.vhid}@${name}`, { name, vhid: entry.vhid });
  for (const { name, carp } of live) keys.set(`${carp.vhid}@${name}`, { name, vhid: carp.vhid });
  if (declared) keys.set(`${declared.vhid}@${declared.name}`, declared);
  return [...keys.values()].map(({ name, vhid }): CarpGroup => {
    const rc = fromRc.flatMap(({ entry, interface: own }) =>
      own === name && entry.vhid === vhid ? [entry] : [],
    );
    const found = live.find((one) => one.name === name && one.carp.vhid === vhid);
    const known = declared?.name === name && declared.vhid === vhid ? declared : undefined;
    const addresses = [
      ...rc,
      ...(found?.one.addresses.filter((address) => address.vhid === vhid) ?? []),
      ...(known ? [{ address: known.address }] : []),
    ];
    return {
      ...(known ? { declared: { advbase: known.advbase } } : {}),
      interface: name,
      vhid,
      rc,
      ...(found && !found.carp.vrrp
        ? { live: { state: found.carp.state, advbase: found.carp.advbase, advskew: found.carp.advskew } }
        : {}),
      addresses: eachOnce(addresses),
    };
  });
}

/** What an agent.conf of our own says of the shared address, also when rc.conf has lost it. */
function declaredCarp(agent: AgentConf | undefined) {
  const { carp_interface, carp_vhid, carp_advbase, carp_address } = agent?.variables ?? {};
  if (!carp_interface || !carp_address || !/^\d+$/.test(carp_vhid ?? '')) return undefined;
  const advbase = Number(carp_advbase ?? 1) || 1;
  return { name: carp_interface, vhid: Number(carp_vhid), advbase, address: carp_address };
}

/** rc.conf's spelling cannot be turned back: the interface that would be spelled so, else the word itself. */
function realInterface(facts: NodeFacts, entry: RcCarp): string {
  return (
    facts.interfaces.find(({ name }) => rcInterfaceName(name) === entry.interface)?.name ?? entry.interface
  );
}

function eachOnce(
  entries: readonly { address?: string; prefixLength?: number }[],
): { address: string; prefixLength: number }[] {
  const known = new Map<string, { address: string; prefixLength: number }>();
  for (const { address, prefixLength } of entries) {
    const parsed = address === undefined ? undefined : parseAddress(address);
    if (!parsed || known.has(parsed.text)) continue;
    known.set(parsed.text, {
      address: parsed.text,
      prefixLength: prefixLength ?? (parsed.family === 4 ? 32 : 128),
    });
  }
  return [...known.values()];
}
