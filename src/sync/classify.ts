import type { HastResourceFacts } from '../facts/types.js';
import type { SyncSample, SyncStateWord } from './types.js';

/** What both nodes together say of one resource at this moment. */
export interface Standing {
  word: Exclude<SyncStateWord, 'lost' | 'stalled'>;
  detail: string;
  primary?: string;
  dirty?: number;
  /** Primary, complete, zero dirty, and every other node is its connected secondary. */
  clean: boolean;
}

/** The newest sample of every watched node; undefined: it has not answered yet, or not for too long. */
export type Samples = ReadonlyMap<string, SyncSample | undefined>;

/**
 * Puts the nodes' words on one resource together.
 *
 * The primary's `complete` with zero dirty bytes is not believed alone: for some seconds after its secondary
 * was taken away a primary still says so. Its secondary must say that it is connected, too.
 */
export function classify(resource: string, samples: Samples): Standing {
  const known = [...samples].flatMap(([node, sample]) => {
    const facts = sample?.resources[resource];
    return facts && facts.error === undefined ? [{ node, facts }] : [];
  });
  const primaries = known.filter(({ facts }) => facts.role === 'primary');
  if (primaries.length > 1) {
    return { word: 'split', detail: 'both nodes are primary', clean: false };
  }
  const primary = primaries[0];
  if (!primary) return withoutPrimary(resource, samples, known);
  return withPrimary(resource, primary, samples);
}

function withoutPrimary(
  resource: string,
  samples: Samples,
  known: readonly { node: string; facts: HastResourceFacts }[],
): Standing {
  const silent = [...samples].map(([node, sample]) => whyUnknown(node, sample, resource)).filter(Boolean);
  const roles = known.map(({ node, facts }) => `${node} is ${facts.role}`);
  const detail = [...roles, ...silent].join(', ');
  return { word: silent.length > 0 ? 'waiting' : 'init', detail, clean: false };
}

function withPrimary(
  resource: string,
  primary: { node: string; facts: HastResourceFacts },
  samples: Samples,
): Standing {
  const { node, facts } = primary;
  const others = [...samples].filter(([other]) => other !== node);
  const doubts = others
    .map(([other, sample]) => whyNotConnected(other, sample, resource))
    .filter((doubt) => doubt !== '');
  const base = { primary: node, dirty: facts.dirty, detail: doubts.join(', ') };
  if (facts.status !== 'complete') return { ...base, word: 'degraded', clean: false };
  if (facts.dirty > 0 || doubts.length > 0) return { ...base, word: 'synchronising', clean: false };
  return { ...base, word: 'in-sync', clean: true };
}

function whyUnknown(node: string, sample: SyncSample | undefined, resource: string): string {
  if (!sample) return `${node} has not answered`;
  const facts = sample.resources[resource];
  if (facts?.error !== undefined) return `hastd on ${node} does not know it (error ${facts.error})`;
  if (facts) return '';
  if (sample.code === 124) return `hastctl on ${node} does not come back`;
  if (sample.code !== 0) return `hastd on ${node}: ${sample.words || `hastctl exited with ${sample.code}`}`;
  return `hastd on ${node} does not know it`;
}

function whyNotConnected(node: string, sample: SyncSample | undefined, resource: string): string {
  const unknown = whyUnknown(node, sample, resource);
  if (unknown !== '') return unknown;
  const facts = sample?.resources[resource];
  if (facts?.role !== 'secondary') return `${node} is ${facts?.role ?? 'unknown'}`;
  return facts.status === 'complete' ? '' : `${node} is secondary but not connected`;
}
