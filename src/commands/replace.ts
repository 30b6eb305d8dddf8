import { planReplacement, type Replacement, wrongConsents } from '../cluster/replace.js';
import { ExitCode, HastconfError } from '../errors.js';
import { type CommandContext, say } from '../io.js';
import type { Destruction, PairFacts } from '../plan/types.js';
import { proveProblems } from '../report/final.js';
import { type ClusterSpec, peerOf } from '../spec/types.js';
import { consentToLoss } from './consent.js';
import { replaceNode } from './replace-node.js';
import {
  backToTwoCopies,
  confirmSteps,
  type ReplaceOptions,
  refuseProblems,
  replaceAgain,
  stepLines,
  tell,
} from './replace-report.js';
import { gatherAll, noSuchNode, openSession, type Session } from './session.js';
import { carryOut, locked } from './steps.js';

/**
 * `hastconf replace`: from one copy back to two. 0 done, or nothing to do · 2 wrong usage · 3 it cannot be done now ·
 * 5 no consent, one that names the good copy, or a machine that is not empty.
 */
export async function run(context: CommandContext, options: ReplaceOptions): Promise<ExitCode> {
  const { node, provider } = options;
  if ((node === undefined) === (provider === undefined)) {
    throw new HastconfError(ExitCode.Usage, 'say what was replaced: --node NODE or --provider NODE:RESOURCE');
  }
  const session = await openSession(context, options);
  try {
    if (node !== undefined)
      return await replaceNode(context, session, options, knownNode(session.spec, node));
    const wish = { spec: session.spec, ...named(session.spec, provider!), destroy: options.destroy };
    return await replaceProvider(context, session, options, wish);
  } finally {
    await session.close();
  }
}

function knownNode(spec: ClusterSpec, node: string): string {
  if (spec.nodes.some(({ name }) => name === node)) return node;
  throw noSuchNode(spec, node);
}

function named(spec: ClusterSpec, provider: string): { node: string; resource: string } {
  const node = spec.nodes.find(({ name }) => provider.startsWith(`${name}:`))?.name;
  if (node === undefined) throw noSuchNode(spec, provider.split(':')[0]);
  const resource = provider.slice(node.length + 1);
  if (spec.resources.some(({ name }) => name === resource)) return { node, resource };
  const names = spec.resources.map(({ name }) => name).join(', ');
  throw new HastconfError(
    ExitCode.Usage,
    `there is no resource ${resource || '(none named)'}: the cluster file has ${names}`,
    { remedy: `write NODE:RESOURCE, for example --provider ${node}:${spec.resources[0]!.name}` },
  );
}

async function replaceProvider(
  context: CommandContext,
  session: Session,
  options: ReplaceOptions,
  wish: Replacement,
): Promise<ExitCode> {
  const { spec, node, resource } = wish;
  refuseWrong(wish);
  const { shown, proved } = await look(session, wish);
  const told = { spec, node, resource, ...shown, replaced: false };
  if (shown.problems.length === 0 && shown.steps.length === 0 && proved) {
    tell(context, told, `Nothing to do: ${node} has a copy of ${resource}, and it is whole.`);
    return ExitCode.Done;
  }
  refuseProblems(shown.problems, `the copy of ${resource} on ${node} cannot be made anew now`);
  if (!context.global.json) for (const line of stepLines(shown.steps)) say(context.io, line);
  if (options.dryRun) {
    tell(
      context,
      told,
      [...losses(shown.destructions), `${shown.steps.length} steps; nothing was changed.`].join('\n'),
    );
    return ExitCode.Done;
  }
  const open = shown.destructions.filter(({ consented }) => !consented);
  const given = await consentToLoss(context, open);
  await confirmSteps(context, shown.steps, replaceAgain(wish));
  return locked(context, session, 'replace', options.breakLock, async (lockedRun) => {
    const { shown: now } = await look(session, { ...wish, destroy: [...wish.destroy, ...given] });
    refuseProblems(now.problems, `the copy of ${resource} on ${node} cannot be made anew now`);
    refuseChanged(shown, now);
    await carryOut({ ...lockedRun, remedy: `${replaceAgain(wish)} goes on where this stopped` }, now.steps);
    await backToTwoCopies(context, session, options, replaceAgain(wish));
    tell(context, { ...told, replaced: now.steps.length > 0 }, done(wish));
    return ExitCode.Done;
  });
}

async function look(session: Session, wish: Replacement) {
  const { spec } = session;
  const facts: PairFacts = await gatherAll(session.targets, spec);
  const inOrder = spec.nodes.map(({ name }) => facts[name]!);
  return { shown: planReplacement(wish, facts), proved: proveProblems(spec, inOrder).length === 0 };
}

/** The other node's copy is the good one: a consent that names it is a slip that must not be taken for anything else. */
function refuseWrong(wish: Replacement): void {
  const { spec, node, resource } = wish;
  const wrong = wrongConsents(wish);
  if (wrong.length === 0) return;
  const path = spec.resources.find(({ name }) => name === resource)!.local[node];
  throw new HastconfError(
    ExitCode.Refused,
    `--destroy ${wrong.join(', ')}: only ${node}:${path} may be given up for ${resource} on ${node}`,
    { remedy: 'nothing was changed' },
  );
}

type Planned = ReturnType<typeof planReplacement>;

/** A step that destroys does what was shown, to the last byte. */
function refuseChanged(shown: Planned, now: Planned): void {
  const text = ({ steps, destructions }: Planned) =>
    JSON.stringify([
      destructions.map(({ what, loses }) => [what, loses]),
      steps.filter(({ risk }) => risk === 'destroys').map(({ action }) => action),
    ]);
  if (text(shown) === text(now)) return;
  throw new HastconfError(ExitCode.Refused, 'the nodes changed since this was shown', {
    detail: losses(now.destructions).join('\n'),
    remedy: 'nothing was done; run it again and look at what it shows now',
  });
}

function losses(destructions: readonly Destruction[]): string[] {
  return destructions.map(({ node, what, loses, consented }) => {
    const consent = consented ? '' : `; consent to that: --destroy ${node}:${what}`;
    return `${what} on ${node} holds: ${loses.join('; ')}${consent}`;
  });
}

function done({ spec, node, resource }: Replacement): string {
  return `Replaced: ${node} has a whole copy of ${resource} again; ${peerOf(spec, node).name} serves.`;
}
