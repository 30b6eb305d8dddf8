import { hastChanges, resourcesToDisconnect } from '../hast-change.js';
import { mayAssignRoles } from '../primary.js';
import { stepScript, words } from '../shell.js';
import type { Phase, PlanInput, Step } from '../types.js';

/** Seconds: hastd's primary tries to connect every 10, and a handshake may have just been missed. */
const CONNECT_SECONDS = 40;

/**
 * First roles of resources that nobody has used yet: secondary before primary, and nothing written until they
 * are connected, so that a new pair copies nothing. Resources in use are the agent's business.
 */
export function roleSteps(input: PlanInput): Step[] {
  const mine = input.spec.resources
    .map(({ name }) => name)
    .filter((name) => mayAssignRoles(name, input.facts));
  // What this run has disconnected: the primary has been primary all the time.
  const apart = resourcesToDisconnect(input);
  const secondary = unique([
    ...mine.filter((name) => roleOn(input, input.secondary, name) !== 'secondary'),
    ...apart,
  ]);
  const primary = mine.filter((name) => roleOn(input, input.primary, name) !== 'primary');
  const unconnected = unique([...mine.filter((name) => !isConnected(input, name)), ...apart]);
  return [
    ...secondary.map((name) => becomeSecondary(input, name)),
    ...primary.map((name) => becomePrimary(input, name)),
    ...unconnected.map((name) => connectStep(input, name)),
  ];
}

function unique(names: readonly string[]): string[] {
  return [...new Set(names)];
}

/** By the time of these steps: a secondary whose provider is exchanged has given up its role. */
function roleOn(input: PlanInput, node: string, name: string): string | undefined {
  const facts = input.facts[node]!;
  const role = facts.hast.resources[name]?.role;
  if (node === input.secondary && resourcesToDisconnect(input).includes(name)) return 'init';
  return role === 'secondary' && hastChanges(input, facts).get(name) === 'provider' ? 'init' : role;
}

function isConnected({ facts, primary }: PlanInput, name: string): boolean {
  const resource = facts[primary]!.hast.resources[name];
  return resource?.role === 'primary' && resource.status === 'complete';
}

function step(phase: Phase, node: string, name: string): Pick<Step, 'id' | 'node' | 'phase'> {
  return { id: `${node}/${phase}/${name}`, node, phase };
}

function becomeSecondary(input: PlanInput, name: string): Step {
  const from = roleOn(input, input.secondary, name) ?? 'init';
  return {
    ...step('secondary', input.secondary, name),
    title: `Make ${name} secondary`,
    risk: 'none',
    diff: `${name}: ${from} -> secondary`,
    action: {
      kind: 'script',
      script: stepScript(`
resource=${words(name)}
has_role "$resource" primary && refuse "$resource is primary here by now: its role is left alone"
hastctl role secondary "$resource" || exit 1`),
    },
    verify: stepScript(`has_role ${words(name)} secondary`),
  };
}

function becomePrimary(input: PlanInput, name: string): Step {
  const from = roleOn(input, input.primary, name) ?? 'init';
  return {
    ...step('primary', input.primary, name),
    title: `Make ${name} primary`,
    risk: 'none',
    diff: `${name}: ${from} -> primary`,
    action: {
      kind: 'script',
      // Exit 0 means accepted: without metadata the role is init again a moment later, and only syslog says why.
      script: stepScript(`
resource=${words(name)}
hastctl role primary "$resource" || exit 1
until_true 15 is_primary "$resource" || { hastd_said "$resource"; fail "$resource did not stay primary"; }`),
    },
    verify: stepScript(`is_primary ${words(name)}`),
  };
}

function connectStep(input: PlanInput, name: string): Step {
  return {
    ...step('connect', input.primary, name),
    title: `Wait until ${name} is connected`,
    risk: 'none',
    action: {
      kind: 'script',
      timeoutMs: (CONNECT_SECONDS + 30) * 1000,
      script: stepScript(`
resource=${words(name)}
until_true ${CONNECT_SECONDS} is_complete "$resource" || {
	hastd_said "$resource"
	fail "$resource is not connected to the other node after ${CONNECT_SECONDS} s; is TCP port 8457 open between the replication addresses?"
}`),
    },
    verify: stepScript(`is_complete ${words(name)}`),
  };
}
