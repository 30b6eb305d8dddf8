import { CHECKS } from '../doctor/checks/index.js';
import { doctorJson } from '../doctor/json.js';
import { runChecks } from '../doctor/run.js';
import { type Line, readSubject } from '../doctor/subject.js';
import { closingLines, type DoctorTextOptions, listLines, resultLines } from '../doctor/text.js';
import type { Check, CheckResult, Probes, Subject } from '../doctor/types.js';
import { ExitCode, HastconfError } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import { connect } from '../remote/connect.js';
import type { Target } from '../remote/target.js';
import { speaksUnicode } from '../report/unicode.js';
import type { ClusterSpec } from '../spec/types.js';
import { loadCluster } from './cluster.js';
import { repairAfterAsking } from './doctor-fix.js';
import { previewPassword } from './planning.js';
import { type ConnectionFlags, connectOptions, specPathOf } from './session.js';

export interface DoctorOptions extends ConnectionFlags {
  list: boolean;
  all: boolean;
  fix: boolean;
  ignore: readonly string[];
}

/** Milliseconds after which somebody who waits is told what for. */
const UNUSUAL_MS = 10_000;

/** Everything that one run of the doctor works on. */
interface Examination {
  context: CommandContext;
  spec: ClusterSpec;
  specPath: string;
  lines: readonly Line[];
  checks: readonly Check[];
  notRun: readonly Check[];
  options: DoctorOptions;
}

/** `hastconf doctor`: 0 no check failed · 2 no such check · 3 one failed · 4 a node cannot be reached. */
export async function run(
  context: CommandContext,
  names: readonly string[],
  options: DoctorOptions,
): Promise<ExitCode> {
  const { io, global } = context;
  checkNames([...names, ...options.ignore]);
  if (options.list) return list(context);
  const specPath = specPathOf(context);
  const spec = await loadCluster(context);
  const lines = await openLines(context, options, spec, specPath);
  try {
    const away = lines.some((line) => 'error' in line);
    // Why a named check could not be run must not be left out.
    const wanted = names.length > 0 && away ? ['nodes', ...names] : names;
    const chosen = chooseChecks(wanted, options.all);
    const examination = { context, spec, specPath, lines, options, ...chosen };
    let { results } = await examine(examination);
    if (options.fix && (await repairAfterAsking(context, targetsOf(lines), results)))
      ({ results } = await examine(examination));
    if (global.json)
      printResult(io, JSON.stringify(doctorJson(spec.name, io.now(), results, chosen.notRun), null, 2));
    return exitOf(results, lines);
  } finally {
    await Promise.allSettled(lines.map((line) => ('target' in line ? line.target.close() : undefined)));
  }
}

/** Names that no check has, all at once, with those that are like them. */
function checkNames(names: readonly string[]): void {
  const known = new Set(CHECKS.map(({ id }) => id));
  const unknown = names.filter((name) => !known.has(name));
  if (unknown.length === 0) return;
  throw new HastconfError(ExitCode.Usage, `no such check: ${unknown.join(', ')}`, {
    remedy: 'hastconf doctor --list shows them all',
  });
}

function chooseChecks(names: readonly string[], all: boolean): Pick<Examination, 'checks' | 'notRun'> {
  if (names.length > 0) return { checks: CHECKS.filter(({ id }) => names.includes(id)), notRun: [] };
  const byName = CHECKS.filter((check) => 'onlyByName' in check && check.onlyByName !== undefined);
  if (all) return { checks: CHECKS, notRun: [] };
  return { checks: CHECKS.filter((check) => !byName.includes(check)), notRun: byName };
}

function list({ io, global }: CommandContext): ExitCode {
  if (global.json) {
    const all = CHECKS.map((check) => ({
      id: check.id,
      title: check.title,
      meaning: check.meaning,
      onlyByName: 'onlyByName' in check && check.onlyByName !== undefined,
    }));
    printResult(io, JSON.stringify(all, null, 2));
  } else printResult(io, listLines(CHECKS, Math.min(io.stdout.columns ?? 80, 100)).join('\n'));
  return ExitCode.Done;
}

/** A connection to each node; one that cannot be had is a finding, not the end. */
async function openLines(
  context: CommandContext,
  flags: ConnectionFlags,
  spec: ClusterSpec,
  specPath: string,
): Promise<Line[]> {
  const how = await connectOptions(context, flags, specPath);
  return Promise.all(
    spec.nodes.map(async (node): Promise<Line> => {
      try {
        return { node: node.name, target: await connect(node, how) };
      } catch (error) {
        if (!(error instanceof HastconfError) || error.exit === ExitCode.Interrupted) throw error;
        return { node: node.name, error };
      }
    }),
  );
}

/** Reads both nodes and runs the checks; text appears as they end, in their order. */
async function examine(examination: Examination): Promise<{ subject: Subject; results: CheckResult[] }> {
  const { context, spec, specPath, lines, checks, options, notRun } = examination;
  const { io, global } = context;
  const password = await previewPassword({ spec, specPath });
  const subject = await readSubject(spec, specPath, lines, password, io.signal);
  const probes: Probes = { signal: io.signal, target: (node) => targetOf(lines, node) };
  const show = global.json ? undefined : inOrder(checks, (result) => printText(context, result));
  const open = new Set(checks.map(({ id }) => id));
  const timer = setTimeout(() => say(io, `still running: ${[...open].join(', ')}`), UNUSUAL_MS);
  const results = await runChecks(checks, subject, {
    ignore: options.ignore,
    probes,
    onResult: (result) => {
      open.delete(result.check.id);
      show?.(result);
    },
  }).finally(() => clearTimeout(timer));
  if (!global.json) {
    printResult(io, `\n${closingLines(results, notRun, textOptions(context).width).join('\n')}`);
  }
  return { subject, results };
}

function targetsOf(lines: readonly Line[]): Target[] {
  return lines.flatMap((line) => ('target' in line ? [line.target] : []));
}

function targetOf(lines: readonly Line[], node: string) {
  const line = lines.find((candidate) => candidate.node === node);
  if (!line || !('target' in line)) throw new Error(`${node} cannot be reached`);
  return line.target;
}

/** Holds a result back until those before it have been shown. */
function inOrder(
  checks: readonly Check[],
  show: (result: CheckResult) => void,
): (result: CheckResult) => void {
  const ready = new Map<string, CheckResult>();
  let next = 0;
  return (result) => {
    ready.set(result.check.id, result);
    for (; next < checks.length; next++) {
      const due = ready.get(checks[next]!.id);
      if (!due) return;
      show(due);
    }
  };
}

function printText(context: CommandContext, result: CheckResult): void {
  const lines = resultLines(result, textOptions(context));
  if (lines.length > 0) printResult(context.io, lines.join('\n'));
}

function textOptions({ io, global }: CommandContext): DoctorTextOptions {
  return {
    color: global.color,
    unicode: speaksUnicode(io.env),
    verbose: global.verbose,
    width: Math.min(io.stdout.columns ?? 80, 100),
  };
}

function exitOf(results: readonly CheckResult[], lines: readonly Line[]): ExitCode {
  if (lines.some((line) => 'error' in line)) return ExitCode.Unreachable;
  const bad = results.some(({ state }) => state === 'failed' || state === 'crashed');
  return bad ? ExitCode.Preflight : ExitCode.Done;
}
