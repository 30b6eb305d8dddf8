import type { NodeFacts } from '../facts/types.js';
import type { AgentStatus, TransitionStatus } from './status-types.js';

/** What the node's agent says of itself, as far as it can be understood; an older agent says less. */
export function agentStatus(facts: NodeFacts): AgentStatus | null {
  if (!facts.agent) return null;
  const { version, state, fresh, epoch, reason, agreedEpoch } = facts.agent;
  return {
    version,
    state,
    fresh,
    epoch,
    agreedEpoch: typeof agreedEpoch === 'number' ? agreedEpoch : null,
    reason: typeof reason === 'string' ? reason : null,
    peer: peerOf(facts.agent),
    maintenanceUntil: isoTime(facts.agent.maintenanceUntil),
    lastTransition: transitionOf(facts.agent),
    alarms: alarmsOf(facts.agent),
  };
}

type Said = Readonly<Record<string, unknown>>;

function peerOf({ peerState, peerEvidence }: Said): AgentStatus['peer'] {
  if (typeof peerState !== 'string') return null;
  const ways = asRecord(peerEvidence);
  if (ways === undefined) return { state: peerState, evidence: null };
  const evidence = Object.entries(ways).flatMap(([way, answered]) =>
    typeof answered === 'boolean' ? [[way, answered] as const] : [],
  );
  return { state: peerState, evidence: Object.fromEntries(evidence) };
}

function transitionOf({ lastTransition, since }: Said): TransitionStatus | null {
  const last = asRecord(lastTransition);
  if (last === undefined) return null;
  const word = (key: string): string => (typeof last[key] === 'string' ? last[key] : '');
  const seconds = typeof last.seconds === 'number' ? last.seconds : 0;
  return { from: word('from'), to: word('to'), reason: word('reason'), seconds, at: isoTime(since) };
}

function alarmsOf({ alarms, alarmsSince }: Said): AgentStatus['alarms'] {
  if (!Array.isArray(alarms)) return [];
  const since = asRecord(alarmsSince) ?? {};
  return alarms.flatMap((alarm) =>
    typeof alarm === 'string' ? [{ alarm, since: isoTime(since[alarm]) }] : [],
  );
}

function asRecord(value: unknown): Said | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Said) : undefined;
}

/** Seconds since 1970 as ISO 8601; 0 stands for "never". */
function isoTime(seconds: unknown): string | null {
  if (typeof seconds !== 'number' || seconds <= 0 || seconds > 1e11) return null;
  return new Date(seconds * 1000).toISOString();
}
