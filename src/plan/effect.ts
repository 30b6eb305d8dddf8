import { type Effect, IMPACTS, PHASES, type PlanInput, type Step } from './types.js';

/** undefined where nothing is served that could be disturbed. */
export function effectOf({ facts }: PlanInput, steps: readonly Step[]): Effect | undefined {
  const serves = Object.values(facts).some(({ hast }) =>
    Object.values(hast.resources).some(({ role }) => role === 'primary'),
  );
  if (!serves) return undefined;
  return {
    impact: IMPACTS.findLast((kind) => steps.some(({ impact }) => impact?.kind === kind)) ?? 'nothing',
    interruptionSeconds: PHASES.reduce((sum, phase) => sum + longest(steps, phase), 0),
  };
}

/** Interruptions of one phase share their time: what is away comes back together. */
function longest(steps: readonly Step[], phase: Step['phase']): number {
  const own = steps.filter((step) => step.phase === phase);
  return Math.max(0, ...own.map(({ impact }) => impact?.seconds ?? 0));
}
