import type { NodeFacts } from '../../facts/types.js';
import { type HastChange, hastChanges } from '../hast-change.js';
import { IMPACTS, type Impact, type ImpactKind, type PlanInput } from '../types.js';

/** Seconds: a primary that lost its secondary tries again every ten (hastd's primary.c, RETRY_SLEEP). */
const RECONNECT_SECONDS = 10;

/**
 * What a reload does to the resources of a node. hastd restarts a secondary for any change, and a primary loses it for
 * up to ten seconds then; a primary takes settings live and reconnects for addresses (hastd.c, hastd_reload). What was
 * not there before hurts nobody. undefined: nothing.
 */
export function reloadImpact(input: PlanInput, facts: NodeFacts): Impact | undefined {
  const hit = [...hastChanges(input, facts)].flatMap(([name, change]) => {
    const kind = kindOf(change, facts.hast.resources[name]?.role);
    return kind === 'nothing' ? [] : [{ name, kind }];
  });
  const kind = IMPACTS.findLast((one) => hit.some((other) => other.kind === one));
  if (kind === undefined) return undefined;
  const parts = (['roles-drop', 'reconnect', 'reload'] as const).flatMap((one) => {
    const names = hit.filter((other) => other.kind === one).map(({ name }) => name);
    return names.length === 0 ? [] : [`${WORDS[one]}: ${names.join(', ')}`];
  });
  return { kind, detail: parts.join('; ') };
}

const WORDS = {
  'roles-drop': 'given up',
  reconnect: `out of touch for up to ${RECONNECT_SECONDS} s, then copied what was written meanwhile`,
  reload: 'settings change in place',
} as const;

function kindOf(change: HastChange, role: string | undefined): ImpactKind {
  if (role === undefined || role === 'init' || change === 'added') return 'nothing';
  if (change === 'removed' || change === 'provider') return 'roles-drop';
  if (role === 'primary' && change === 'settings') return 'reload';
  return 'reconnect';
}
