import type { AgentConf } from '../formats/agent-conf.js';
import { DEFAULT_AGENT } from '../spec/defaults.js';
import type { AgentSpec } from '../spec/types.js';
import type { PairReading } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

/** The agent's settings from an agent.conf of our own; a foreign pair gets the defaults. */
export function agentSpecOf(agent: AgentConf | undefined): AgentSpec {
  const { settle, boot_wait, on_demote_failure, failback, on_disk_error, on_service_failure } =
    agent?.variables ?? {};
  const { peer_ssh_port, fence, notify } = agent?.variables ?? {};
  return {
    settle: number(settle, DEFAULT_AGENT.settle),
    bootWait: number(boot_wait, DEFAULT_AGENT.bootWait),
    onDemoteFailure: on_demote_failure === 'alert' ? 'alert' : DEFAULT_AGENT.onDemoteFailure,
    failback: failback === 'auto' ? 'auto' : DEFAULT_AGENT.failback,
    onDiskError: on_disk_error === 'handover' ? 'handover' : DEFAULT_AGENT.onDiskError,
    onServiceFailure: on_service_failure === 'handover' ? 'handover' : DEFAULT_AGENT.onServiceFailure,
    peerSshPort: number(peer_ssh_port, DEFAULT_AGENT.peerSshPort),
    witness: agent?.witnesses ?? DEFAULT_AGENT.witness,
    fence: fence === undefined || fence === '' ? null : fence,
    notify: notify === undefined || notify === '' ? null : notify,
  };
}

function number(text: string | undefined, otherwise: number): number {
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : otherwise;
}

/** What must be alike on both nodes and is not: one was changed by hand, or an apply ended half-way. */
export function agentDifferences([left, right]: PairReading): AdoptFinding[] {
  const unknown = [left, right].flatMap(({ name, agent }) =>
    (agent?.unknown ?? []).map((line) =>
      finding('inexpressible', `agent.conf of ${name} has a line that hastconf does not write: ${line}`, {
        node: name,
      }),
    ),
  );
  if (!left.agent || !right.agent) {
    if (!left.agent && !right.agent) return unknown;
    const bare = (left.agent ? right : left).name;
    return [
      ...unknown,
      finding('differs', `only one node has an agent.conf; ${bare} has none`, { node: bare }),
    ];
  }
  const differing = DIFFERENT_IF.filter(
    (pick) => JSON.stringify(pick(left.agent!)) !== JSON.stringify(pick(right.agent!)),
  );
  return differing.length === 0
    ? unknown
    : [...unknown, finding('differs', `agent.conf says different things on ${left.name} and ${right.name}`)];
}

const SHARED = [
  'cluster',
  'carp_vhid',
  'carp_advbase',
  'carp_address',
  'hast_timeout',
  'settle',
  'boot_wait',
  'on_demote_failure',
  'failback',
  'on_disk_error',
  'on_service_failure',
  'peer_ssh_port',
  'fence',
  'notify',
];

const DIFFERENT_IF: readonly ((agent: AgentConf) => unknown)[] = [
  ({ variables }) => SHARED.map((name) => variables[name]),
  ({ witnesses, resources, storage, services }) => [witnesses, resources, storage, services],
];
