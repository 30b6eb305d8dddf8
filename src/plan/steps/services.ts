import type { NodeFacts } from '../../facts/types.js';
import { toldServices } from '../releases.js';
import { stepScript, words } from '../shell.js';
import type { PlanInput, Step } from '../types.js';

/**
 * rc services that do not run where the storage is served: new in the cluster file, or stopped since. An agent starts
 * services when it takes the storage, and this one has it already; a pair that is being set up has that before it.
 */
export function serviceSteps(input: PlanInput): Step[] {
  const facts = input.facts[input.primary]!;
  if (facts.agent?.state !== 'serving') return [];
  const told = toldServices(facts);
  return input.spec.services.flatMap((service): Step[] => {
    if (service.type !== 'rc') return [];
    const found = facts.services[service.name];
    if (!found?.exists || found.running) return [];
    return [startStep(facts, service.name, told.includes(service.name))];
  });
}

function startStep({ node }: NodeFacts, name: string, known: boolean): Step {
  return {
    id: `${node}/agent/service/${name}`,
    node,
    phase: 'agent',
    title: `Start service ${name}`,
    risk: 'none',
    ...(known ? { drift: 'it lives on the storage that is served here, and does not run' } : {}),
    diff: `+ service ${name} onestart`,
    action: {
      kind: 'script',
      timeoutMs: 120_000,
      script: stepScript(`
service ${words(name)} onestatus >/dev/null 2>&1 && exit 0
service ${words(name)} onestart </dev/null`),
    },
    verify: `service ${words(name)} onestatus >/dev/null 2>&1`,
  };
}
