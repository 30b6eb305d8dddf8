import type { Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import { resourceOfDevice } from '../plan/hast-device.js';
import type { PairFacts } from '../plan/types.js';
import { type ClusterSpec, peerOf } from '../spec/types.js';
import { agentView } from './agent-view.js';
import { partedBecause } from './evidence.js';

/**
 * What stands against making a node's copy anew from the other one's, consent apart; pure. The copy that stays must be
 * known to be the good one, and must be in service: its node alone serves, by its agent and by hastd.
 */
export function survivorProblems(spec: ClusterSpec, node: string, facts: PairFacts): Problem[] {
  const [own, other] = [facts[node]!, facts[peerOf(spec, node).name]!];
  const parted = partedBecause(spec, [own, other]);
  if (parted.length > 0) {
    return [
      {
        id: 'copies-parted',
        message: `the copies have parted (${parted.join(', ')}): each may have what the other lacks`,
        remedy: 'hastconf resolve shows both, and asks which one stays',
      },
    ];
  }
  if (isServing(spec, own)) return [nodeServes(node, other.node)];
  const problems = [...survivorServes(spec, other), ...nothingInUse(own)];
  return problems.length > 0 ? problems : knowsMore(own, other);
}

function isServing(spec: ClusterSpec, own: NodeFacts): boolean {
  const primary = spec.resources.some(({ name }) => own.hast.resources[name]?.role === 'primary');
  return primary || ['serving', 'holding'].includes(agentView(own)?.state ?? '');
}

/** With its disk gone HAST goes on over the other node's copy, and nobody notices. */
function nodeServes(node: string, other: string): Problem {
  return {
    id: 'node-serves',
    node,
    message: `${node} serves the storage: nothing of it can be made anew under that`,
    remedy: `hastconf switchover --to ${other}, then this again`,
  };
}

function survivorServes(spec: ClusterSpec, own: NodeFacts): Problem[] {
  const { node } = own;
  const problem = (id: string, message: string, remedy: string): Problem[] => [{ id, node, message, remedy }];
  const status = 'hastconf status shows why, and what helps';
  if (!own.hast.running) return problem('hastd-down', `hastd does not answer on ${node}`, status);
  const view = agentView(own);
  if (!view)
    return problem(
      'agent-answers',
      `the agent on ${node} does not answer: ${own.agentError ?? 'it is not installed'}`,
      status,
    );
  const not = spec.resources.filter(({ name }) => own.hast.resources[name]?.role !== 'primary');
  if (not.length > 0 || view.state !== 'serving') {
    const roles = not.map(({ name }) => `${name} is ${own.hast.resources[name]?.role ?? 'not known'}`);
    return problem(
      'survivor-serves',
      `${node} does not serve: its agent says ${[view.state, ...roles].join(', ')}`,
      'bring the storage up there first: hastconf status shows why it is not',
    );
  }
  if (view.fresh === 'fresh') return [];
  return problem('survivor-fresh', `${node}'s copy is ${view.fresh}: it may miss data`, status);
}

function nothingInUse({ node, mounts, zfs }: NodeFacts): Problem[] {
  const mounted = mounts
    .filter(({ device }) => device.startsWith('/dev/hast/'))
    .map(({ device, mountpoint }) => `${device} is mounted on ${mountpoint}`);
  const imported = zfs.pools
    .filter(({ vdevs = [] }) =>
      vdevs.some(({ devices }) => devices.some((device) => resourceOfDevice(device) !== undefined)),
    )
    .map(({ name }) => `pool ${name} is imported`);
  return [...mounted, ...imported].map((what) => ({
    id: 'in-use',
    node,
    message: `${what} on ${node}, which does not serve`,
    remedy: `carp-hast-switch status on ${node} says why; carp-hast-switch demote lets go of it`,
  }));
}

/** A promotion that the survivor has not heard of: then what it serves is the older history. */
function knowsMore(own: NodeFacts, other: NodeFacts): Problem[] {
  const [a, b] = [agentView(own), agentView(other)];
  if (!a || !b || a.epoch <= b.epoch) return [];
  return [
    {
      id: 'node-ahead',
      node: own.node,
      message: `${own.node} is at epoch ${a.epoch} and ${other.node}, which serves, at ${b.epoch}: ${own.node} has served since they last met`,
      remedy: 'hastconf resolve, or carp-hast-switch status on both nodes',
    },
  ];
}
