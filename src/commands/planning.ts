import { ExitCode, HastconfError } from '../errors.js';
import { listenForCarp } from '../facts/carp-probe.js';
import { hintsFor } from '../plan/hints.js';
import { plan } from '../plan/plan.js';
import { interfaceOf } from '../plan/preflight/network.js';
import type { PairFacts, Plan } from '../plan/types.js';
import { render } from '../render/render.js';
import type { GeneratedFile } from '../render/types.js';
import { loadCarpPassword } from '../spec/carp-password.js';
import { loadChapSecrets } from '../spec/chap-secrets.js';
import { Secret } from '../spec/secret.js';
import type { ClusterSpec } from '../spec/types.js';
import { gatherAll, type Session } from './session.js';
import { whileDoing } from './while.js';

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
  const secrets = { carpPassword, chap: await loadChapSecrets(session.spec) };
  const files = render(session.spec, secrets, hintsFor(session.spec, facts));
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
  // Also on another interface, where an older cluster file had it: then it is ourselves that would be heard.
  const configured = spec.nodes.some((node) =>
    facts[node.name]!.interfaces.some(({ carp }) => carp.some(({ vhid }) => vhid === spec.carp.vhid)),
  );
  const listener = spec.nodes.find((node) => interfaceOf(facts[node.name]!, node)?.up);
  if (configured || !listener) return [];
  const target = targets.find((candidate) => candidate.node === listener.name)!;
  const heard = await whileDoing(
    'listening for other CARP speakers',
    listenForCarp(target, listener.interface),
  );
  return heard.vhids;
}

/** The CARP password for a mere look: one that is still to be made stands for itself, since nothing shows it. */
export async function previewPassword({
  spec,
  specPath,
}: Pick<Session, 'spec' | 'specPath'>): Promise<Secret> {
  return (await loadCarpPassword(spec, specPath)) ?? new Secret('to_be_generated');
}

/** Consents that can never fit anything of this cluster, named all at once. Exit 2. */
export function checkConsents(destroy: readonly string[], spec: ClusterSpec): void {
  const wrong = destroy.flatMap((consent) => {
    const complaint = complaintAbout(consent, spec);
    return complaint === undefined ? [] : [`--destroy ${consent}: ${complaint}`];
  });
  if (wrong.length === 0) return;
  const [node, resource] = [spec.nodes[0]!.name, spec.resources[0]!];
  throw new HastconfError(ExitCode.Usage, wrong.join('; '), {
    remedy: `write NODE:PROVIDER, for example --destroy ${node}:${resource.local[node]}, or --destroy ${node}:/etc/hast.conf`,
  });
}

/** A name without a slash may be a resource that only the running hastd knows. */
function complaintAbout(consent: string, { nodes, resources }: ClusterSpec): string | undefined {
  const node = nodes.find(({ name }) => consent.startsWith(`${name}:`))?.name;
  if (node === undefined)
    return `it does not begin with a node (${nodes.map(({ name }) => name).join(', ')})`;
  const what = consent.slice(node.length + 1);
  if (what === '') return 'it does not say what to give up';
  const known = [...resources.map(({ local }) => local[node]), '/etc/hast.conf'];
  const devices = resources.map(({ name }) => `/dev/hast/${name}`);
  if (!what.startsWith('/') || [...known, ...devices].includes(what)) return undefined;
  return `the cluster file has no ${what} on ${node} (${known.join(', ')})`;
}
