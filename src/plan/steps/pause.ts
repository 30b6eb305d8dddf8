import type { NodeFacts } from '../../facts/types.js';
import { AGENT } from '../../spec/paths.js';
import { mustHearCarp, replacesServing } from '../carp-change.js';
import { hastChanges, resourcesToDisconnect } from '../hast-change.js';
import { isPending, pendingPath } from '../notice.js';
import { releasesOn } from '../releases.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

/**
 * Seconds of maintenance at most. It expires by itself should this run be cut off: a pair without fail-over is worse
 * than agents that see a change half done, which the order of the steps keeps harmless.
 */
export const PAUSE_SECONDS = 120;

/**
 * True when the agents would act on what apply is doing: on storage that goes, on a serving node without its address, on
 * a copy that is made anew, on replication addresses that differ for a moment.
 */
export function needsPause(input: PlanInput): boolean {
  if (resourcesToDisconnect(input).length > 0) return true;
  if (replacesServing(input) || mustHearCarp(input, input.primary)) return true;
  return input.spec.nodes.some(({ name }) => {
    const facts = input.facts[name]!;
    if (releasesOn(input, facts).length > 0) return true;
    return [...hastChanges(input, facts).values()].some((change) =>
      ['provider', 'addresses', 'removed'].includes(change),
    );
  });
}

/** Whether this plan ends the agent's maintenance on a node: its own, also one that a cut-off run has left. */
export function resumes(input: PlanInput, facts: NodeFacts): boolean {
  return isPending(facts, 'agent') || pauses(input, facts);
}

function pauses(input: PlanInput, facts: NodeFacts): boolean {
  const runs = facts.agent !== undefined || facts.agentError !== undefined;
  return runs && !isSomebodysOwn(facts) && needsPause(input);
}

/** Maintenance that a person has turned on is theirs to end. */
function isSomebodysOwn(facts: NodeFacts): boolean {
  return typeof facts.agent?.maintenanceUntil === 'number' && !isPending(facts, 'agent');
}

/** Both agents keep still, for a limited time, before anything is touched that they look after. */
export function pauseSteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap((node): Step[] => {
    const facts = input.facts[node.name]!;
    if (!pauses(input, facts)) return [];
    const mark = pendingPath('agent');
    return [
      {
        id: `${node.name}/pause/agent`,
        node: node.name,
        phase: 'pause',
        title: 'Pause the agent',
        risk: 'none',
        impact: { kind: 'nothing', detail: `no fail-over meanwhile, for at most ${PAUSE_SECONDS} s` },
        diff: `+ carp-hast-switch maintenance on ${PAUSE_SECONDS}`,
        action: {
          kind: 'script',
          timeoutMs: 120_000,
          // The second look waits for one that is under way and may have begun before.
          script: stepScript(`
${UNLESS_INERT}
mkdir -p ${words(mark)} || exit 1
${AGENT} maintenance on ${PAUSE_SECONDS} || exit 1
${AGENT} reconcile`),
        },
        verify: `${UNLESS_INERT}\ncase $(${AGENT} status --json) in *'"maintenanceUntil":null'*) exit 1 ;; esac`,
      },
    ];
  });
}

/** An agent that cannot even read its configuration does nothing, and cannot be told anything either. */
const UNLESS_INERT = `${AGENT} status >/dev/null 2>&1; [ $? -ne 1 ] || exit 0`;

/** The agent on this node may act again. */
export function resumeStep(input: PlanInput, facts: NodeFacts): Step[] {
  if (!resumes(input, facts)) return [];
  return [
    {
      id: `${facts.node}/agent/resume`,
      node: facts.node,
      phase: 'agent',
      title: 'Let the agent act again',
      risk: 'none',
      diff: '+ carp-hast-switch maintenance off',
      action: { kind: 'script', timeoutMs: 120_000, script: resumeScript() },
      verify: `case $(${AGENT} status --json) in *'"maintenanceUntil":null'*) ;; *) exit 1 ;; esac`,
      notices: 'agent',
    },
  ];
}

/** Also run on its own when a run ends before it comes to that step. */
export function resumeScript(): string {
  return stepScript(
    `${AGENT} maintenance off || exit 1\nrmdir ${words(pendingPath('agent'))} 2>/dev/null || :`,
  );
}
