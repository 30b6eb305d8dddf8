import { agentView } from '../cluster/agent-view.js';
import { type CopyEvidence, evidenceOf, evidenceRows, partedBecause } from '../cluster/evidence.js';
import {
  consentProblems,
  giveUpSteps,
  handOverSteps,
  type Resolution,
  resolveProblems,
} from '../cluster/resolve.js';
import { ExitCode, HastconfError, ProblemsError } from '../errors.js';
import { type CommandContext, printResult, say } from '../io.js';
import type { PairFacts } from '../plan/types.js';
import { table } from '../report/text.js';
import { peerOf } from '../spec/types.js';
import { stalledError } from '../sync/explain.js';
import { type ConnectionFlags, gatherAll, noSuchNode, openSession, type Session } from './session.js';
import { settled } from './settled.js';
import { carryOut, locked, type StepRun } from './steps.js';
import { stallTimeoutMs, watchSync } from './watch-sync.js';

export interface ResolveOptions extends ConnectionFlags {
  winner?: string;
  destroy: readonly string[];
  keepLoser?: string;
  timeout?: number;
  stallTimeout: number;
  breakLock: boolean;
}

const REMEDY = 'hastconf resolve again goes on where this stopped; the copy that wins is untouched';

/**
 * `hastconf resolve`: both copies side by side, and the repair that a person chose. 0 resolved, or nothing to do · 2
 * wrong usage · 3 it cannot be done now · 5 no consent, or one that names the copy that is to stay.
 */
export async function run(context: CommandContext, options: ResolveOptions): Promise<ExitCode> {
  const session = await openSession(context, options);
  try {
    const { spec } = session;
    if (options.winner !== undefined && !spec.nodes.some(({ name }) => name === options.winner))
      throw noSuchNode(spec, options.winner);
    const facts = await gatherAll(session.targets, spec);
    const why = partedBecause(spec, Object.values(facts));
    const copies = await evidence(session, facts);
    if (why.length === 0) {
      tell(
        context,
        { cluster: spec.name, why, copies, resolved: false },
        'Nothing to do: the copies have not parted.',
      );
      return ExitCode.Done;
    }
    show(context, why, copies);
    const winner = options.winner ?? (await chosen(context, session, { why, copies }));
    await consent(context, session, winner, options.destroy);
    return await repair(context, session, options, { winner, why, copies });
  } finally {
    await session.close();
  }
}

/** The agents' own lines about what they did, from each node's log. */
async function evidence({ spec, targets }: Session, facts: PairFacts): Promise<CopyEvidence[]> {
  const script =
    "grep 'carp-hast-switch' /var/log/messages 2>/dev/null | grep -e ' -> ' -e epoch | tail -n 8\n";
  const logs = await Promise.all(
    targets.map((target) => target.script(script).then(({ stdout }) => stdout.split('\n').filter(Boolean))),
  );
  return targets.map(({ node }, index) => evidenceOf(spec, facts[node]!, logs[index]!));
}

function show({ io }: CommandContext, why: readonly string[], copies: readonly CopyEvidence[]): void {
  say(io, `The copies have parted: ${why.join(', ')}.\n`);
  for (const line of table(evidenceRows(copies))) say(io, line);
  for (const { node, log } of copies) {
    say(io, `\n${node}, its agent's log:`);
    for (const line of log.length > 0 ? log : ['nothing']) say(io, `  ${line}`);
  }
  say(io, '\nEach copy has what was written to it alone; only you can know which is to stay.');
}

/** Asked, never proposed. */
async function chosen(
  context: CommandContext,
  { spec }: Session,
  found: { why: readonly string[]; copies: readonly CopyEvidence[] },
): Promise<string> {
  const { io, global } = context;
  const [a, b] = spec.nodes.map(({ name }) => name) as [string, string];
  if (global.input) {
    const { createAsker } = await import('../wizard/ask.js');
    const asker = createAsker(io);
    for (const [winner, loser] of [
      [a, b],
      [b, a],
    ] as const)
      if (await asker.confirm(`Keep ${winner}'s copy and give up what only ${loser} has?`)) return winner;
  }
  if (global.json)
    printResult(io, JSON.stringify(document({ cluster: spec.name, ...found, resolved: false })));
  const consents = spec.resources.map(({ name }) => `--destroy ${b}:${name}`).join(' ');
  throw new HastconfError(ExitCode.Refused, 'which copy stays was not said', {
    remedy: `nothing was changed; to keep ${a}'s, for example: hastconf resolve --winner ${a} ${consents} -y`,
  });
}

async function consent(
  { io, global }: CommandContext,
  { spec }: Session,
  winner: string,
  destroy: readonly string[],
): Promise<void> {
  const { missing, wrong } = consentProblems({ spec, winner }, destroy);
  if (wrong.length > 0) {
    throw new HastconfError(
      ExitCode.Refused,
      `--destroy ${wrong.join(', ')}: with --winner ${winner} only ${peerOf(spec, winner).name}'s copy may be given up`,
      { remedy: 'nothing was changed' },
    );
  }
  if (missing.length === 0) return;
  if (global.input) {
    const { createAsker } = await import('../wizard/ask.js');
    const asker = createAsker(io);
    let all = true;
    for (const name of missing)
      all = all && (await asker.typed(`Type ${name} to give that copy up, anything else to stop:`, name));
    if (all) return;
  }
  throw new HastconfError(ExitCode.Refused, `no consent to give up ${missing.join(', ')}`, {
    remedy: `nothing was changed; from a script: ${missing.map((name) => `--destroy ${name}`).join(' ')}`,
  });
}

interface Found {
  winner: string;
  why: readonly string[];
  copies: readonly CopyEvidence[];
}

async function repair(
  context: CommandContext,
  session: Session,
  options: ResolveOptions,
  { winner, why, copies }: Found,
): Promise<ExitCode> {
  const { spec } = session;
  return await locked(context, session, 'resolve', options.breakLock, async (lockedRun) => {
    const run: StepRun = { ...lockedRun, remedy: REMEDY };
    const keep = options.keepLoser === undefined ? {} : { keep: options.keepLoser };
    const resolution: Resolution = { spec, winner, id: lockedRun.id, ...keep };
    const facts = await gatherAll(session.targets, spec);
    refuse(resolveProblems(resolution, facts));
    await carryOut(run, handOverSteps(resolution, facts));
    const after = await gatherAll(session.targets, spec);
    winnerServes(winner, after);
    await carryOut(run, giveUpSteps(resolution, after));
    // Its lines of JSON would not be the one document that this command prints.
    const plain = { ...context, global: { ...context.global, json: false } };
    const outcome = await watchSync(plain, session, options);
    if (outcome.result === 'stalled') throw stalledError(outcome, stallTimeoutMs(options));
    const { problems } = await settled(session, context.io.signal);
    if (problems.length > 0)
      throw new ProblemsError(ExitCode.Timeout, `${winner} serves, but not everything is well yet`, problems);
    const kept =
      keep.keep === undefined ? '' : ` ${peerOf(spec, winner).name}'s copy is kept in ${keep.keep}.RESOURCE.`;
    tell(
      context,
      { cluster: spec.name, why, copies, resolved: true, winner },
      `Resolved: ${winner}'s copy stays, and is on both nodes.${kept}`,
    );
    return ExitCode.Done;
  });
}

function refuse(problems: readonly { id: string; message: string }[]): void {
  if (problems.length === 0) return;
  throw new ProblemsError(ExitCode.Preflight, 'this cannot be resolved now', problems, {
    remedy: 'nothing was changed',
  });
}

/** Read back before anything of the loser's goes. */
function winnerServes(winner: string, facts: PairFacts): void {
  const own = facts[winner]!;
  const primary = Object.values(own.hast.resources).every(({ role }) => role === 'primary');
  if (primary && own.hast.running && agentView(own) !== undefined) return;
  throw new HastconfError(ExitCode.Refused, `${winner} does not serve its copy: nothing was given up`, {
    node: winner,
    remedy: `carp-hast-switch status on ${winner} says why`,
  });
}

interface Document {
  cluster: string;
  why: readonly string[];
  copies: readonly CopyEvidence[];
  resolved: boolean;
  winner?: string;
}

function document({ cluster, why, copies, resolved, winner }: Document): object {
  return { version: 1, cluster, parted: why, copies, resolved, winner: winner ?? null };
}

function tell({ io, global }: CommandContext, found: Document, text: string): void {
  printResult(io, global.json ? JSON.stringify(document(found), null, 2) : text);
}
