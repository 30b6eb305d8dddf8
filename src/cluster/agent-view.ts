import type { NodeFacts } from '../facts/types.js';

/** What an agent says of its node, as far as moves and repairs go by it; see `status --json` in the README. */
export interface AgentView {
  state: string;
  reason: string;
  /** fresh | stale | unknown: whether this copy has all the data. */
  fresh: string;
  epoch: number;
  /** The last epoch at which both copies were the same; undefined: an agent that does not say. */
  agreedEpoch: number | undefined;
  alarms: readonly string[];
  /** Seconds since 1970; undefined: no maintenance. */
  maintenanceUntil: number | undefined;
  lastTransition: Transition | undefined;
  /** When that was, in seconds since 1970. */
  since: number | undefined;
}

interface Transition {
  from: string;
  to: string;
  reason: string;
  seconds: number;
}

/** The agent's answer; undefined when there is no agent or it does not answer. */
export function agentView({ agent }: NodeFacts): AgentView | undefined {
  if (!agent) return undefined;
  const { state, fresh, epoch, reason, agreedEpoch, alarms, maintenanceUntil, lastTransition, since } = agent;
  return {
    state,
    fresh,
    epoch,
    reason: typeof reason === 'string' ? reason : '',
    agreedEpoch: numberOf(agreedEpoch),
    alarms: Array.isArray(alarms) ? alarms.filter((alarm) => typeof alarm === 'string') : [],
    maintenanceUntil: numberOf(maintenanceUntil),
    lastTransition: transitionOf(lastTransition),
    since: numberOf(since),
  };
}

function numberOf(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

function transitionOf(value: unknown): Transition | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  const { from, to, reason, seconds } = value as Record<string, unknown>;
  return { from: String(from), to: String(to), reason: String(reason), seconds: Number(seconds) };
}
