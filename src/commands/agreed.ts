import { ExitCode, HastconfError } from '../errors.js';
import type { Destruction, Plan, Step } from '../plan/types.js';

/**
 * Nothing is done that was not agreed to: between the preview and the lock somebody may have been here. What the
 * agents have done meanwhile need not be done again. Exit 5.
 */
export function refuseDrift(shown: Plan, now: Plan): void {
  const agreed = new Map(shown.steps.map((step) => [step.id, step]));
  const strange = now.steps.filter((step) => step.diff !== undefined && !isAgreed(step, agreed.get(step.id)));
  const same = now.primary === shown.primary;
  refuse([
    ...now.problems.map(({ message }) => message),
    ...strange.map(
      ({ id, node, title }) => `${agreed.has(id) ? 'another' : 'new'} step on ${node}: ${title}`,
    ),
    ...(same ? [] : [`${now.primary} is primary by now`]),
    ...losses(shown, now),
  ]);
}

/** The same once steps have been done: what they have brought to light may need steps, but not a loss. Exit 5. */
export function refuseNewLoss(shown: Plan, now: Plan): void {
  refuse(losses(shown, now));
}

/**
 * A step that destroys does to the last byte what was shown: it knows the disk that it was shown for. A file is changed
 * as it was shown. Of the others less may be left to do by now: the lock has made the first directories.
 */
function isAgreed(now: Step, shown: Step | undefined): boolean {
  if (shown === undefined) return false;
  const exact = now.risk === 'destroys';
  if ((exact || now.action.kind === 'write') && now.diff !== shown.diff) return false;
  return !exact || JSON.stringify(now.action) === JSON.stringify(shown.action);
}

function losses(shown: Plan, now: Plan): string[] {
  const nameOf = ({ node, what, loses }: Destruction): string => `${node}:${what}: ${loses.join('; ')}`;
  const agreed = shown.destructions.map(nameOf);
  return [
    ...now.destructions
      .map(nameOf)
      .filter((name) => !agreed.includes(name))
      .map((name) => `would destroy ${name}`),
    ...(now.refusals ?? []).map(({ message }) => message),
  ];
}

function refuse(reasons: readonly string[]): void {
  if (reasons.length === 0) return;
  throw new HastconfError(ExitCode.Refused, 'the nodes changed since the plan was shown', {
    detail: reasons.join('\n'),
    remedy: 'nothing of this was done; run hastconf apply again and look at the new plan',
  });
}
