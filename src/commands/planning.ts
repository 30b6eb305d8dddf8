import { ExitCode, HastconfError } from '../errors.js';
import { listenForCarp } from '../facts/carp-probe.js';
import { hintsFor } from '../plan/hints.js';
import { type PairFacts, type Plan, plan } from '../plan/plan.js';
import { interfaceOf } from '../plan/preflight/network.js';
import { render } from '../render/render.js';
import type { GeneratedFile } from '../render/types.js';
import { loadCarpPassword } from '../spec/carp-password.js';
import { Secret } from '../spec/secret.js';
import { gatherAll, type Session } from './session.js';

export interface PlanFlags {
  destroy: readonly string[];
  ignoreCheck: readonly string[];
}

export interface Planned {
  plan: Plan;
  facts: PairFacts;
  files: readonly GeneratedFile[];
}

/** Facts, files and plan of both nodes, from one look at them. */
export async function makePlan(session: Session, flags: PlanFlags, carpPassword: Secret): Promise<Planned> {
  const facts = await gatherAll(session.targets, session.spec);
  const foreignVhids = await strangers(session, facts);
  const files = render(session.spec, { carpPassword }, hintsFor(session.spec, facts));
  const made = plan({
    spec: session.spec,
    facts,
    files,
    destroy: flags.destroy,
    ignoredChecks: flags.ignoreCheck,
    foreignVhids,
  });
  return { plan: made, facts, files };
}

/** Listens for other CARP speakers, but only before our own first address is up: it takes seconds. */
async function strangers(session: Session, facts: PairFacts): Promise<readonly number[]> {
  const { spec, targets } = session;
  const configured = spec.nodes.some((node) =>
    interfaceOf(facts[node.name]!, node)?.carp.some((carp) => carp.vhid === spec.carp.vhid),
  );
  const listener = spec.nodes.find((node) => interfaceOf(facts[node.name]!, node)?.up);
  if (configured || !listener) return [];
  const target = targets.find((candidate) => candidate.node === listener.name)!;
  const heard = await listenForCarp(target, listener.interface);
  return heard.vhids;
}

/** The CARP password for a mere look: one that is still to be made stands for itself, since nothing shows it. */
export async function previewPassword({ spec, specPath }: Session): Promise<Secret> {
  return (await loadCarpPassword(spec, specPath)) ?? new Secret('to_be_generated');
}

/** Consents that are not written NODE:WHAT, named all at once. */
export function checkConsents(destroy: readonly string[], names: readonly string[]): void {
  const wrong = destroy.filter((consent) => !names.some((name) => consent.startsWith(`${name}:`)));
  if (wrong.length === 0) return;
  throw new HastconfError(ExitCode.Usage, `--destroy ${wrong.join(', ')}: not NODE:PROVIDER`, {
    remedy: `name the node first, for example --destroy ${names[0]}:/dev/da1`,
  });
}
