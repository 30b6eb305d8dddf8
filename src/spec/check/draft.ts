import { parseAddress } from '../address.js';
import type { Finding } from '../findings.js';
import { canonicalPath, zvolPath } from '../normalise.js';
import type { RawCluster } from '../schema.js';
import type { Path } from '../schema-walk.js';

type DeepPartial<T> = T extends readonly (infer E)[]
  ? (DeepPartial<E> | undefined)[]
  : T extends object
    ? { [K in keyof T]?: DeepPartial<T[K]> | undefined }
    : T;

/** A cluster file less what the schema refused: whatever is there has the right type, anything may be missing. */
export type Draft = DeepPartial<RawCluster>;
export type DraftNode = DeepPartial<RawCluster['nodes'][string]>;

/** One mistake that only shows when several keys are seen together. */
export function finding(path: Path, message: string, remedy?: string): Finding {
  return { id: 'contradiction', path, message, ...(remedy === undefined ? {} : { remedy }) };
}

/** Says that a key's own name is bad. */
export function badKey(path: Path, message: string): Finding {
  return { id: 'bad-name', path, at: 'key', message };
}

export function nodesOf(draft: Draft): (readonly [string, DraftNode | undefined])[] {
  return Object.entries(draft.nodes ?? {});
}

export function nodeNames(draft: Draft): string[] {
  return Object.keys(draft.nodes ?? {});
}

/** The canonical spelling, or undefined for anything that is no address. */
export function canonical(address: string | undefined): string | undefined {
  return address === undefined ? undefined : parseAddress(address)?.text;
}

/** What a per-node value is on one node. */
export function onNode(
  value: string | Record<string, string | undefined> | undefined,
  node: string,
): string | undefined {
  if (value === undefined || typeof value === 'string') return value;
  return Object.hasOwn(value, node) ? value[node] : undefined;
}

/** The provider that a resource uses on a node, in its canonical spelling. */
export function providerOf(draft: Draft, resource: string, node: string): string | undefined {
  const raw = draft.resources?.[resource];
  const local = onNode(raw?.local, node);
  if (local !== undefined) return canonicalPath(local);
  const pool = onNode(raw?.zvol?.pool, node);
  const name = raw?.zvol?.name;
  return pool === undefined || name === undefined ? undefined : zvolPath(pool, name);
}

/** Names and places of the values that come up more than once: `[value, first path, later path]`. */
export function repeated(entries: readonly (readonly [string | undefined, Path])[]): {
  value: string;
  first: Path;
  again: Path;
}[] {
  const seen = new Map<string, Path>();
  return entries.flatMap(([value, path]) => {
    if (value === undefined) return [];
    const first = seen.get(value);
    if (first) return [{ value, first, again: path }];
    seen.set(value, path);
    return [];
  });
}
