import type { Problem } from '../../errors.js';
import { failed, fromProblem } from '../finding.js';
import type { Answer, FactsCheck, Finding, Subject } from '../types.js';

/** Findings of apply's own verification at its end, by the check that reports them; any other id goes to `verification`. */
const REPORTED_BY: Readonly<Record<string, readonly string[]>> = {
  roles: [
    'two-primaries',
    'split-brain',
    'no-primary',
    'primaries-scattered',
    'carp-missing',
    'carp-init',
    'two-masters',
    'no-master',
    'address-elsewhere',
  ],
  replication: ['not-replicated', 'secondary-not-connected', 'synchronising', 'not-fresh'],
  storage: [
    'storage-not-served',
    'storage-on-both',
    'storage-without-device',
    'foreign-mount',
    'device-hung',
  ],
  services: ['hastd-stopped', 'devd-stopped', 'carp_hast-stopped', 'service-stopped'],
  agent: ['agent-missing', 'agent-state', 'maintenance'],
  disks: ['local-errors'],
  nodes: ['unreachable', 'unreadable'],
  configuration: ['files-differ'],
};
const REPORTED = new Set(Object.values(REPORTED_BY).flat());

/** A state that somebody wants, or that passes by itself. */
const WARNINGS: readonly string[] = ['maintenance', 'synchronising'];

/** What the verification found for one check. */
export function verified(subject: Subject, check: keyof typeof REPORTED_BY): Finding[] {
  return subject.verification.filter(({ id }) => REPORTED_BY[check]!.includes(id)).map(findingOf);
}

function findingOf(problem: Problem): Finding {
  return fromProblem(problem, WARNINGS.includes(problem.id) ? 'warning' : 'failed');
}

const answer =
  (check: keyof typeof REPORTED_BY) =>
  (subject: Subject): Answer => ({ findings: verified(subject, check) });

export const nodes: FactsCheck = {
  id: 'nodes',
  title: 'Both nodes answer',
  meaning: 'A node that cannot be reached can be neither judged nor repaired from here.',
  beforeSetUp: true,
  test: ({ unreachable, nodes: reached }) => ({
    findings: unreachable.map(({ node, error }) =>
      failed(
        node,
        [error.message, error.detail].filter(Boolean).join(': '),
        error.remedy ?? 'check the connection',
      ),
    ),
    details: reached.map(({ name, facts }) => `${name}: FreeBSD ${facts.os.release}, ${facts.os.arch}`),
  }),
};

export const roles: FactsCheck = {
  id: 'roles',
  title: 'The address is where the storage is: one primary, one MASTER',
  meaning: 'Clients reach the storage only where the address is, and two primaries lose data.',
  test: (subject) => ({
    findings: verified(subject, 'roles'),
    details: subject.nodes.map(({ name, facts }) => {
      const held = Object.values(facts.hast.resources).map(({ name: own, role }) => `${own} ${role}`);
      return `${name}: ${held.join(', ') || 'no resources'}`;
    }),
  }),
};

export const replication: FactsCheck = {
  id: 'replication',
  title: 'The second copy is connected and complete',
  meaning: 'Until it is, the loss of the serving node loses data, or nobody takes over.',
  test: answer('replication'),
};

export const storage: FactsCheck = {
  id: 'storage',
  title: 'The storage is in use on one node, from its HAST device',
  meaning: 'What is not mounted from the HAST device is not replicated; what is mounted twice is destroyed.',
  test: answer('storage'),
};

export const services: FactsCheck = {
  id: 'services',
  title: 'hastd, devd, the agent and the services run',
  meaning: 'A daemon that does not run is missed at the next fail-over, if not before.',
  test: (subject) => ({ findings: verified(subject, 'services').map(withStart) }),
};

/** Starting the agent or devd is what the boot does; hastd under a pair that runs is not a thing to do unseen. */
function withStart(finding: Finding): Finding {
  const name = /service (devd|carp_hast) (?:one)?start$/.exec(finding.fix)?.[1];
  if (name === undefined || finding.node === undefined) return finding;
  const script = `service ${name} onestart && service ${name} onestatus\n`;
  return { ...finding, repair: { node: finding.node, title: `Start ${name}`, script } };
}

export const verification: FactsCheck = {
  id: 'verification',
  title: 'Everything else that apply verifies at its end',
  meaning: 'The pair is not as apply would leave it.',
  beforeSetUp: true,
  test: (subject) => ({
    findings: subject.verification.filter(({ id }) => !REPORTED.has(id)).map(findingOf),
  }),
};
