import type { NodeFacts } from '../../facts/types.js';
import { agentScript } from '../../render/agent-script.js';
import { agentStatus } from '../../report/agent-status.js';
import { AGENT, RC_SCRIPT } from '../../spec/paths.js';
import { bothNodes, eachNode, failed, warning } from '../finding.js';
import type { Answer, DoctorNode, FactsCheck, Finding, Subject } from '../types.js';
import { verified } from './verification.js';

export const agent: FactsCheck = {
  id: 'agent',
  title: 'The agent runs, starts at boot, is of this hastconf',
  meaning: 'The agent moves the storage; without it there is no fail-over, and an old one has old faults.',
  test: (subject) => {
    const own = subject.nodes.flatMap(({ facts }) => agentFindings(facts));
    const alarms = subject.nodes.flatMap(({ facts }) => alarmFindings(facts));
    const said = subject.nodes.map(({ name, facts }) => {
      const status = agentStatus(facts);
      return `${name}: ${status ? `${status.state}, version ${status.version}` : 'no agent'}`;
    });
    return { findings: [...verified(subject, 'agent'), ...own, ...alarms], details: said };
  },
};

function agentFindings(facts: NodeFacts): Finding[] {
  const { node } = facts;
  const installed = facts.files[AGENT];
  if (installed === undefined) return [];
  const findings: Finding[] = [];
  if (installed.content !== agentScript()) {
    findings.push(failed(node, `the agent on ${node} is not the one of this hastconf`, 'hastconf apply'));
  }
  if (facts.agentError !== undefined) {
    const saw = `the agent on ${node} does not answer: ${facts.agentError}`;
    findings.push(failed(node, saw, `on ${node}: ${AGENT} status --json`));
  }
  if (facts.files[RC_SCRIPT] !== undefined && facts.services.carp_hast?.enabled === false) {
    const fix = `on ${node}: sysrc carp_hast_enable=YES`;
    const script = 'sysrc carp_hast_enable=YES && service carp_hast rcvar | grep -q YES\n';
    const repair = { node, title: 'Start the agent at boot', script };
    findings.push(failed(node, `the agent does not start at boot on ${node}`, fix, repair));
  }
  return findings;
}

/** Alarms that another check does not report with more to say. */
const REPORTED_ELSEWHERE: readonly string[] = [
  'replication-lost',
  'hastd-down',
  'split-brain',
  'local-errors',
  'no-carp',
  'two-primaries',
];

function alarmFindings(facts: NodeFacts): Finding[] {
  const { node } = facts;
  const alarms = agentStatus(facts)?.alarms ?? [];
  return alarms
    .filter(({ alarm }) => !REPORTED_ELSEWHERE.includes(alarm))
    .map(({ alarm, since }) => {
      const from = since === null ? '' : ` since ${since}`;
      const fix = `README, "The agent", says what ${alarm} means; on ${node}: carp-hast-switch status`;
      return failed(node, `the agent on ${node} raises ${alarm}${from}`, fix);
    });
}

export const epochs: FactsCheck = {
  id: 'epochs',
  title: 'Both nodes remember the same history',
  meaning: 'Epochs that have moved apart are two histories: only one of them can be kept.',
  test: (subject) => bothNodes(subject, epochsAgree),
};

function epochsAgree(first: DoctorNode, second: DoctorNode): Answer {
  const [a, b] = [agentStatus(first.facts), agentStatus(second.facts)];
  if (!a || !b) return { findings: [], skipped: 'needs the agents of both nodes' };
  const details = [
    `${first.name}: epoch ${a.epoch}, last the same at ${a.agreedEpoch ?? 'unknown'}`,
    `${second.name}: epoch ${b.epoch}, last the same at ${b.agreedEpoch ?? 'unknown'}`,
  ];
  const agreed = Math.max(a.agreedEpoch ?? 0, b.agreedEpoch ?? 0);
  // As the agents themselves compare them; an older agent does not say when they last were the same.
  const known = a.agreedEpoch !== null || b.agreedEpoch !== null;
  if (a.epoch === b.epoch && (!known || agreed >= a.epoch)) return { findings: [], details };
  const ahead = a.epoch > b.epoch ? first.name : second.name;
  const saw = `${first.name} is at epoch ${a.epoch} and ${second.name} at ${b.epoch}`;
  // A copy that went on alone is ahead until it has been copied; only two that both did are apart.
  if (agreed >= Math.min(a.epoch, b.epoch)) {
    const finding = warning(
      undefined,
      `${saw}: ${ahead} went on alone`,
      'hastconf wait, until the copy is complete',
    );
    return { findings: [finding], details };
  }
  const fix =
    'change no role and create nothing before you know which copy to keep (hastconf status shows both sides)';
  return { findings: [failed(undefined, `${saw}, and neither contains the other`, fix)], details };
}

/** Seconds that a primary may take to notice that it is alone and to let its devices go. */
const NOTICE_SECONDS = 3;

export const isolation: FactsCheck = {
  id: 'isolation',
  title: 'An isolated primary has the time to step down',
  meaning:
    'A primary that is cut off must give its devices up before hastd lets it write alone; otherwise there are two histories.',
  test: ({ spec, nodes }) => {
    const { hast, carp, agent: settings } = spec;
    const takeover = 3 * carp.advbase + settings.settle;
    const details = [
      `hast.timeout ${hast.timeout} s; the other node takes over after about ${takeover} s; witnesses: ${settings.witness.join(', ') || 'none'}`,
    ];
    if (settings.witness.length === 0) {
      const saw = 'no witness is configured: a primary that is cut off cannot know it';
      const gateway = nodes.find(({ facts }) => facts.defaultGateway)?.facts.defaultGateway;
      const fix = `set agent.witness to an address that both nodes can ping${gateway ? `, such as the gateway ${gateway}` : ''}, then hastconf apply`;
      return { findings: [warning(undefined, saw, fix)], details };
    }
    const needed = takeover + NOTICE_SECONDS;
    if (hast.timeout >= needed) return { findings: [], details };
    const saw = `hast.timeout is ${hast.timeout} s, and an isolated primary needs up to ${needed} s to notice and step down`;
    const fix = `set hast.timeout to ${needed} or more, then hastconf apply`;
    return { findings: [failed(undefined, saw, fix)], details };
  },
};

export const agentHearsWitness: FactsCheck = {
  id: 'witness',
  title: 'Each node reaches a witness',
  meaning: 'A node that reaches no witness takes itself for isolated: it does not take over, or steps down.',
  test: witnessAnswers,
};

function witnessAnswers(subject: Subject): Answer {
  const { witness } = subject.spec.agent;
  if (witness.length === 0) return { findings: [], skipped: 'no witness is configured' };
  return eachNode(subject, ({ name, facts }) => {
    const silent = witness.filter((address) => facts.ping[address] === false);
    if (silent.length === 0) return [];
    const saw = `${silent.join(' and ')} ${silent.length === 1 ? 'does' : 'do'} not answer ${name}`;
    const fix = `on ${name}: ping ${silent[0]}; choose another agent.witness if it is gone for good`;
    return [silent.length === witness.length ? failed(name, saw, fix) : warning(name, saw, fix)];
  });
}
