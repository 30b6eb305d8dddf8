import type { NodeFacts } from '../facts/types.js';
import { hasStorage, storageName } from '../report/observe.js';
import { bytes } from '../report/text.js';
import type { ClusterSpec } from '../spec/types.js';
import { type AgentView, agentView } from './agent-view.js';

/** What one node shows of its copy; null means "not known". Nothing in it says which copy is the better one. */
export interface CopyEvidence {
  node: string;
  state: string | null;
  epoch: number | null;
  agreedEpoch: number | null;
  fresh: string | null;
  /** Mount points, pools and devices that it serves now. */
  serves: readonly string[];
  /** ISO 8601; when its agent last changed its state, and to what. */
  lastTransition: { at: string | null; from: string; to: string; reason: string } | null;
  /** Lines of the agent's log about transitions, the newest last. */
  log: readonly string[];
  resources: readonly ResourceEvidence[];
}

interface ResourceEvidence {
  resource: string;
  provider: string;
  role: string | null;
  /** Times that this copy was written without the other one, by its own metadata. */
  localcnt: number | null;
  /** What it knows of the other one's. */
  remotecnt: number | null;
  prevrole: string | null;
  /** Bytes that a primary has written and the other copy lacks. */
  dirty: number | null;
}

/** Alarms of an agent that waits for a person because the copies have parted, or may have. */
const PARTED = ['split-brain', 'two-primaries', 'ahead-of-primary', 'epoch-unknown'];

/** Why there is something to decide; empty: there is nothing. */
export function partedBecause(spec: ClusterSpec, facts: readonly NodeFacts[]): string[] {
  const why = facts.flatMap((own) => {
    const view = agentView(own);
    if (!view) return [];
    const said = new Set([
      ...(view.state === 'split-brain' ? ['split-brain'] : []),
      ...view.alarms.filter((alarm) => PARTED.includes(alarm)),
    ]);
    return [...said].map((word) => `${own.node} says ${word}`);
  });
  const primaries = facts.filter((own) =>
    spec.resources.some(({ name }) => own.hast.resources[name]?.role === 'primary'),
  );
  return primaries.length > 1 ? [...why, 'both nodes are primary'] : why;
}

/** The evidence of one node; pure. */
export function evidenceOf(spec: ClusterSpec, facts: NodeFacts, log: readonly string[]): CopyEvidence {
  const view = agentView(facts);
  return {
    node: facts.node,
    state: view?.state ?? null,
    epoch: view?.epoch ?? null,
    agreedEpoch: view?.agreedEpoch ?? null,
    fresh: view?.fresh ?? null,
    serves: spec.storage.filter((storage) => hasStorage(storage, facts)).map(storageName),
    lastTransition: transitionOf(view),
    log,
    resources: spec.resources.map(({ name, local }) => {
      const [list, dump] = [facts.hast.resources[name], facts.hast.metadata[name]];
      return {
        resource: name,
        provider: local[facts.node]!,
        role: list?.role ?? null,
        localcnt: dump?.localcnt ?? null,
        remotecnt: dump?.remotecnt ?? null,
        prevrole: dump?.prevrole ?? null,
        dirty: list?.role === 'primary' ? list.dirty : null,
      };
    }),
  };
}

function transitionOf(view: AgentView | undefined): CopyEvidence['lastTransition'] {
  if (!view?.lastTransition) return null;
  const { from, to, reason } = view.lastTransition;
  const at = view.since ? new Date(view.since * 1000).toISOString() : null;
  return { at, from, to, reason };
}

/** Both copies side by side, as rows of a table. */
export function evidenceRows(copies: readonly CopyEvidence[]): string[][] {
  const row = (title: string, of: (copy: CopyEvidence) => string) => [title, ...copies.map(of)];
  const resources = copies[0]?.resources.map(({ resource }) => resource) ?? [];
  return [
    row('', ({ node }) => node),
    row('agent says', ({ state }) => state ?? 'no answer'),
    row('serves now', ({ serves }) => (serves.length === 0 ? 'nothing' : serves.join(', '))),
    row('epoch', ({ epoch }) => text(epoch)),
    row('copies last equal at epoch', ({ agreedEpoch }) => text(agreedEpoch)),
    row('last change', ({ lastTransition: last }) =>
      last ? `${last.from} -> ${last.to} (${last.reason})` : 'not known',
    ),
    row(
      'at',
      ({ lastTransition: last }) => last?.at?.replace('T', ' ').replace('.000Z', ' UTC') ?? 'not known',
    ),
    ...resources.flatMap((name, index) => [
      row(`${name}: provider`, ({ resources: own }) => own[index]!.provider),
      row(`${name}: role`, ({ resources: own }) => own[index]!.role ?? 'not known'),
      row(`${name}: role before`, ({ resources: own }) => own[index]!.prevrole ?? 'not known'),
      row(
        `${name}: localcnt, remotecnt`,
        ({ resources: own }) => `${text(own[index]!.localcnt)}, ${text(own[index]!.remotecnt)}`,
      ),
      row(`${name}: written alone`, ({ resources: own }) => {
        const { dirty } = own[index]!;
        return dirty === null ? 'not known' : `${bytes(dirty)} at least`;
      }),
    ]),
  ];
}

function text(value: number | null): string {
  return value === null ? 'not known' : String(value);
}
