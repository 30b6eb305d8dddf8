import type { Problem } from '../errors.js';
import type { NodeFacts } from '../facts/types.js';
import type { GeneratedFile } from '../render/types.js';
import type { ClusterSpec } from '../spec/types.js';
import { findDestructions } from './destructions.js';
import { type Effect, effectOf } from './effect.js';
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
import { PHASES, type Step } from './types.js';

/** Facts of both nodes by node name. */
export type PairFacts = Readonly<Record<string, NodeFacts>>;

export interface PlanRequest {
  spec: ClusterSpec;
  facts: PairFacts;
  /** What render made for these nodes. */
  files: readonly GeneratedFile[];
  /** Consents to lose data, `NODE:WHAT` as given to --destroy. */
  destroy: readonly string[];
  /** Ids of preflight checks that the user chose to ignore. */
  ignoredChecks: readonly string[];
  /** VHIDs of strangers heard on the CARP network; empty when nobody listened. */
  foreignVhids?: readonly number[];
}

/** Data that a step would lose; done only with consent that names it. */
export interface Destruction {
  node: string;
  /** Provider, file or resource, as it has to be named in the consent. */
  what: string;
  /** What would be lost, for people. */
  loses: readonly string[];
  consented: boolean;
}

export interface Plan {
  steps: readonly Step[];
  /** Preflight findings; a plan with any is not applied. */
  problems: readonly Problem[];
  destructions: readonly Destruction[];
  /** Things worth knowing that stop nothing. */
  notes: readonly string[];
  /** Changes that are never made under a running pair; a plan with any is not applied, and no consent helps. */
  refusals?: readonly Problem[];
  /** What the plan does to a pair that serves; left out when none does. */
  effect?: Effect;
  /** Node that is or becomes primary. */
  primary: string;
}

/** What every step builder gets: the request and what was decided from it. */
export interface PlanInput extends PlanRequest {
  primary: string;
  secondary: string;
}

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
