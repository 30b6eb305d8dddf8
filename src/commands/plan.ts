import { ExitCode, ProblemsError } from '../errors.js';
import { type CommandContext, printResult } from '../io.js';
import { exitOfProblems } from '../plan/ignorable.js';
import { planJson } from '../report/plan-json.js';
import { planText } from '../report/plan-text.js';

import { refusalError } from './consent.js';
import { checkConsents, makePlan, type PlanFlags, previewPassword } from './planning.js';
import { type ConnectionFlags, openSession } from './session.js';

export interface PlanOptions extends PlanFlags, ConnectionFlags {
  detailedExitcode: boolean;
}

/** A new program of ours is not worth a thousand lines; -v shows everything, and so does --json. */
const DIFF_LINES = 60;

/** Shows what apply would change; changes nothing. Exit 0, 7 with --detailed-exitcode, 3 or 5 where apply would stop. */
export async function run(context: CommandContext, options: PlanOptions): Promise<ExitCode> {
  const { io, global } = context;
  const session = await openSession(context, options);
  try {
    checkConsents(options.destroy, session.spec);
    const password = await previewPassword(session);
    const { plan } = await makePlan(session, options, password);
    printResult(
      io,
      global.json
        ? JSON.stringify(planJson(plan))
        : planText(plan, {
            color: global.color,
            diffLines: global.verbose ? Number.POSITIVE_INFINITY : DIFF_LINES,
          }),
    );
    if (plan.problems.length > 0) {
      throw new ProblemsError(exitOfProblems(plan.problems), 'apply would stop here', plan.problems);
    }
    if (plan.refusals?.length) throw refusalError(plan.refusals);
    return options.detailedExitcode && plan.steps.length > 0 ? ExitCode.Changes : ExitCode.Done;
  } finally {
    await session.close();
  }
}
