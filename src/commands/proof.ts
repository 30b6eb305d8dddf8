import { setTimeout as sleep } from 'node:timers/promises';
import { interrupted } from '../apply/executor.js';
import type { Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import { proveProblems } from '../report/final.js';
import type { ClusterSpec } from '../spec/types.js';
import type { Planned } from './planning.js';

/**
 * What the nodes may be about to mend by themselves: an election, a reconnection (hastd tries every 10 s), a mount,
 * the agents' word about a synchronisation.
 */
const PASSING = [
  'wait-left',
  'no-master',
  'address-elsewhere',
  'not-fresh',
  'agent-state',
  'secondary-not-connected',
  'not-replicated',
  'storage-not-served',
];
/** A reconnection, a tick of the agent, and its word to the other one, each ten seconds or more. */
const PATIENCE_MS = 45_000;
const LOOK_EVERY_MS = 1000;

/** The facts of a plan in the order of the cluster file. */
export function factsOf(spec: ClusterSpec, planned: Planned): NodeFacts[] {
  return spec.nodes.map((node) => planned.facts[node.name]!);
}

/** What is still to do and what is not as it should be; empty means proved. */
export function problemsOf(spec: ClusterSpec, planned: Planned): Problem[] {
  const left = planned.plan.steps.map((step) => ({
    // A step without a diff changes nothing: it waits for the agents.
    id: step.diff === undefined ? 'wait-left' : 'step-left',
    node: step.node,
    message: `still to do on ${step.node}: ${step.title}`,
  }));
  return [...left, ...proveProblems(spec, factsOf(spec, planned))];
}

export interface Looks {
  signal: AbortSignal;
  look: () => Promise<Planned>;
  /** Waits for zero dirty bytes. */
  synchronise: () => Promise<void>;
}

/**
 * Waits for a synchronisation under way, as after an apply that was cut off in it, and for what is passing;
 * the last look. Throws exit 130 when interrupted.
 */
export async function letSettle(
  spec: ClusterSpec,
  found: Planned,
  { signal, look, synchronise }: Looks,
): Promise<Planned> {
  let planned = found;
  if (problemsOf(spec, planned).some(({ id }) => id === 'synchronising')) {
    await synchronise();
    planned = await look();
  }
  const until = performance.now() + PATIENCE_MS;
  while (isPassing(problemsOf(spec, planned)) && performance.now() < until) {
    await sleep(LOOK_EVERY_MS, undefined, { signal }).catch(() => {
      throw interrupted();
    });
    planned = await look();
  }
  return planned;
}

function isPassing(problems: readonly Problem[]): boolean {
  return problems.length > 0 && problems.every(({ id }) => PASSING.includes(id));
}
