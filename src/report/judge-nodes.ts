import type { AgentFacts, NodeFacts } from '../facts/types.js';
import type { Case, Finding } from './finding.js';

/** hastd, devd and the agent on each node. */
export function nodeFindings({ facts, status }: Case): Finding[] {
  return facts.flatMap((one) => {
    // A copy that is being made is not fresh yet; "synchronising" says that already.
    const excused = status.serving === one.node || isSynchronising(status);
    return [...daemons(one), ...agent(one, excused), ...gaps(one)].map((finding) => ({
      ...finding,
      node: one.node,
    }));
  });
}

function isSynchronising(status: Case['status']): boolean {
  return status.resources.some((one) => one.status === 'complete' && (one.dirty ?? 0) > 0);
}

function daemons(facts: NodeFacts): Finding[] {
  const found: Finding[] = [];
  const base = { verdict: 'degraded', node: facts.node } as const;
  if (!facts.hast.running) {
    const words = facts.hast.error ? ` (${facts.hast.error.trim()})` : '';
    const message = `hastd does not run on ${facts.node}${words}`;
    found.push({ ...base, id: 'hastd-stopped', message, remedy: `on ${facts.node}: service hastd start` });
  }
  for (const name of ['devd', 'carp_hast']) {
    const service = facts.services[name];
    if (!service?.exists || service.running) continue;
    const message = `${name} does not run on ${facts.node}: events are not acted on`;
    const remedy = `on ${facts.node}: service ${name} start`;
    found.push({ ...base, id: `${name}-stopped`, message, remedy });
  }
  return found;
}

function agent(facts: NodeFacts, excused: boolean): Finding[] {
  const base = { verdict: 'degraded', node: facts.node } as const;
  if (!facts.agent) {
    const message = `the fail-over agent is not installed on ${facts.node}, or does not answer`;
    return [{ ...base, id: 'agent-missing', message, remedy: 'hastconf apply' }];
  }
  const { state, fresh } = facts.agent;
  const why = reasonOf(facts.agent);
  if (state === 'maintenance') {
    const message = `${facts.node} is in maintenance: no fail-over${why}`;
    const remedy = `on ${facts.node}: carp-hast-switch maintenance off`;
    return [{ ...base, id: 'maintenance', message, remedy }];
  }
  if (state === 'down' || state === 'unknown') {
    const message = `the agent on ${facts.node} is neither serving nor standing by: ${state}${why}`;
    const remedy = `on ${facts.node}: carp-hast-switch status`;
    return [{ ...base, id: 'agent-state', message, remedy }];
  }
  if (excused || fresh === 'fresh') return [];
  const message = `${facts.node} would not take over: its copy is ${fresh}`;
  return [{ ...base, id: 'not-fresh', message, remedy: 'hastconf wait' }];
}

function reasonOf(agent: AgentFacts): string {
  return typeof agent.reason === 'string' && agent.reason !== '' ? ` (${agent.reason})` : '';
}

/** What the node did not answer is not the same as what it does not have. */
function gaps(facts: NodeFacts): Finding[] {
  const unanswered = facts.unanswered ?? [];
  if (unanswered.length === 0) return [];
  const shown = unanswered.slice(0, 3).map(({ subject, message }) => `${subject} (${message.trim()})`);
  const more = unanswered.length > shown.length ? ` and ${unanswered.length - shown.length} more` : '';
  const message = `${facts.node} did not answer: ${shown.join(', ')}${more}`;
  return [{ id: 'unanswered', verdict: 'degraded', node: facts.node, message }];
}
