import type { NodeFacts } from '../../facts/types.js';
import { readHastConf } from '../../formats/hast-node.js';
import { isPending } from '../../plan/notice.js';
import type { Step } from '../../plan/types.js';
import { bothNodes, eachNode, failed, fromProblem, needsBoth, warning } from '../finding.js';
import type { DoctorNode, FactsCheck, Finding } from '../types.js';
import { verified } from './verification.js';

const HAST_CONF = '/etc/hast.conf';
/** `hastctl dump` of a resource that cannot be: 65 means that the file is valid on this node. */
const VALID = 65;

export const preflight: FactsCheck = {
  id: 'preflight',
  title: 'Nothing stands in the way of apply',
  meaning: 'apply would stop before it changes anything, also when it is needed in a hurry.',
  beforeSetUp: true,
  test: (subject) => {
    const { plan } = subject;
    if (!plan) return needsBoth(subject);
    return { findings: plan.problems.map((problem) => fromProblem(problem)) };
  },
};

export const configuration: FactsCheck = {
  id: 'configuration',
  title: 'Both nodes are configured as the cluster file says',
  meaning: 'A node that differs behaves otherwise than you think once it has to take over.',
  test: (subject) => {
    const { plan } = subject;
    if (!plan) return needsBoth(subject);
    const refused = (plan.refusals ?? []).map((problem) => fromProblem(problem));
    const steps = plan.steps.map(stepFinding);
    const details = plan.steps.length === 0 ? ['the plan is empty'] : [];
    // A file that differs between the nodes is a step of the plan on one of them.
    const differing = steps.length === 0 ? verified(subject, 'configuration') : [];
    return { findings: [...refused, ...steps, ...differing], details };
  },
};

/** A step without a diff changes nothing: it waits for the agents. */
function stepFinding({ node, title, diff, drift }: Step): Finding {
  const saw = `${node}: ${title}${drift === undefined ? '' : ` (${drift})`}`;
  if (diff === undefined) return warning(node, saw, 'hastconf apply, if it stays');
  return failed(node, saw, 'see hastconf plan, then hastconf apply');
}

export const hastdConfiguration: FactsCheck = {
  id: 'hastd-configuration',
  title: 'hastd runs the configuration on disk',
  meaning:
    'hastd goes on with what it read at its start or last reload; a reboot would change how the pair behaves.',
  test: (subject) => eachNode(subject, ({ facts }) => hastdFindings(facts)),
};

function hastdFindings(facts: NodeFacts): Finding[] {
  const { node, hast } = facts;
  const content = facts.files[HAST_CONF]?.content;
  if (content === undefined) return [failed(node, `${node} has no ${HAST_CONF}`, 'hastconf apply')];
  const read = readHastConf(content, facts.identity);
  if (!read.ok || (hast.configExit !== undefined && hast.configExit !== VALID)) {
    const why = read.ok ? `hastctl exits ${hast.configExit}` : read.error;
    return [failed(node, `${HAST_CONF} on ${node} is not valid: ${why}`, 'hastconf apply writes it anew')];
  }
  if (!hast.running) return [];
  const pending = isPending(facts, 'hastd')
    ? [failed(node, `${HAST_CONF} on ${node} was changed and hastd not told of it`, 'hastconf apply')]
    : [];
  const wanted = new Map(read.resources.map((one) => [one.name, one]));
  const gone = Object.keys(hast.resources).filter((name) => !wanted.has(name));
  const differing = read.resources.flatMap((one) => {
    const running = hast.resources[one.name];
    if (!running || running.error !== undefined) return [`${one.name} is not known to hastd`];
    return [
      ...differs(one.name, 'local', running.localPath, one.local),
      ...differs(one.name, 'remote', running.remoteAddress, one.remote ?? 'none'),
      ...differs(one.name, 'replication', running.replication, one.replication),
    ];
  });
  const all = [...differing, ...gone.map((name) => `${name} is gone from ${HAST_CONF}`)];
  return [...pending, ...all.map((what) => failed(node, `hastd on ${node}: ${what}`, 'hastconf apply'))];
}

function differs(name: string, what: string, running: string, wanted: string): string[] {
  const same = running === '' || bare(running) === bare(wanted);
  return same ? [] : [`${name} runs with ${what} ${running}, and ${HAST_CONF} says ${wanted}`];
}

/** hastd adds the protocol where the file leaves it out. */
function bare(value: string): string {
  return value.replace(/^tcp[46]?:\/\//, '');
}

export const remoteAddress: FactsCheck = {
  id: 'remote-address',
  title: 'Each resource has the other node as its remote',
  meaning: "hastd accepts a node's own address as its remote, and then never replicates.",
  test: (subject) => eachNode(subject, remoteFindings),
};

function remoteFindings({ name, facts }: DoctorNode): Finding[] {
  const read = readHastConf(facts.files[HAST_CONF]?.content ?? '', facts.identity);
  if (!read.ok) return [];
  const own = new Set(facts.interfaces.flatMap(({ addresses }) => addresses.map(({ address }) => address)));
  return read.resources.flatMap(({ name: resource, remote }) => {
    if (remote === null) {
      return [
        failed(name, `${resource} on ${name} has \`remote none\`: there is no second copy`, 'hastconf apply'),
      ];
    }
    const address = bare(remote)
      .replace(/^\[(.*)\](?::\d+)?$/, '$1')
      .replace(/^([\d.]+):\d+$/, '$1');
    if (!own.has(address)) return [];
    return [
      failed(
        name,
        `${resource} on ${name} has ${name}'s own address ${address} as its remote`,
        'hastconf apply',
      ),
    ];
  });
}

export const backups: FactsCheck = {
  id: 'backups',
  title: 'What hastconf replaced is kept on both nodes',
  meaning: 'Without the backups `remove` cannot put back what was there before.',
  test: (subject) =>
    bothNodes(subject, (first, second) => ({
      findings: [first, second].flatMap(backupFindings),
      details: [first, second].map(({ name, answers }) => `${name}: ${answers.backups.length} backups`),
    })),
};

/** A run that replaced something left a mark in `applied`; a pair that never replaced anything has no backups. */
function backupFindings({ name, facts, answers }: DoctorNode): Finding[] {
  const applied = facts.files['/var/db/hastconf/applied'] !== undefined;
  const directory = facts.directories['/var/db/hastconf/backups'];
  if (!applied || directory !== undefined || answers.backups.length > 0) return [];
  return [
    warning(
      name,
      `${name} has no /var/db/hastconf/backups`,
      `on ${name}: look for it in your own backups; hastconf apply makes the directory anew`,
    ),
  ];
}
