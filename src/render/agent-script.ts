import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { readTemplate, templateDirectory } from './engine.js';

const PARTS = 'agent/carp-hast-switch';

/** The node agent: its parts in the order of their numbers, as the one file that a node gets. */
export function agentScript(): string {
  const names = readdirSync(join(templateDirectory(), PARTS)).filter((name) => name.endsWith('.sh'));
  return names
    .sort()
    .map((name) => readTemplate(`${PARTS}/${name}`))
    .join('\n');
}
