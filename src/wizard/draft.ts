import type { Draft } from '../spec/check/draft.js';
import { checkCluster } from '../spec/check/index.js';
import { type Finding, findingsOf } from '../spec/findings.js';
import { type FileContext, normalise } from '../spec/normalise.js';
import { clusterSchema } from '../spec/schema.js';
import type { Path } from '../spec/schema-walk.js';
import type { ClusterSpec } from '../spec/types.js';

/** What the rules of the cluster file say of the values at these paths; what is still missing is no fault yet. */
export function complaints(draft: Draft, paths: readonly Path[]): Finding[] {
  const parsed = clusterSchema.safeParse(draft);
  const wrong = parsed.success ? [] : here(findingsOf(parsed.error, draft), paths);
  // What one value alone has wrong would only be said again by the rules that see several.
  return wrong.length > 0 ? wrong : here(checkCluster(draft), paths);
}

function here(findings: readonly Finding[], paths: readonly Path[]): Finding[] {
  return findings.filter(
    ({ id, path }) =>
      id !== 'missing-key' && paths.some((wanted) => wanted.every((key, at) => path[at] === key)),
  );
}

/** `message; remedy`, as one line below a question. */
export function sentence({ message, remedy }: Pick<Finding, 'message' | 'remedy'>): string {
  return remedy === undefined ? message : `${message}; ${remedy}`;
}

/** Parts that a cluster file can do without. */
const OPTIONAL = ['agent', 'services', 'storage'] as const;

/**
 * The spec that a draft means, or undefined when it does not make one. Most of it may be mere proposals: where
 * one of those contradicts an answer, that part of the file is left out, and the rest can still be looked at.
 */
export function specOf(draft: Draft, context: FileContext): ClusterSpec | undefined {
  const wrong = new Set(checkCluster(draft).map(({ path }) => path[0]));
  const kept = Object.entries(draft).filter(([key]) => !wrong.has(key) || !OPTIONAL.includes(key as 'agent'));
  const rest: Draft = Object.fromEntries(kept);
  const parsed = clusterSchema.safeParse(rest);
  if (!parsed.success || checkCluster(rest).length > 0) return undefined;
  return normalise(parsed.data, context);
}
