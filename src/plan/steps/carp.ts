import type { NodeFacts } from '../../facts/types.js';
import type { VariablesFile } from '../../render/types.js';
import { type NodeSpec, nodeOf } from '../../spec/types.js';
import { isPending } from '../notice.js';
import type { PlanInput } from '../plan.js';
import { interfaceOf, sameAddress } from '../preflight/network.js';
import { stepScript, words } from '../shell.js';
import type { Step } from '../types.js';

/** The CARP address, live, with the same words that rc.conf has for the next boot. No netif restart. */
export function carpSteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap((node) => {
    const facts = input.facts[node.name]!;
    const line = aliasLine(input, node.name);
    if (!line || (!needsChange(input, node, facts, line) && !isPending(facts, 'carp'))) return [];
    return [carpStep(input, node, line, liveSkew(input, facts, node))];
  });
}

interface AliasLine {
  name: string;
  value: string;
  file: VariablesFile;
}

function aliasLine({ files }: PlanInput, node: string): AliasLine | undefined {
  const file = files.find((candidate) => candidate.kind === 'variables' && candidate.node === node);
  if (file?.kind !== 'variables') return undefined;
  const found = file.variables.find(({ name }) => name.startsWith('ifconfig_'));
  return found && { ...found, file };
}

/** A password cannot be read back without showing it, so a changed rc.conf line is what tells. */
function needsChange({ spec }: PlanInput, node: NodeSpec, facts: NodeFacts, line: AliasLine): boolean {
  const live = interfaceOf(facts, node);
  const carp = live?.carp.find((candidate) => candidate.vhid === spec.carp.vhid);
  const address = live?.addresses.find(
    (candidate) => candidate.vhid === spec.carp.vhid && sameAddress(candidate.address, spec.carp.address),
  );
  return !carp || !address || carp.advbase !== spec.carp.advbase || facts.rc[line.name] !== line.value;
}

/** rc.conf says 240 for the boot; on a node in service the agent has the last word on the skew, also meanwhile. */
function liveSkew({ spec }: PlanInput, facts: NodeFacts, node: NodeSpec): number {
  const live = interfaceOf(facts, node)?.carp.find(({ vhid }) => vhid === spec.carp.vhid);
  return live?.advskew ?? 240;
}

function carpStep(input: PlanInput, node: NodeSpec, line: AliasLine, skew: number): Step {
  const { vhid, address } = input.spec.carp;
  return {
    id: `${node.name}/carp/${vhid}@${node.interface}`,
    node: node.name,
    phase: 'carp',
    title: `Put the CARP address ${address} on ${node.interface}`,
    risk: 'none',
    diff: `+ ifconfig ${node.interface} inet vhid ${vhid} advskew ${skew} pass [secret] alias ${address}`,
    // The value has been validated word by word when it was rendered; it is split here as rc's ifconfig does.
    action: {
      kind: 'script',
      script: stepScript(
        `ifconfig ${words(nodeOf(input.spec, node.name).interface)} ${line.value.replace(/\badvskew \d+/, `advskew ${skew}`)}`,
      ),
    },
    verify: verifyScript(node, vhid, address),
    notices: 'carp',
  };
}

function verifyScript(node: NodeSpec, vhid: number, address: string): string {
  return stepScript(`
shown=$(ifconfig ${words(node.interface)}) || exit 1
case $shown in *"carp: "*" vhid ${vhid} "*) ;; *) exit 1 ;; esac
case $shown in *${words(` ${address} `)}*" vhid ${vhid}"*) ;; *) exit 1 ;; esac`);
}
