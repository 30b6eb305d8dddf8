import { ExitCode, HastconfError, type Problem, ProblemsError } from '../errors.js';
import { type CommandContext, printResult } from '../io.js';
import type { Destruction, Step } from '../plan/types.js';
import type { ClusterSpec } from '../spec/types.js';
import { stalledError } from '../sync/explain.js';
import type { ApplyOptions } from './apply-run.js';
import type { Session } from './session.js';
import { settled } from './settled.js';
import { type SyncLimits, stallTimeoutMs, watchSync } from './watch-sync.js';

export interface ReplaceOptions extends ApplyOptions {
  /** A machine of this name is new and empty. */
  node?: string;
  /** NODE:RESOURCE whose provider is new. */
  provider?: string;
  dryRun: boolean;
}

/** The command that goes on where one broke off. */
export function replaceAgain({ node, resource }: { node: string; resource?: string }): string {
  return resource === undefined
    ? `hastconf replace --node ${node}`
    : `hastconf replace --provider ${node}:${resource}`;
}

/** Exit 3, with everything that stands against it. */
export function refuseProblems(problems: readonly Problem[], title: string): void {
  if (problems.length === 0) return;
  throw new ProblemsError(ExitCode.Preflight, title, problems, { remedy: 'nothing was changed' });
}

/** What would be done, for people. */
export function stepLines(steps: readonly Step[]): string[] {
  return steps.flatMap(({ node, title, diff = '' }) => [
    `${node}: ${title}`,
    ...diff.split('\n').flatMap((line) => (line === '' ? [] : [`    ${line}`])),
  ]);
}

/** -y, or a yes; exit 2 where nobody can be asked. */
export async function confirmSteps(
  { io, global }: CommandContext,
  steps: readonly Step[],
  command: string,
): Promise<void> {
  if (global.yes || steps.length === 0) return;
  if (!global.input) {
    throw new HastconfError(
      ExitCode.Usage,
      `${steps.length} steps need confirmation, and there is no terminal`,
      { remedy: `read ${command} --dry-run, then run ${command} -y` },
    );
  }
  const { createAsker } = await import('../wizard/ask.js');
  if (await createAsker(io).confirm(`Carry out these ${steps.length} steps?`)) return;
  throw new HastconfError(ExitCode.Interrupted, 'not replaced', { remedy: 'nothing was changed' });
}

/** Waits until everything has been copied and both agents say so. */
export async function backToTwoCopies(
  context: CommandContext,
  session: Session,
  limits: SyncLimits,
  command: string,
): Promise<void> {
  const outcome = await watchSync(silent(context), session, limits);
  if (outcome.result === 'stalled') throw stalledError(outcome, stallTimeoutMs(limits));
  const { problems } = await settled(session, context.io.signal);
  if (problems.length === 0) return;
  throw new ProblemsError(ExitCode.Timeout, 'the copy is made, but not everything is well yet', problems, {
    remedy: `hastconf status shows how it goes on; ${command} again waits for it`,
  });
}

/** Lines of JSON on the way would not be the one document that this command prints. */
export function silent(context: CommandContext): CommandContext {
  return { ...context, global: { ...context.global, json: false } };
}

interface Told {
  spec: ClusterSpec;
  node: string;
  resource?: string;
  steps: readonly Step[];
  destructions: readonly Destruction[];
  replaced: boolean;
}

/** The result, as text or as the document of docs/json.md. */
export function tell({ io, global }: CommandContext, told: Told, text: string): void {
  const { spec, node, resource, replaced, destructions } = told;
  const steps = told.steps.map(({ id, node, title, diff }) => ({ id, node, title, diff: diff ?? null }));
  const document = {
    ...{ version: 1, cluster: spec.name, node, resource: resource ?? null },
    ...{ replaced, steps, destructions },
  };
  printResult(io, global.json ? JSON.stringify(document, null, 2) : text);
}
