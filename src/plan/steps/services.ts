import type { NodeFacts } from '../../facts/types.js';
import { AGENT, RUN_DIR } from '../../spec/paths.js';
import { leavingServices, namesOf, releasesOn, toldServices } from '../releases.js';
import { isRunning, serviceCall, serviceTitle } from '../service-calls.js';
import { stepScript } from '../shell.js';
import type { PlanInput, Step } from '../types.js';
import { restartsOn } from './serving.js';

/**
 * Services that do not run where the storage is served: new in the cluster file, stopped since, or stopped by this plan.
 * An agent starts services when it takes the storage, and this one has it already; a pair that is being set up has that
 * before it.
 */
export function serviceSteps(input: PlanInput): Step[] {
  const facts = input.facts[input.primary]!;
  if (facts.agent?.state !== 'serving') return [];
  const told = toldServices(facts);
  const stopped = [
    ...restartsOn(input, facts),
    ...(releasesOn(input, facts).length > 0 ? leavingServices(input, facts) : []),
  ];
  const names = [...new Set(input.spec.services.flatMap(namesOf))];
  return names.flatMap((name): Step[] => {
    const found = facts.services[name];
    if (!found?.exists || (found.running && !stopped.includes(name))) return [];
    return [startStep(facts, name, !found.running && told.includes(name))];
  });
}

/** The agent knows how each is started, and has it on its list by then. The mark says that it has not ended that. */
function startStep({ node }: NodeFacts, name: string, known: boolean): Step {
  return {
    id: `${node}/agent/service/${name}`,
    node,
    phase: 'agent',
    title: `Start ${serviceTitle(name)}`,
    risk: 'none',
    ...(known ? { drift: 'it lives on the storage that is served here, and does not run' } : {}),
    diff: `+ ${serviceCall(name, 'start')}`,
    action: {
      kind: 'script',
      timeoutMs: 180_000,
      script: stepScript(`
is_running() { ${isRunning(name)}; }
is_running && exit 0
: >${RUN_DIR}/services
${AGENT} reconcile
until_true 60 is_running || fail ${serviceTitle(name)} did not start: see its own log`),
    },
    verify: isRunning(name),
  };
}
