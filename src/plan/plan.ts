import { findDestructions } from './destructions.js';
import { effectOf } from './effect.js';
import { notesFor } from './notes.js';
import { preflight } from './preflight/index.js';
import { choosePrimary } from './primary.js';
import { findRefusals } from './refusals.js';
import { agentSteps } from './steps/agent.js';
import { carpSteps } from './steps/carp.js';
import { directorySteps } from './steps/directories.js';
import { fileSteps } from './steps/files.js';
import { formatSteps } from './steps/format.js';
import { hastdSteps } from './steps/hastd.js';
import { keySteps } from './steps/keys.js';
import { metadataSteps } from './steps/metadata.js';
import { moduleSteps } from './steps/modules.js';
import { pauseSteps } from './steps/pause.js';
import { releaseSteps } from './steps/release.js';
import { roleSteps } from './steps/roles.js';
import { serviceSteps } from './steps/services.js';
import { volumeSteps } from './steps/volumes.js';
import { PHASES, type Plan, type PlanInput, type PlanRequest, type Step } from './types.js';

/** Steps of one phase keep this order: an address is changed before its agent hears of it. */
const BUILDERS: readonly ((input: PlanInput) => Step[])[] = [
  carpSteps,
  directorySteps,
  keySteps,
  pauseSteps,
  releaseSteps,
  fileSteps,
  moduleSteps,
  volumeSteps,
  hastdSteps,
  metadataSteps,
  roleSteps,
  formatSteps,
  agentSteps,
  serviceSteps,
];

/** Pure: what has to change on both nodes so that they match the cluster file, in order. */
export function plan(request: PlanRequest): Plan {
  const { primary, problems: primaryProblems } = choosePrimary(request.spec, request.facts);
  const secondary = request.spec.nodes.find((node) => node.name !== primary)!.name;
  const input: PlanInput = { ...request, primary, secondary };
  const checks = [...preflight(input), ...primaryProblems];
  const steps = inOrder(BUILDERS.flatMap((build) => build(input)));
  const effect = effectOf(input, steps);
  return {
    steps,
    problems: checks.filter((problem) => !request.ignoredChecks.includes(problem.id)),
    destructions: findDestructions(input),
    notes: notesFor(input),
    refusals: findRefusals(input),
    ...(effect === undefined ? {} : { effect }),
    primary,
  };
}

function inOrder(steps: readonly Step[]): Step[] {
  return PHASES.flatMap((phase) => steps.filter((step) => step.phase === phase));
}
