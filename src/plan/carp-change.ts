import type { CarpFacts, NodeFacts } from '../facts/types.js';
import type { VariablesFile } from '../render/types.js';
import { nodeOf } from '../spec/types.js';
import { isPending } from './notice.js';
import { type OwnCarp, ownLiveAddresses, sameCarp, staleAddresses, wantedCarp } from './own-carp.js';
import { interfaceOf } from './preflight/network.js';
import { toldAgent } from './told.js';
import type { PlanInput } from './types.js';

/** The line of rc.conf that puts the CARP address on a node. */
export interface AliasLine {
  name: string;
  value: string;
  file: VariablesFile;
}

/** What has to change about the live CARP address of one node. */
export interface CarpChange {
  node: string;
  line: AliasLine;
  /**
   * `key`: the address stays, password or advbase change in place; `put`: the address is not there as wanted; `clean`:
   * it is, beside old ones.
   */
  kind: 'key' | 'put' | 'clean';
  /** Old addresses of ours. */
  stale: readonly OwnCarp[];
  /** The wanted address is up already. */
  attached: boolean;
}

/** undefined: nothing to do on this node. */
export function carpChange(input: PlanInput, node: string): CarpChange | undefined {
  const facts = input.facts[node]!;
  const line = aliasLine(input, node);
  if (!line) return undefined;
  const stale = staleAddresses(input.spec, facts);
  const attached = isAttached(input, facts);
  const base = { node, line, stale, attached };
  if (!attached) return { ...base, kind: 'put' };
  if (stale.length > 0) return { ...base, kind: 'clean' };
  return isKeyed(input, facts, line) ? undefined : { ...base, kind: 'key' };
}

/** True when an address of ours is up on this node, as an old or the wanted one. */
export function hasCarp(input: PlanInput, node: string): boolean {
  const facts = input.facts[node]!;
  return isAttached(input, facts) || ownLiveAddresses(facts).length > 0;
}

/** True when the serving node has to give up its address for a moment: then the agents keep still meanwhile. */
export function replacesServing(input: PlanInput): boolean {
  const change = carpChange(input, input.primary);
  return change !== undefined && change.kind !== 'key' && hasCarp(input, input.primary);
}

/** True while the agent of a node looks for its address elsewhere than the cluster file will have it. */
export function mustHearCarp({ spec, facts }: PlanInput, node: string): boolean {
  const { carp_interface: nic, carp_vhid: vhid } = toldAgent(facts[node]!).variables;
  if (nic === undefined || vhid === undefined) return false;
  const wanted = wantedCarp(spec, node);
  return nic !== wanted.interface || vhid !== String(wanted.vhid);
}

/** The vhid of ours, old or wanted, that this node is MASTER of. */
export function ownMaster({ spec }: PlanInput, facts: NodeFacts): CarpFacts | undefined {
  const own = [...ownLiveAddresses(facts), wantedCarp(spec, facts.node)];
  return facts.interfaces
    .flatMap(({ name, carp }) =>
      carp.filter(({ vhid }) => own.some((one) => one.interface === name && one.vhid === vhid)),
    )
    .find(({ state }) => state === 'MASTER');
}

export function aliasLine({ files }: PlanInput, node: string): AliasLine | undefined {
  const file = files.find((candidate) => candidate.kind === 'variables' && candidate.node === node);
  if (file?.kind !== 'variables') return undefined;
  const found = file.variables.find(({ name }) => name.startsWith('ifconfig_'));
  return found && { ...found, file };
}

function isAttached({ spec }: PlanInput, facts: NodeFacts): boolean {
  const wanted = wantedCarp(spec, facts.node);
  const live = interfaceOf(facts, nodeOf(spec, facts.node));
  if (!live?.carp.some(({ vhid }) => vhid === wanted.vhid)) return false;
  return live.addresses.some(
    ({ address, vhid }) => vhid !== undefined && sameCarp({ interface: live.name, vhid, address }, wanted),
  );
}

/** A password cannot be read back without showing it, so a changed rc.conf line is what tells. */
function isKeyed({ spec }: PlanInput, facts: NodeFacts, line: AliasLine): boolean {
  const live = interfaceOf(facts, nodeOf(spec, facts.node));
  const carp = live?.carp.find(({ vhid }) => vhid === spec.carp.vhid);
  return (
    carp?.advbase === spec.carp.advbase && facts.rc[line.name] === line.value && !isPending(facts, 'carp')
  );
}
