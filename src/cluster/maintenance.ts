import type { NodeFacts } from '../facts/types.js';
import { stepScript, words } from '../plan/shell.js';
import type { Step } from '../plan/types.js';
import { AGENT } from '../spec/paths.js';
import { agentView } from './agent-view.js';

/** Seconds by which an end that was asked for before may differ: asking takes time as well. */
const SAME_END_SECONDS = 60;
/** The agent's own longest wait for its turn, and some. */
const LIMIT_MS = 150_000;

/** Turns fail-over off on a node for so many seconds; none where that is so already. It survives a reboot and expires. */
export function maintenanceOn(facts: NodeFacts, seconds: number): Step[] {
  const until = agentView(facts)?.maintenanceUntil;
  const wanted = facts.clock.epoch + seconds;
  if (until !== undefined && Math.abs(until - wanted) <= SAME_END_SECONDS) return [];
  return [
    {
      id: `${facts.node}/maintenance/on`,
      node: facts.node,
      phase: 'maintenance',
      title: 'Turn fail-over off',
      risk: 'none',
      diff: `+ carp-hast-switch maintenance on ${seconds}`,
      action: {
        kind: 'script',
        timeoutMs: LIMIT_MS,
        script: stepScript(`${words(AGENT)} maintenance on ${seconds}`),
      },
      verify: stepScript(`! ${IS_OFF}`),
    },
  ];
}

/** Lets the agent act again; none where it may. */
export function maintenanceOff(facts: NodeFacts): Step[] {
  if (agentView(facts)?.maintenanceUntil === undefined) return [];
  return [
    {
      id: `${facts.node}/maintenance/off`,
      node: facts.node,
      phase: 'maintenance',
      title: 'Turn fail-over on again',
      risk: 'none',
      diff: '+ carp-hast-switch maintenance off',
      action: {
        kind: 'script',
        timeoutMs: LIMIT_MS,
        script: stepScript(`${words(AGENT)} maintenance off`),
      },
      verify: stepScript(IS_OFF),
    },
  ];
}

const IS_OFF = `${AGENT} status --json | grep -q '"maintenanceUntil":null'`;
