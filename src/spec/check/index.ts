import type { Finding } from '../findings.js';
import { checkAgent, checkCarp } from './carp.js';
import type { Draft } from './draft.js';
import { checkNodes } from './nodes.js';
import { checkResources } from './resources.js';
import { checkServices } from './services.js';
import { checkStorage } from './storage.js';

const CHECKS = [checkNodes, checkCarp, checkResources, checkStorage, checkServices, checkAgent];

/**
 * Everything about a cluster file that one key alone cannot tell. Works on a draft: keys that the schema
 * refused are undefined, so that all mistakes of a file are reported in one go.
 */
export function checkCluster(data: unknown): Finding[] {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return [];
  const draft = data as Draft;
  return CHECKS.flatMap((check) => check(draft));
}
