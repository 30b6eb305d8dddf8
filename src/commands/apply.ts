import { randomBytes } from 'node:crypto';
import { openRunLog } from '../apply/journal.js';
import { clearDeadLock } from '../apply/lock.js';
import { ExitCode, ProblemsError } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import { finalReport } from '../report/final.js';
import { planJson } from '../report/plan-json.js';
import { planText } from '../report/plan-text.js';
import { ensureCarpPassword } from '../spec/carp-password.js';
import type { Secret } from '../spec/secret.js';
import { applyRounds } from './apply-rounds.js';
import { type ApplyOptions, type Run, synchronise } from './apply-run.js';
import { obtainConsent } from './consent.js';
import { underLock } from './locked.js';
import { checkConsents, makePlan, type Planned, previewPassword } from './planning.js';
import { factsOf, letSettle, problemsOf } from './proof.js';
import { openSession } from './session.js';

/** Lines of each diff in the preview; `hastconf plan` shows more, and -v all. */
const DIFF_LINES = 8;

/**
 * Makes both nodes what the cluster file says, waits for the first synchronisation, proves it and reports. `open`
 * is for callers that have lines to both nodes already.
 */
export async function run(
  context: CommandContext,
  options: ApplyOptions,
  open: typeof openSession = openSession,
): Promise<ExitCode> {
  const session = await open(context, options);
  try {
    checkConsents(options.destroy, session.spec);
    const password = await previewPassword(session);
    const id = `${context.io
      .now()
      .toISOString()
      .replaceAll(/[-:]|\.\d+/g, '')}-${randomBytes(3).toString('hex')}`;
    const log = await openRunLog(context.io, session.spec.name, id);
    return await applySession({ context, session, options, password, id, log, startedMs: performance.now() });
  } finally {
    await session.close();
  }
}

async function applySession(run: Run): Promise<ExitCode> {
  const planned = await makePlan(run.session, run.options, run.password);
  announce(run, planned);
  const given = await obtainConsent(run.context, planned.plan);
  if (planned.plan.steps.length === 0) {
    for (const target of run.session.targets) await clearDeadLock(target, planned.facts[target.node]?.lock);
    return finish(run, planned, true);
  }
  const options = { ...run.options, destroy: [...run.options.destroy, ...given] };
  const wish = { id: run.id, command: 'apply', breakLock: options.breakLock };
  return underLock(run.context, run.session.targets, wish, async () =>
    applyLocked({ ...run, options, password: await realPassword(run) }, planned),
  );
}

async function applyLocked(run: Run, shown: Planned): Promise<ExitCode> {
  const { planned, changed } = await applyRounds(run, shown.plan);
  return finish(run, planned, !changed);
}

/** Made only now, after consent; a look alone leaves no file behind. */
async function realPassword({ context, session }: Run): Promise<Secret> {
  const { password, path, created } = await ensureCarpPassword(session.spec, session.specPath);
  if (created) say(context.io, `made a CARP password; it is kept in ${path}`);
  return password;
}

function announce({ context: { io, global } }: Run, { plan }: Planned): void {
  if (global.json) printResult(io, JSON.stringify({ event: 'plan', ...planJson(plan) }));
  // Steps that will not be carried out would only bury the reasons.
  else if (plan.problems.length > 0 || plan.refusals?.length) return;
  else if (plan.steps.length > 0 || plan.destructions.length > 0)
    say(
      io,
      planText(plan, {
        color: global.color,
        diffLines: global.verbose ? Number.POSITIVE_INFINITY : DIFF_LINES,
      }),
    );
}

/** Reads everything back; only what was seen is reported. */
async function finish(run: Run, found: Planned, unchanged: boolean): Promise<ExitCode> {
  const { context, session, log, startedMs } = run;
  const { io, global } = context;
  const planned = await letSettle(session.spec, found, {
    signal: io.signal,
    look: () => makePlan(session, run.options, run.password),
    synchronise: () => synchronise(run),
  });
  const facts = factsOf(session.spec, planned);
  const problems = problemsOf(session.spec, planned);
  log.write({ event: 'end', changed: !unchanged, problems });
  if (problems.length > 0) {
    throw new ProblemsError(ExitCode.StepFailed, 'verification failed', problems, {
      remedy: 'hastconf status shows both nodes; hastconf apply tries again',
    });
  }
  const durationMs = performance.now() - startedMs;
  if (global.json) {
    printResult(io, JSON.stringify({ event: 'done', changed: !unchanged, ms: Math.round(durationMs) }));
  } else {
    if (unchanged) printResult(io, 'Nothing to do: both nodes are as the cluster file says.');
    printResult(io, finalReport(session.spec, facts, durationMs, { color: global.color }));
  }
  return ExitCode.Done;
}
