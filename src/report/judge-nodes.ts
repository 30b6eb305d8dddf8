import type { AgentFacts, NodeFacts } from '../facts/types.js';
import type { Case, Finding } from './finding.js';
import { hasStorage, isHastSilent, storageName } from './observe.js';

/** hastd, devd and the agent on each node. */
export function nodeFindings({ spec, facts, status }: Case): Finding[] {
  return facts.flatMap((one) => {
    // A copy that is being made is not fresh yet; "synchronising" says that already.
    const excused = status.serving === one.node || isSynchronising(status);
    return [...silentHastd(spec, one), ...daemons(one), ...agent(one, excused), ...gaps(one)].map(
      (finding) => ({
        ...finding,
        node: one.node,
      }),
    );
  });
}

function isSynchronising(status: Case['status']): boolean {
  return status.resources.some((one) => one.status === 'complete' && (one.dirty ?? 0) > 0);
}

/**
 * Known to happen when a connected primary read changed addresses (reload): worker and daemon wait for each other. The
 * worker goes on serving, but no role can be changed, so the storage has to be put down before hastd.
 */
function silentHastd(spec: Case['spec'], facts: NodeFacts): Finding[] {
  if (!isHastSilent(facts)) return [];
  const { node } = facts;
  const base = { verdict: 'degraded', node } as const;
  const storage = spec.storage.filter((one) => one.type !== 'raw' && hasStorage(one, facts));
  if (storage.length === 0) {
    const message = `hastd on ${node} does not answer: its roles are not known`;
    return [{ ...base, id: 'hastd-silent', message, remedy: `look on ${node}: procstat -kk $(pgrep hastd)` }];
  }
  const put = storage.map((one) =>
    one.type === 'zfs' ? `zpool export ${one.pool}` : `umount ${storageName(one)}`,
  );
  const message = `hastd on ${node} hangs under storage that works (${storage.map(storageName).join(', ')}): no role can be changed, and there is no fail-over`;
  const remedy = `in a quiet moment, as root on ${node}: carp-hast-switch maintenance on; stop what uses the storage; ${put.join('; ')}; pkill -KILL hastd; service hastd start; carp-hast-switch maintenance off. Not before it is unmounted: the device goes with hastd`;
  return [{ ...base, id: 'hastd-hung', message, remedy }];
}

function daemons(facts: NodeFacts): Finding[] {
  const found: Finding[] = [];
  const base = { verdict: 'degraded', node: facts.node } as const;
  if (!facts.hast.running && !isHastSilent(facts)) {
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
  if (!facts.agent && facts.agentError !== undefined) {
    const message = `the fail-over agent on ${facts.node} does not answer: ${facts.agentError.trim()}`;
    return [{ ...base, id: 'agent-missing', message, remedy: `on ${facts.node}: carp-hast-switch status` }];
  }
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
