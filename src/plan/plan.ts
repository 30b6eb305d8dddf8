import { findDestructions } from './destructions.js';
import { effectOf } from './effect.js';
import { IGNORABLE_CHECKS } from './ignorable.js';
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
import { lunSteps } from './steps/luns.js';
import { metadataSteps } from './steps/metadata.js';
import { moduleSteps } from './steps/modules.js';
import { pauseSteps } from './steps/pause.js';
import { releaseSteps } from './steps/release.js';
import { roleSteps } from './steps/roles.js';
import { serviceSteps } from './steps/services.js';
import { rereadSteps, servingSteps } from './steps/serving.js';
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
  servingSteps,
  volumeSteps,
  hastdSteps,
  metadataSteps,
  roleSteps,
  formatSteps,
  lunSteps,
  agentSteps,
  rereadSteps,
  serviceSteps,
];

/** Pure: what has to change on both nodes so that they match the cluster file, in order. */
export function plan(request: PlanRequest): Plan {
  const { primary, problems: primaryProblems } = choosePrimary(request.spec, request.facts);
  const secondary = request.spec.nodes.find((node) => node.name !== primary)!.name;
  const input: PlanInput = { ...request, primary, secondary };
  const checks = [...preflight(input), ...primaryProblems];
  // Over answers that did not come, "not there" would be a guess, and every step one as well.
  const blind = checks.some(({ id }) => id === 'unanswered' || id === 'file-unreadable');
  const steps = blind ? [] : inOrder(BUILDERS.flatMap((build) => build(input)));
  const effect = effectOf(input, steps);
  return {
    steps,
    problems: checks.filter(({ id }) => !isIgnored(id, request)),
    destructions: blind ? [] : findDestructions(input),
    notes: notesFor(input),
    refusals: blind ? [] : findRefusals(input),
    ...(effect === undefined ? {} : { effect }),
    primary,
  };
}

function isIgnored(id: string, { ignoredChecks }: PlanRequest): boolean {
  return IGNORABLE_CHECKS.includes(id) && ignoredChecks.includes(id);
}

function inOrder(steps: readonly Step[]): Step[] {
  return PHASES.flatMap((phase) => steps.filter((step) => step.phase === phase));
}
