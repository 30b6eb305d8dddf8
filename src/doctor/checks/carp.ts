import { createHash } from 'node:crypto';
import ipaddr from 'ipaddr.js';
import { hasWord } from '../../formats/has-word.js';
import { rcCarps } from '../../formats/rc-carp.js';
import { rcInterfaceName } from '../../spec/derive.js';
import { type ClusterSpec, nodeOf } from '../../spec/types.js';
import { bothNodes, eachNode, failed, warning } from '../finding.js';
import type { Answer, DoctorNode, FactsCheck, Finding } from '../types.js';

export const carpSettings: FactsCheck = {
  id: 'carp-settings',
  title: 'CARP is on, with preempt and without demotion',
  meaning:
    'With preempt off a planned move takes three seconds and may not happen; a demoted node is never preferred.',
  test: (subject) => ({
    ...eachNode(subject, settingFindings),
    details: subject.nodes.map(({ name, facts }) => {
      const value = (key: string) => `${key} ${facts.sysctls[`net.inet.carp.${key}`] ?? 'unknown'}`;
      return `${name}: ${['preempt', 'demotion', 'allow'].map(value).join(', ')}`;
    }),
  }),
};

function settingFindings({ name, facts }: DoctorNode): Finding[] {
  const value = (key: string) => facts.sysctls[`net.inet.carp.${key}`];
  const findings: Finding[] = [];
  const preempt = 'sysctl net.inet.carp.preempt=1';
  if (value('preempt') === '0') {
    const repair = { node: name, title: 'Turn preempt on', script: `${preempt}\n` };
    findings.push(failed(name, `net.inet.carp.preempt is 0 on ${name}`, `on ${name}: ${preempt}`, repair));
  }
  if (value('allow') === '0') {
    const allow = 'sysctl net.inet.carp.allow=1';
    findings.push(failed(name, `net.inet.carp.allow is 0 on ${name}: CARP is off`, `on ${name}: ${allow}`));
  }
  const demotion = Number(value('demotion') ?? 0);
  if (demotion !== 0) {
    const saw = `net.inet.carp.demotion is ${demotion} on ${name}: it advertises itself as worse than it is`;
    const fix = `find the link that is down or cannot send (netstat -sp carp, dmesg); if it is long over, on ${name}: sysctl net.inet.carp.demotion=${-demotion} (what is written is added)`;
    findings.push(warning(name, saw, fix));
  }
  return findings;
}

export const carpIdentity: FactsCheck = {
  id: 'carp-identity',
  title: 'CARP password and addresses are the same on both',
  meaning:
    'CARP signs its advertisements with both: when one differs, each node takes itself for the only one, and both are MASTER.',
  test: (subject) => bothNodes(subject, (first, second) => sameIdentity(subject.spec, first, second)),
};

/** Passwords are compared by their digests and never shown. */
function sameIdentity(spec: ClusterSpec, first: DoctorNode, second: DoctorNode): Answer {
  const findings: Finding[] = [];
  const [a, b] = [first, second].map((node) => digest(node.answers.carpKey));
  if (a !== undefined && b !== undefined && a !== b) {
    const saw = `${first.name} and ${second.name} use different CARP passwords`;
    findings.push(failed(undefined, saw, 'hastconf apply'));
  }
  for (const node of [first, second]) findings.push(...bootPassword(spec, node));
  const [here, there] = [first, second].map((node) => addressesOf(spec, node));
  if (here!.length > 0 && there!.length > 0 && here!.join() !== there!.join()) {
    const saw = `VHID ${spec.carp.vhid} has ${here!.join(', ')} on ${first.name} and ${there!.join(', ')} on ${second.name}`;
    findings.push(failed(undefined, saw, 'hastconf apply; take away by hand what it did not put there'));
  }
  return { findings, details: [`VHID ${spec.carp.vhid}: ${here!.join(', ') || 'no address'}`] };
}

/** The password that runs and the one that the next boot will take. */
function bootPassword(spec: ClusterSpec, { name, facts, answers }: DoctorNode): Finding[] {
  const nic = rcInterfaceName(nodeOf(spec, name).interface);
  const line = rcCarps(facts.rc).find((one) => one.interface === nic && one.vhid === spec.carp.vhid);
  if (line?.password === undefined || answers.carpKey === undefined) return [];
  if (digest(line.password.reveal()) === digest(answers.carpKey)) return [];
  const saw = `${name} runs with another CARP password than ${line.variable} in its rc.conf`;
  return [failed(name, saw, 'hastconf apply: the next boot would make both nodes MASTER')];
}

function digest(password: string | undefined): string | undefined {
  return password === undefined ? undefined : createHash('sha256').update(password).digest('hex');
}

function addressesOf(spec: ClusterSpec, { name, facts }: DoctorNode): string[] {
  const nic = facts.interfaces.find((one) => one.name === nodeOf(spec, name).interface);
  const own = nic?.addresses.filter(({ vhid }) => vhid === spec.carp.vhid) ?? [];
  return own.map(({ address }) => ipaddr.parse(address.split('%')[0]!).toString()).sort();
}

export const carpNetwork: FactsCheck = {
  id: 'carp-network',
  title: 'The CARP interface is one that CARP works on',
  meaning: 'Some interfaces and addresses are known to lose advertisements or to stop the kernel.',
  test: (subject) => eachNode(subject, (node) => networkFindings(subject.spec, node)),
};

function networkFindings(spec: ClusterSpec, { name, facts }: DoctorNode): Finding[] {
  const nic = nodeOf(spec, name).interface;
  const findings: Finding[] = [];
  const bridge = Object.entries(facts.rc).find(
    ([key, value]) => /^ifconfig_bridge\d+$/.test(key) && hasWord(value, `addm ${nic}`),
  );
  if (bridge) {
    const saw = `${nic} on ${name} is a member of ${bridge[0].slice('ifconfig_'.length)}: CARP there has frozen kernels (FreeBSD bug 200319)`;
    findings.push(warning(name, saw, 'put the address on the bridge itself, or on another interface'));
  }
  const octet = Number(/\bpeer [\d.]+\.(\d+)\b/.exec(Object.values(facts.rc).join('\n'))?.[1] ?? 0);
  if (spec.carp.unicast && octet >= 224 && octet <= 239) {
    const saw = `the peer of ${name} has a last octet of ${octet}: unicast CARP sends to a wrong MAC address on releases without the fix of bug 284872`;
    findings.push(warning(name, saw, 'give the peer another address, or set carp.unicast: false'));
  }
  return findings;
}
