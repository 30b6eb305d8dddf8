import type { Secret } from '../spec/secret.js';
import type { ClusterSpec, NodeSpec } from '../spec/types.js';

/**
 * What an adoption has to say, from the gravest kind to the lightest:
 * - `missing`: a cluster file needs it and the nodes do not say it;
 * - `differs`: the two nodes, or a file and what runs, contradict each other;
 * - `inexpressible`: a cluster file cannot carry it, so an apply would lose or ignore it;
 * - `replaced`: something of somebody else's that an apply takes the place of;
 * - `assumed`: not said anywhere, taken for the reason given.
 */
export type FindingKind = 'missing' | 'differs' | 'inexpressible' | 'replaced' | 'assumed';

export const FINDING_KINDS: readonly FindingKind[] = [
  'missing',
  'differs',
  'inexpressible',
  'replaced',
  'assumed',
];

export interface AdoptFinding {
  kind: FindingKind;
  /** As named in the cluster file; absent: the pair. */
  node?: string;
  message: string;
  /** What to do about it, where there is something to do. */
  remedy?: string;
}

/** What leaves no trace on the nodes and comes from the options or an existing cluster file. */
export interface AdoptConnection {
  /** How each node is reached, in the order of the facts. */
  ssh: readonly [NodeSpec['ssh'], NodeSpec['ssh']];
  /** Name of the pair, where the nodes do not know one. */
  name?: string;
  /** carp.password.file; absent: beside the cluster file. */
  passwordFile?: string;
  /** Files with CHAP secrets by iSCSI target. */
  chapFiles?: Readonly<Record<string, string>>;
}

export interface Adoption {
  /** undefined: a `missing` finding says what a cluster file would need. */
  spec: ClusterSpec | undefined;
  /** In order of weight. */
  findings: readonly AdoptFinding[];
  /** From rc.conf; only ever written to its own file. */
  carpPassword: Secret | undefined;
}

export function finding(
  kind: FindingKind,
  message: string,
  more: { node?: string | undefined; remedy?: string | undefined } = {},
): AdoptFinding {
  const { node, remedy } = more;
  return {
    kind,
    ...(node === undefined ? {} : { node }),
    message,
    ...(remedy === undefined ? {} : { remedy }),
  };
}

/** Gravest first; within a kind as they were found. Each said once. */
export function inOrderOfWeight(findings: readonly AdoptFinding[]): AdoptFinding[] {
  const seen = new Set<string>();
  return FINDING_KINDS.flatMap((kind) => findings.filter((one) => one.kind === kind)).filter((one) => {
    const key = `${one.kind} ${one.node} ${one.message}`;
    return !seen.has(key) && seen.add(key);
  });
}
