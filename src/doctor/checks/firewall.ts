import { servedPorts } from '../../render/pf-anchor.js';
import { HASTD_PORT } from '../../spec/paths.js';
import type { ClusterSpec } from '../../spec/types.js';
import { eachNode, failed, warning } from '../finding.js';
import type { DoctorNode, FactsCheck, Finding } from '../types.js';

export const firewall: FactsCheck = {
  id: 'firewall',
  title: 'No firewall drops CARP, the replication or what is served',
  meaning:
    'pf without a rule for CARP makes both nodes MASTER; one that drops port 8457 stops the replication, and one that drops a service keeps its clients out.',
  test: (subject) => eachNode(subject, (node) => firewallFindings(subject.spec, node)),
};

/** Only what a reader of the rules would see at once: a block rule for everything, and no rule that lets this pass. */
function firewallFindings(spec: ClusterSpec, { name, answers }: DoctorNode): Finding[] {
  const rules = answers.pfRules;
  if (rules === undefined || !/^block (?:drop |return )?(?:in |out |all|log)/m.test(rules)) return [];
  // What an anchor holds is not shown; whoever has loaded ours has all of it.
  if (/^anchor "hastconf"/m.test(rules)) return [];
  const missing = needed(spec).filter(({ passes }) => !passes(rules));
  if (missing.length === 0) return [];
  const saw = `pf on ${name} blocks, and no rule passes ${missing.map(({ what }) => what).join(', ')}`;
  const carp = missing.some(({ what }) => what === 'CARP');
  const remedy = 'hastconf render --pf-anchor -o DIR writes the rules, and how to load them';
  return [carp ? failed(name, saw, remedy) : warning(name, saw, remedy)];
}

/** Names that pfctl prints for ports, from services(5). */
const PORT_NAMES: Readonly<Record<string, string>> = { 111: 'sunrpc', 2049: 'nfsd', 3260: 'iscsi-target' };

function needed(spec: ClusterSpec): { what: string; passes: (rules: string) => boolean }[] {
  const ports = spec.services.flatMap(servedPorts).filter((port) => /^\d+$/.test(port));
  return [
    { what: 'CARP', passes: (rules) => passing(rules, 'carp').length > 0 },
    ...[...new Set([String(HASTD_PORT), ...ports])].map((port) => ({
      what: `port ${port}`,
      passes: (rules: string) => passing(rules, 'tcp').some((rule) => isForPort(rule, port)),
    })),
  ];
}

/** Rules that pass the protocol, or every one. */
function passing(rules: string, protocol: string): string[] {
  return rules
    .split('\n')
    .filter((rule) => rule.startsWith('pass ') && (/ proto (\S+)/.exec(rule)?.[1] ?? protocol) === protocol);
}

/** A rule for no port is for all of them; one for a range is taken to be for this one. */
function isForPort(rule: string, port: string): boolean {
  const wanted = / port (.*)/.exec(rule)?.[1];
  if (wanted === undefined || !wanted.startsWith('= ')) return true;
  const given = wanted.split(' ')[1];
  return given === port || given === PORT_NAMES[port];
}
