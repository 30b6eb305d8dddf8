import type { NodeFacts } from '../../facts/types.js';
import { wasApplied } from '../applied.js';
import { stepScript } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

const PREEMPT = 'net.inet.carp.preempt';

/** CARP's module and its preemption, live; loader.conf and sysctl.conf have them for the next boot. */
export function moduleSteps(input: PlanInput): Step[] {
  return input.spec.nodes.flatMap((node) => {
    const facts = input.facts[node.name]!;
    return [...loadCarp(facts), ...setPreempt(facts)];
  });
}

function loadCarp(facts: NodeFacts): Step[] {
  if (facts.modules.carp) return [];
  return [
    {
      id: `${facts.node}/modules/carp`,
      node: facts.node,
      phase: 'modules',
      title: 'Load the carp module',
      risk: 'none',
      diff: '+ kldload carp',
      action: { kind: 'script', script: stepScript('kldload -n carp') },
      verify: 'kldstat -q -m carp',
    },
  ];
}

function setPreempt(facts: NodeFacts): Step[] {
  const current = facts.sysctls[PREEMPT];
  if (current === '1') return [];
  return [
    {
      id: `${facts.node}/modules/preempt`,
      node: facts.node,
      phase: 'modules',
      title: 'Let CARP hand over by preemption',
      risk: 'none',
      ...(wasApplied('/etc/sysctl.conf#block', facts) ? { drift: 'changed since the last apply' } : {}),
      diff: `${PREEMPT}: ${current ?? '(module not loaded)'} -> 1`,
      action: { kind: 'script', script: stepScript(`sysctl ${PREEMPT}=1 >/dev/null`) },
      verify: `[ "$(sysctl -n ${PREEMPT})" = 1 ]`,
    },
  ];
}
