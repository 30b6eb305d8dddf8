import type { NodeFacts } from '../facts/types.js';
import type { PairFacts } from '../plan/types.js';
import { carpOf } from '../report/observe.js';
import { bytes } from '../report/text.js';
import { type ClusterSpec, peerOf } from '../spec/types.js';
import { type AgentView, agentView } from './agent-view.js';
import type { Check } from './check.js';

/** What a planned move would be, and whether it may be. */
export interface SwitchoverDecision {
  /** Node that serves now; undefined: none, or not one alone. */
  from: string | undefined;
  to: string;
  /** The target serves already. */
  nothingToDo: boolean;
  checks: readonly Check[];
}

/**
 * Decides on a planned move from what both nodes say; pure. `to` left out: the node that does not serve. The checks are
 * those of the agents themselves, made before the primary is touched.
 */
export function decideSwitchover(spec: ClusterSpec, facts: PairFacts, to?: string): SwitchoverDecision {
  const serving = spec.nodes
    .map(({ name }) => name)
    .filter((name) => viewOf(facts, name)?.state === 'serving');
  const from = serving.length === 1 ? serving[0] : undefined;
  const target = to ?? (from === undefined ? otherThanPreferred(spec) : peerOf(spec, from).name);
  if (from === target) return { from, to: target, nothingToDo: true, checks: [] };
  const checks = [
    ...spec.nodes.map(({ name }) => agentAnswers(facts, name)),
    oneServes(spec, serving),
    ...(from === undefined ? [] : pairChecks(spec, facts, from, target)),
  ];
  return { from, to: target, nothingToDo: false, checks };
}

function otherThanPreferred(spec: ClusterSpec): string {
  return peerOf(spec, spec.preferred).name;
}

function viewOf(facts: PairFacts, node: string): AgentView | undefined {
  const own = facts[node];
  return own && agentView(own);
}

function agentAnswers(facts: PairFacts, node: string): Check {
  const runs = facts[node]?.services.carp_hast?.running === true;
  const ok = runs && viewOf(facts, node) !== undefined;
  const why = facts[node]?.agentError ?? (runs ? 'it is not installed' : 'it does not run');
  return {
    id: 'agent-answers',
    node,
    ok,
    message: ok ? `the agent on ${node} answers` : `the agent on ${node} does not answer: ${why}`,
    ...(ok ? {} : { remedy: 'hastconf apply sets it up and starts it' }),
  };
}

function oneServes(spec: ClusterSpec, serving: readonly string[]): Check {
  const [first, second] = serving;
  if (first !== undefined && second === undefined)
    return { id: 'one-serves', ok: true, message: `${first} serves` };
  const names = spec.nodes.map(({ name }) => name).join(' and ');
  return {
    id: 'one-serves',
    ok: false,
    message: second === undefined ? 'no node serves the storage' : `${names} both serve the storage`,
    remedy: 'hastconf status shows why, and what helps',
  };
}

function pairChecks(spec: ClusterSpec, facts: PairFacts, from: string, to: string): Check[] {
  const [serving, target] = [facts[from]!, facts[to]!];
  return [
    replicated(spec, serving),
    ...targetChecks(spec, target),
    ...rebooted(spec, target),
    copiesEqual(serving, target),
    ...witnessAnswers(spec, target),
  ];
}

/** Writes in flight are no fault: the serving node waits for them before it lets go. */
function replicated(spec: ClusterSpec, serving: NodeFacts): Check {
  const { node } = serving;
  const own = spec.resources.map(({ name }) => ({ name, hast: serving.hast.resources[name] }));
  const lone = own.filter(({ hast }) => hast?.status !== 'complete').map(({ name }) => name);
  const dirty = own.reduce((sum, { hast }) => sum + (hast?.dirty ?? 0), 0);
  if (lone.length === 0) {
    const left = dirty === 0 ? '' : `, ${bytes(dirty)} on their way`;
    return { id: 'replicated', node, ok: true, message: `every resource is connected${left}` };
  }
  return {
    id: 'replicated',
    node,
    ok: false,
    message: `${lone.join(', ')} is not replicated: what is written on ${node} is only there`,
    remedy: 'hastconf status shows why; hastconf wait waits for the synchronisation',
  };
}

function targetChecks(spec: ClusterSpec, target: NodeFacts): Check[] {
  const { node } = target;
  const view = agentView(target);
  if (!view) return [];
  const carp = carpOf(spec, target);
  const check = (id: string, ok: boolean, good: string, bad: string, remedy: string): Check => ({
    id,
    node,
    ok,
    message: ok ? good : bad,
    ...(ok ? {} : { remedy }),
  });
  return [
    check(
      'no-maintenance',
      view.maintenanceUntil === undefined,
      `no maintenance on ${node}`,
      `${node} is under maintenance`,
      'hastconf maintenance off',
    ),
    check(
      'target-standby',
      view.state === 'standby' || view.state === 'maintenance',
      `${node} is standby`,
      `${node} is ${view.state}${view.reason === '' ? '' : ` (${view.reason})`}, not standby`,
      `carp-hast-switch status on ${node} says why`,
    ),
    check(
      'target-fresh',
      view.fresh === 'fresh',
      `${node}'s copy has all the data`,
      `${node}'s copy is ${view.fresh}: it may miss data`,
      'hastconf wait waits until it has all of it',
    ),
    check(
      'target-disk',
      !view.alarms.includes('local-errors'),
      `no errors on ${node}'s disks`,
      `a disk of ${node} fails below HAST`,
      `put a new disk in its place, then hastconf replace --provider ${node}:RESOURCE`,
    ),
    check(
      'target-address',
      carp?.state === 'BACKUP' || carp?.state === 'MASTER',
      `${node} can take the address`,
      `${node} cannot take the address: CARP is ${carp?.state ?? 'not configured'} there`,
      `look at the link of ${spec.nodes.find(({ name }) => name === node)!.interface} on ${node}`,
    ),
  ];
}

/** A kernel recovers the state of NFS version 4 clients once: the agent refuses a planned move to one that has. */
function rebooted(spec: ClusterSpec, target: NodeFacts): Check[] {
  if (!spec.services.some((one) => one.type === 'nfs' && one.version === 4)) return [];
  const { node } = target;
  const ok = !agentView(target)?.alarms.includes('reboot-needed');
  return [
    {
      id: 'target-rebooted',
      node,
      ok,
      message: ok
        ? `${node} has not served NFS version 4 since it booted`
        : `${node} has served NFS version 4 since it booted: clients would get no time to reclaim what they have open`,
      ...(ok ? {} : { remedy: `shutdown -r now on ${node}, and wait until it is standby again` }),
    },
  ];
}

function copiesEqual(serving: NodeFacts, target: NodeFacts): Check {
  const [a, b] = [agentView(serving), agentView(target)];
  const ok = a !== undefined && b !== undefined && a.epoch === b.epoch;
  return {
    id: 'copies-equal',
    ok,
    message: ok
      ? `both copies are at epoch ${a.epoch}`
      : `the copies are at epochs ${a?.epoch ?? 'unknown'} (${serving.node}) and ${b?.epoch ?? 'unknown'} (${target.node})`,
    ...(ok ? {} : { remedy: 'hastconf status shows which is behind; the agents agree within some seconds' }),
  };
}

function witnessAnswers(spec: ClusterSpec, target: NodeFacts): Check[] {
  const { witness } = spec.agent;
  if (witness.length === 0) return [];
  const ok = witness.some((address) => target.ping[address] === true);
  return [
    {
      id: 'target-witness',
      node: target.node,
      ok,
      message: ok
        ? `a witness answers ${target.node}`
        : `no witness answers ${target.node} (${witness.join(', ')}): it would not take over`,
      ...(ok ? {} : { remedy: `look at ${target.node}'s network` }),
    },
  ];
}
