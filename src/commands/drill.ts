import { checkLines, failedChecks } from '../cluster/check.js';
import { type DrillDecision, decideDrill } from '../cluster/drill.js';
import { markerPlaces } from '../cluster/marker.js';
import { ExitCode, HastconfError, ProblemsError } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import { Prober } from '../measure/prober.js';
import type { PairFacts } from '../plan/types.js';
import { type DrillReport, drillText } from '../report/drill-text.js';
import { crashPrimary, crashStandby } from './drill-crash.js';
import { historyPath, keepDrill, lastDrill } from './drill-history.js';
import { clean, type Drill, drillReport, planned } from './drill-run.js';
import { type ConnectionFlags, gatherAll, openSession, type Session } from './session.js';
import { locked } from './steps.js';

export interface DrillOptions extends ConnectionFlags {
  crash?: 'primary' | 'standby';
  /** Node that may be crashed. */
  consent?: string;
  /** Seconds for each move, and for a crashed node to return. */
  timeout?: number;
  breakLock: boolean;
}

const DEFAULT_SECONDS = 600;
const WORK = { planned, 'crash-primary': crashPrimary, 'crash-standby': crashStandby } as const;

/**
 * `hastconf drill`: there and back around a marker. 0 everything that was written was there · 1 it was not, or a node
 * could not take over · 3 the pair is not at rest · 5 no consent to a crash · 6 timed out.
 */
export async function run(context: CommandContext, options: DrillOptions): Promise<ExitCode> {
  const session = await openSession(context, options);
  try {
    const shown = decide(session, await gatherAll(session.targets, session.spec));
    for (const line of checkLines(shown.checks)) say(context.io, line);
    await consent(context, options, shown);
    const report = await locked(context, session, 'drill', options.breakLock, async (lockedRun) => {
      const facts = await gatherAll(session.targets, session.spec);
      const decision = decide(session, facts);
      const prober = new Prober(session.spec, session.targets, facts);
      const places = markerPlaces(session.spec, facts[decision.primary]!);
      const seconds = options.timeout ?? DEFAULT_SECONDS;
      const end = new AbortController();
      const over = AbortSignal.any([end.signal, context.io.signal]);
      const common = { run: lockedRun, session, prober, decision, places, seconds, over };
      try {
        return await perform({ ...common, phases: [], markers: [], atEnd: [] }, kindOf(options));
      } finally {
        end.abort();
        await prober.stop();
      }
    });
    await tell(context, session, report);
    return ExitCode.Done;
  } finally {
    await session.close();
  }
}

function kindOf({ crash }: DrillOptions): DrillReport['kind'] {
  return crash === undefined ? 'planned' : `crash-${crash}`;
}

function decide({ spec }: Session, facts: PairFacts): DrillDecision & { primary: string } {
  const decision = decideDrill(spec, facts);
  const problems = failedChecks(decision.checks);
  const { primary } = decision;
  if (problems.length > 0 || primary === undefined) {
    throw new ProblemsError(ExitCode.Preflight, 'no drill now: the pair is not at rest', problems, {
      remedy: 'nothing was changed',
    });
  }
  return { ...decision, primary };
}

/** A crash wants the node's name, typed or given with --consent; a planned drill a yes where somebody can say it. */
async function consent(
  { io, global }: CommandContext,
  options: DrillOptions,
  { primary, standby }: DrillDecision & { primary: string },
): Promise<void> {
  if (options.crash === undefined) {
    if (global.yes || !global.input) return;
    const { createAsker } = await import('../wizard/ask.js');
    const question = `Move the storage to ${standby} and back? Clients are without it for some seconds, twice.`;
    if (await createAsker(io).confirm(question)) return;
    throw new HastconfError(ExitCode.Interrupted, 'no drill', { remedy: 'nothing was changed' });
  }
  const node = options.crash === 'primary' ? primary : standby;
  if (options.consent === node) return;
  if (options.consent === undefined && global.input) {
    const { createAsker } = await import('../wizard/ask.js');
    say(io, `\n${node} would be rebooted at once, without writing its buffers.`);
    if (await createAsker(io).typed(`Type ${node} to crash it, anything else to stop:`, node)) return;
  }
  throw new HastconfError(ExitCode.Refused, `no consent to crash ${node}, the ${options.crash}`, {
    node,
    remedy: `from a script: --consent ${node}; nothing was changed`,
  });
}

async function perform(drill: Drill, kind: DrillReport['kind']): Promise<DrillReport> {
  const { primary, standby } = drill.decision;
  await drill.prober.ready();
  try {
    await WORK[kind](drill);
    await clean(drill, primary);
    return drillReport(drill, kind, drill.run.context.io.now());
  } catch (error) {
    for (const node of [primary, standby]) await clean(drill, node).catch(() => undefined);
    throw error;
  } finally {
    for (const end of drill.atEnd) await end().catch(() => undefined);
  }
}

async function tell(
  { io, global }: CommandContext,
  { specPath }: Session,
  report: DrillReport,
): Promise<void> {
  const path = historyPath(specPath);
  const last = await lastDrill(path, report.kind);
  await keepDrill(path, report).catch((error: Error) =>
    say(io, `cannot keep it in ${path}: ${error.message}`),
  );
  printResult(
    io,
    global.json ? JSON.stringify({ ...report, last: last ?? null }, null, 2) : drillText(report, last),
  );
}
