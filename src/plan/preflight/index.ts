import type { Problem } from '../../errors.js';
import type { PlanInput } from '../types.js';
import { clockProblems } from './clock.js';
import { machineProblems } from './machine.js';
import { mountProblems } from './mounts.js';
import { networkProblems } from './network.js';
import { providerProblems } from './providers.js';
import { overriddenProblems } from './rc.js';
import { unansweredProblems } from './unanswered.js';
import { volumeProblems } from './volumes.js';

/** One named check: pure, looks at both nodes' facts, answers everything that it found. */
export type Check = (input: PlanInput) => readonly Problem[];

const CHECKS: readonly Check[] = [
  machineProblems,
  clockProblems,
  networkProblems,
  providerProblems,
  volumeProblems,
  mountProblems,
  overriddenProblems,
  unansweredProblems,
];

/** Every reason why the pair cannot be set up like this, all at once. */
export function preflight(input: PlanInput): Problem[] {
  return CHECKS.flatMap((check) => [...check(input)]);
}
