import type { PairFacts, Plan } from '../plan/types.js';
import { refuseDrift, refuseNewLoss } from './agreed.js';
import { execute, type Run, synchronise } from './apply-run.js';
import { obtainConsent } from './consent.js';
import { makePlan, type Planned } from './planning.js';

/** Steps can only be known after others were done (a file system on a device that nobody could see yet). */
const MOST_ROUNDS = 3;

/**
 * Under the lock: what was agreed to, and what it brings to light, each round followed by the synchronisation. `guard`
 * throws where by now nothing may be done.
 */
export async function applyRounds(
  run: Run,
  shown: Plan,
  guard: (facts: PairFacts) => void = () => undefined,
): Promise<{ planned: Planned; changed: boolean }> {
  let planned = await makePlan(run.session, run.options, run.password);
  guard(planned.facts);
  refuseDrift(shown, planned.plan);
  const done = new Set<string>();
  for (let round = 0; round < MOST_ROUNDS && planned.plan.steps.some(({ id }) => !done.has(id)); round++) {
    await execute(run, planned);
    for (const { id } of planned.plan.steps) done.add(id);
    await synchronise(run);
    planned = await makePlan(run.session, run.options, run.password);
    refuseNewLoss(shown, planned.plan);
    await obtainConsent({ ...run.context, global: { ...run.context.global, yes: true } }, planned.plan);
  }
  return { planned, changed: done.size > 0 };
}
