import type { Plan, Step } from '../plan/types.js';

/**
 * The plan as one JSON value; scripts and contents stay out, diffs are redacted already. `impact` of each step is one of
 * nothing, reload, reconnect, roles-drop, interruption; `interruptionSeconds` is null where no storage is served yet.
 */
export function planJson(plan: Plan): object {
  const { problems, destructions, notes, primary, refusals = [], effect } = plan;
  const steps = plan.steps.map(stepJson);
  const drift = plan.steps.flatMap(({ node, title, drift: what }) =>
    what === undefined ? [] : [{ node, title, drift: what }],
  );
  return {
    primary,
    changes: steps.length > 0,
    interruptionSeconds: effect?.interruptionSeconds ?? null,
    steps,
    drift,
    problems,
    refusals,
    destructions,
    notes,
  };
}

function stepJson({ id, node, phase, title, risk, impact, drift, diff }: Step): object {
  return {
    id,
    node,
    phase,
    title,
    risk,
    impact: impact?.kind ?? 'nothing',
    ...(impact === undefined ? {} : { impactDetail: impact.detail }),
    ...(impact?.seconds === undefined ? {} : { interruptionSeconds: impact.seconds }),
    ...(drift === undefined ? {} : { drift }),
    ...(diff === undefined ? {} : { diff }),
  };
}
