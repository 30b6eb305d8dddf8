import { ExitCode, HastconfError, type Problem, ProblemsError } from '../errors.js';
import { type CommandContext, say } from '../io.js';
import { exitOfProblems } from '../plan/ignorable.js';
import type { Destruction, Plan } from '../plan/types.js';

/**
 * Stops on preflight problems (exit 3, or 5 where they guard data) and on changes that are never made under a running pair
 * (exit 5), gets consent for what would be lost (typed by name, or given with --destroy; else exit 5), then for the plan
 * itself (-y, or asked; else exit 2 with this remedy).
 */
export async function obtainConsent(
  context: CommandContext,
  plan: Plan,
  remedy = 'read hastconf plan, then run hastconf apply -y',
): Promise<readonly string[]> {
  if (plan.problems.length > 0) throw preflightError(plan);
  if (plan.refusals?.length) throw refusalError(plan.refusals);
  const open = plan.destructions.filter((destruction) => !destruction.consented);
  const given = await consentToLoss(context, open);
  if (plan.steps.length > 0) await consentToPlan(context, plan, remedy);
  return given;
}

/** Everything that stands against a plan, in one error. */
export function preflightError(plan: Plan): ProblemsError {
  const open = plan.destructions.filter(({ consented }) => !consented);
  const all = [...plan.problems, ...(plan.refusals ?? []), ...open.map(asProblem)];
  return new ProblemsError(
    exitOfProblems(plan.problems),
    `${all.length} problem${all.length === 1 ? '' : 's'} found before anything was changed`,
    all,
    { remedy: 'nothing was changed; fix these and run it again' },
  );
}

/** What no consent helps against; each finding says the way that is. */
export function refusalError(refusals: readonly Problem[]): ProblemsError {
  return new ProblemsError(
    ExitCode.Refused,
    'refused: this would tear storage away that is in use',
    refusals,
    {
      remedy: 'nothing was changed',
    },
  );
}

function asProblem({ node, what, loses }: Destruction) {
  return {
    id: 'would-destroy',
    node,
    message: `${what} on ${node} would be overwritten: ${loses.join('; ')}`,
    remedy: `if that may be lost: --destroy ${node}:${what}`,
  };
}

/** Consent for what would be lost, typed by name; what was given, as --destroy has it. Exit 5 without. */
export async function consentToLoss(
  { io, global }: CommandContext,
  open: readonly Destruction[],
): Promise<readonly string[]> {
  if (open.length === 0) return [];
  if (!global.input) throw refusal(open);
  const { createAsker } = await import('../wizard/ask.js');
  const asker = createAsker(io);
  for (const { node, what, loses } of open) {
    say(io, `\n${what} on ${node} holds: ${loses.join('; ')}. All of it would be lost.`);
    const name = `${node}:${what}`;
    if (!(await asker.typed(`Type ${name} to give it up, anything else to stop:`, name))) throw refusal(open);
  }
  return open.map(({ node, what }) => `${node}:${what}`);
}

function refusal(open: readonly Destruction[]): ProblemsError {
  return new ProblemsError(ExitCode.Refused, 'refused: this would destroy data', open.map(asProblem), {
    remedy: 'nothing was changed',
  });
}

async function consentToPlan({ io, global }: CommandContext, plan: Plan, remedy: string): Promise<void> {
  if (global.yes) return;
  if (!global.input) {
    throw new HastconfError(
      ExitCode.Usage,
      `${plan.steps.length} steps need confirmation, and there is no terminal`,
      { remedy },
    );
  }
  const { createAsker } = await import('../wizard/ask.js');
  const seconds = plan.effect?.interruptionSeconds ?? 0;
  const cost = seconds > 0 ? ` The storage is away for about ${seconds} s.` : '';
  if (await createAsker(io).confirm(`Carry out these ${plan.steps.length} steps?${cost}`)) return;
  throw new HastconfError(ExitCode.Interrupted, 'not applied', { remedy: 'nothing was changed' });
}
