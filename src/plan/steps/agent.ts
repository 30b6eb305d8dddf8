import type { NodeFacts } from '../../facts/types.js';
import { AGENT, AGENT_CONF, DEVD_CONF } from '../../spec/paths.js';
import { nodeOf } from '../../spec/types.js';
import { wasApplied } from '../applied.js';
import { isPending } from '../notice.js';
import { interfaceOf } from '../preflight/network.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';
import { resumeStep, resumes } from './pause.js';

/** Seconds: CARP's own 3 s twice, a settle time, a mount with fsck, and a slow machine. */
const AGENT_SECONDS = 90;

/** devd with the new rule, the agent running, and what it has made of the pair. */
export function agentSteps(input: PlanInput): Step[] {
  return [input.primary, input.secondary].flatMap((node) => {
    const facts = input.facts[node]!;
    return [
      ...devdStep(input, facts),
      ...startStep(facts),
      ...resumeStep(input, facts),
      ...settleStep(input, facts),
    ];
  });
}

/** devd has no reload; nothing old is replayed by a restart (devd(8)). */
function devdStep(input: PlanInput, facts: NodeFacts): Step[] {
  const wanted = input.files.find((file) => file.node === facts.node && file.path === DEVD_CONF);
  const same = wanted?.kind === 'whole' && wanted.content === facts.files[DEVD_CONF]?.content;
  if (same && !isPending(facts, 'devd') && facts.services.devd?.running !== false) return [];
  return [
    {
      id: `${facts.node}/agent/devd`,
      node: facts.node,
      phase: 'agent',
      title: 'Restart devd',
      risk: 'none',
      diff: '+ service devd restart',
      action: { kind: 'script', script: stepScript('service devd restart </dev/null') },
      verify: 'service devd status >/dev/null',
      notices: 'devd',
    },
  ];
}

function startStep(facts: NodeFacts): Step[] {
  if (facts.services.carp_hast?.running) return [];
  return [
    {
      id: `${facts.node}/agent/start`,
      node: facts.node,
      phase: 'agent',
      title: 'Start the agent',
      risk: 'none',
      ...(wasApplied(AGENT_CONF, facts) ? { drift: 'it was set up, and does not run' } : {}),
      diff: '+ service carp_hast start',
      action: {
        kind: 'script',
        timeoutMs: 120_000,
        script: stepScript('service carp_hast start </dev/null'),
      },
      verify: 'service carp_hast status >/dev/null',
    },
  ];
}

/** The agent serves on the primary (mounts, address) and stands by on the other node. */
function settleStep(input: PlanInput, facts: NodeFacts): Step[] {
  const state = facts.node === input.primary ? 'serving' : 'standby';
  const stays = facts.agent?.state === state && hasAddress(input, facts, state);
  if (stays && !hearsNews(input, facts) && !resumes(input, facts)) return [];
  // Somebody's own pause is not ended here; the proof says that it is on.
  if (facts.agent?.state === 'maintenance' && !resumes(input, facts)) return [];
  const { vhid } = input.spec.carp;
  const carp = `*"carp: ${state === 'serving' ? 'MASTER' : 'BACKUP'} vhid ${vhid} "*`;
  return [
    {
      id: `${facts.node}/agent/${state}`,
      node: facts.node,
      phase: 'agent',
      title: state === 'serving' ? 'Let the agent serve the storage' : 'Let the agent stand by',
      risk: 'none',
      action: {
        kind: 'script',
        timeoutMs: (AGENT_SECONDS + 60) * 1000,
        script: stepScript(`
is_settled() {
	case $(${AGENT} status --json 2>/dev/null) in *'"state":"${state}"'*) ;; *) return 1 ;; esac
	case $(ifconfig ${words(nodeOf(input.spec, facts.node).interface)}) in ${carp}) ;; *) return 1 ;; esac
}
${AGENT} reconcile
until_true ${AGENT_SECONDS} is_settled || { ${AGENT} status; fail "the agent is not ${state}"; }`),
      },
    },
  ];
}

/** CARP elects for three seconds after an address came up, whatever the agent says. */
function hasAddress(input: PlanInput, facts: NodeFacts, state: 'serving' | 'standby'): boolean {
  const live = interfaceOf(facts, nodeOf(input.spec, facts.node));
  const carp = live?.carp.find(({ vhid }) => vhid === input.spec.carp.vhid);
  return carp?.state === (state === 'serving' ? 'MASTER' : 'BACKUP');
}

/** A changed agent.conf may name new storage, which has to be attached. */
function hearsNews({ files }: PlanInput, facts: NodeFacts): boolean {
  const wanted = files.find((file) => file.node === facts.node && file.path === AGENT_CONF);
  return wanted?.kind === 'whole' && wanted.content !== facts.files[AGENT_CONF]?.content;
}
