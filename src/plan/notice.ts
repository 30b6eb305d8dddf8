import type { NodeFacts } from '../facts/types.js';
import { PENDING_DIR } from '../spec/paths.js';
import type { Noticer } from './types.js';

/** The mark of a change that its noticer has yet to notice. */
export function pendingPath(noticer: Noticer): string {
  return `${PENDING_DIR}/${noticer}`;
}

/** True when a run was cut off between a change of its file and the noticing. */
export function isPending(facts: NodeFacts, noticer: Noticer): boolean {
  return facts.directories[pendingPath(noticer)] !== undefined;
}
