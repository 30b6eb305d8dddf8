import { ExitCode, type Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import type { ClusterSpec } from '../spec/types.js';
import type { Case, Finding } from './finding.js';
import { addressFindings } from './judge-address.js';
import { nodeFindings } from './judge-nodes.js';
import { resourceFindings } from './judge-resources.js';
import { storageFindings } from './judge-storage.js';
import { carpOf } from './observe.js';
import type { NodeReading, Verdict } from './status-types.js';

/** Worst first. */
const ORDER: readonly Verdict[] = ['not set up', 'split', 'down', 'degraded', 'synchronising', 'healthy'];

/** What follows from a split-brain: their usual ways out (wait, apply, reconcile) do not help before it is resolved. */
const HELPLESS_IN_SPLIT: ReadonlySet<string> = new Set([
  'not-fresh',
  'not-replicated',
  'secondary-not-connected',
  'synchronising',
  'two-masters',
  'no-master',
  'address-elsewhere',
  'primaries-scattered',
  'no-primary',
  'storage-not-served',
  'agent-state',
]);

/** The verdict and everything that led to it, worst first. */
export function judge(
  spec: ClusterSpec,
  status: Case['status'],
  readings: readonly NodeReading[],
): { verdict: Verdict; problems: Problem[] } {
  const facts = readings.flatMap((reading) => ('facts' in reading ? [reading.facts] : []));
  const unread = readings.flatMap((reading) => unreadFinding(reading, facts.length === 0));
  const subject: Case = { spec, status, facts, blind: unread.length > 0 };
  const found = [...unread, ...(facts.length === 0 ? [] : judgeReadable(subject))];
  const isSplit = found.some(({ verdict }) => verdict === 'split');
  const told = isSplit ? found.filter(({ id }) => !HELPLESS_IN_SPLIT.has(id)) : found;
  const sorted = told.toSorted((a, b) => ORDER.indexOf(a.verdict) - ORDER.indexOf(b.verdict));
  const problems = sorted.map(({ verdict: _, ...problem }) => problem);
  return { verdict: sorted[0]?.verdict ?? 'healthy', problems };
}

function judgeReadable(subject: Case): Finding[] {
  if (!subject.facts.some((facts) => isSetUp(subject.spec, facts))) {
    return [
      {
        id: 'not-set-up',
        verdict: 'not set up',
        message: `${subject.facts.map((facts) => facts.node).join(' and ')}: nothing of this pair is set up`,
        remedy: 'hastconf apply',
      },
    ];
  }
  // Causes before their effects: a stopped daemon, then the address, then what is missing because of them.
  return [
    ...nodeFindings(subject),
    ...addressFindings(subject),
    ...resourceFindings(subject),
    ...storageFindings(subject),
  ];
}

/** Anything that only a set-up leaves behind: a known resource, the agent, the CARP address. */
function isSetUp(spec: ClusterSpec, facts: NodeFacts): boolean {
  const known = spec.resources.some(({ name }) => facts.hast.resources[name] !== undefined);
  const agent = facts.agent !== undefined || facts.files['/usr/local/sbin/carp-hast-switch'] !== undefined;
  return known || agent || carpOf(spec, facts) !== undefined;
}

function unreadFinding(reading: NodeReading, none: boolean): Finding[] {
  if (!('error' in reading)) return [];
  const { node, error } = reading;
  const finding: Finding = {
    id: error.exit === ExitCode.Unreachable ? 'unreachable' : 'unreadable',
    verdict: none ? 'down' : 'degraded',
    node,
    message: error.message,
  };
  if (error.remedy !== undefined) finding.remedy = error.remedy;
  return [finding];
}
