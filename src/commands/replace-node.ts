import { ownCopies } from '../cluster/replace.js';
import { survivorProblems } from '../cluster/survivor.js';
import { ExitCode, HastconfError, ProblemsError } from '../errors.js';
import { type CommandContext, say } from '../io.js';
import type { PairFacts, Plan } from '../plan/types.js';
import { proveProblems } from '../report/final.js';
import { planText } from '../report/plan-text.js';
import { ensureCarpPassword } from '../spec/carp-password.js';
import { type ClusterSpec, peerOf } from '../spec/types.js';
import { applyRounds } from './apply-rounds.js';
import { obtainConsent, preflightError, refusalError } from './consent.js';
import { checkConsents, makePlan, type Planned, previewPassword } from './planning.js';
import {
  backToTwoCopies,
  type ReplaceOptions,
  refuseProblems,
  replaceAgain,
  silent,
  tell,
} from './replace-report.js';
import type { Session } from './session.js';
import { isExit, locked, withRemedy } from './steps.js';

/** Lines of each diff in the preview, as apply shows them. */
const DIFF_LINES = 8;

/** `replace --node`: what apply does for an empty machine, where the other one is known to have the good copy. */
export async function replaceNode(
  context: CommandContext,
  session: Session,
  options: ReplaceOptions,
  node: string,
): Promise<ExitCode> {
  const { spec } = session;
  checkConsents(options.destroy, spec);
  refuseSurvivor(spec, node, options.destroy);
  const planned = await makePlan(session, options, await previewPassword(session));
  const { plan } = planned;
  const told = { spec, node, steps: plan.steps, destructions: plan.destructions, replaced: false };
  if (isWhole(spec, planned)) {
    tell(context, told, `Nothing to do: ${node} is set up, and has a whole copy of everything.`);
    return ExitCode.Done;
  }
  guard(spec, node, planned.facts);
  announce(context, plan);
  if (options.dryRun) {
    refuseUnfit(plan);
    tell(context, told, `${plan.steps.length} steps; nothing was changed.`);
    return ExitCode.Done;
  }
  const again = replaceAgain({ node });
  const given = await obtainConsent(context, plan, `read ${again} --dry-run, then run ${again} -y`);
  await underLock(context, session, { ...options, destroy: [...options.destroy, ...given] }, { node, plan });
  tell(
    context,
    { ...told, replaced: true },
    `Replaced: ${node} is set up, and has a whole copy of everything; ${peerOf(spec, node).name} serves.`,
  );
  return ExitCode.Done;
}

async function underLock(
  context: CommandContext,
  session: Session,
  options: ReplaceOptions,
  { node, plan }: { node: string; plan: Plan },
): Promise<void> {
  const { spec, specPath } = session;
  const goOn = `${replaceAgain({ node })} goes on where this stopped`;
  await locked(context, session, 'replace', options.breakLock, async ({ id, log }) => {
    const { password } = await ensureCarpPassword(spec, specPath);
    const run = { context: silent(context), session, options, password, id, log, goOn };
    try {
      await applyRounds({ ...run, startedMs: performance.now() }, plan, (facts) => guard(spec, node, facts));
    } catch (error) {
      throw isExit(error, ExitCode.StepFailed) ? withRemedy(error, goOn) : error;
    }
    await backToTwoCopies(context, session, options, replaceAgain({ node }));
  });
}

/** Also a standby of before that is well: what it holds is of no concern then. */
function isWhole(spec: ClusterSpec, { plan, facts }: Planned): boolean {
  const open = [...plan.problems, ...plan.destructions, ...(plan.refusals ?? []), ...plan.steps];
  const inOrder = spec.nodes.map(({ name }) => facts[name]!);
  return open.length === 0 && proveProblems(spec, inOrder).length === 0;
}

/** Exit 3 where the other node does not serve, exit 5 where the new one is not empty. */
function guard(spec: ClusterSpec, node: string, facts: PairFacts): void {
  refuseProblems(survivorProblems(spec, node, facts), `${node} cannot be set up anew now`);
  const copies = ownCopies(spec, node, facts);
  if (copies.length === 0) return;
  throw new ProblemsError(ExitCode.Refused, `${node} is not empty`, copies, {
    remedy: 'nothing was changed',
  });
}

function refuseUnfit(plan: Plan): void {
  if (plan.problems.length > 0) throw preflightError(plan);
  if (plan.refusals?.length) throw refusalError(plan.refusals);
}

function refuseSurvivor(spec: ClusterSpec, node: string, destroy: readonly string[]): void {
  const wrong = destroy.filter((one) => !one.startsWith(`${node}:`));
  if (wrong.length === 0) return;
  throw new HastconfError(
    ExitCode.Refused,
    `--destroy ${wrong.join(', ')}: with --node ${node} nothing of ${peerOf(spec, node).name} may be given up`,
    { remedy: 'nothing was changed' },
  );
}

function announce({ io, global }: CommandContext, plan: Plan): void {
  if (global.json || plan.problems.length > 0 || plan.refusals?.length || plan.steps.length === 0) return;
  const diffLines = global.verbose ? Number.POSITIVE_INFINITY : DIFF_LINES;
  say(io, planText(plan, { color: global.color, diffLines }));
}
