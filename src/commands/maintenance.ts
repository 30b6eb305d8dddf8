import { agentView } from '../cluster/agent-view.js';
import { maintenanceOff, maintenanceOn } from '../cluster/maintenance.js';
import { ExitCode, HastconfError, ProblemsError } from '../errors.js';
import { type CommandContext, printResult } from '../io.js';
import type { PairFacts } from '../plan/types.js';
import { type ConnectionFlags, gatherAll, openSession } from './session.js';
import { carryOut, isExit, locked } from './steps.js';

export interface MaintenanceOptions extends ConnectionFlags {
  /** Both when left out. */
  node?: string;
  /** Seconds. */
  for?: number;
  breakLock: boolean;
}

export const DEFAULT_SECONDS = 7200;

/**
 * `hastconf maintenance on|off`: whether the agents move anything by themselves. 0 done, or nothing to do · 3 a node has
 * no agent that answers · 4 a node cannot be reached.
 */
export async function run(
  context: CommandContext,
  word: 'on' | 'off',
  options: MaintenanceOptions,
): Promise<ExitCode> {
  const session = await openSession(context, options, options.node).catch((error: unknown) => {
    throw isExit(error, ExitCode.Unreachable) && options.node === undefined ? perNode(error, word) : error;
  });
  try {
    return await locked(context, session, 'maintenance', options.breakLock, async (lockedRun) => {
      const facts = await gatherAll(session.targets, session.spec);
      agentsAnswer(facts);
      const steps = Object.values(facts).flatMap((own) =>
        word === 'on' ? maintenanceOn(own, options.for ?? DEFAULT_SECONDS) : maintenanceOff(own),
      );
      await carryOut({ ...lockedRun, remedy: 'hastconf status shows what is so now' }, steps);
      const after = steps.length === 0 ? facts : await gatherAll(session.targets, session.spec);
      tell(context, session.spec.name, word, steps.length > 0, after);
      return ExitCode.Done;
    });
  } finally {
    await session.close();
  }
}

function perNode({ exit, message, detail, cause }: HastconfError, word: string): HastconfError {
  return new HastconfError(exit, message, {
    ...(detail === undefined ? {} : { detail }),
    remedy: `nothing was changed; hastconf maintenance ${word} --node NODE does it on the one that answers`,
    cause,
  });
}

function agentsAnswer(facts: PairFacts): void {
  const silent = Object.values(facts).filter((own) => agentView(own) === undefined);
  if (silent.length === 0) return;
  const problems = silent.map(({ node, agentError }) => ({
    id: 'agent-answers',
    node,
    message: `the agent on ${node} does not answer: ${agentError ?? 'it is not installed'}`,
    remedy: 'hastconf apply sets it up and starts it',
  }));
  throw new ProblemsError(ExitCode.Preflight, 'maintenance is the agents’ business', problems, {
    remedy: 'nothing was changed',
  });
}

function tell(
  { io, global }: CommandContext,
  cluster: string,
  word: 'on' | 'off',
  changed: boolean,
  facts: PairFacts,
): void {
  const nodes = Object.values(facts).map((own) => {
    const until = agentView(own)?.maintenanceUntil;
    return { node: own.node, until: until === undefined ? null : new Date(until * 1000).toISOString() };
  });
  if (global.json) {
    printResult(io, JSON.stringify({ version: 1, cluster, maintenance: word, changed, nodes }));
    return;
  }
  if (!changed) printResult(io, `Nothing to do: maintenance is ${word}.`);
  for (const { node, until } of nodes) printResult(io, nodeText(node, until));
}

function nodeText(node: string, until: string | null): string {
  if (until === null) return `${node}: fail-over is on`;
  const when = `${until.slice(0, 16).replace('T', ' ')} UTC`;
  return `${node}: no fail-over until ${when}; hastconf maintenance off ends it before`;
}
