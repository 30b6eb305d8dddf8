import type { NodeFacts } from '../facts/types.js';
import { type DevdRule, devdMessage, parseDevdConf } from '../formats/devd-conf.js';
import { MANAGED } from '../spec/derive.js';
import { textOf, withoutBlock } from './reading.js';
import { type AdoptFinding, finding } from './types.js';

/** Where devd(8) looks, besides /etc/devd.conf itself. */
export const DEVD_DIRECTORIES = ['/etc/devd', '/usr/local/etc/devd'] as const;

export interface PlacedRule {
  path: string;
  rule: DevdRule;
}

/** Every rule of somebody else's, in the order in which devd reads the files; a file with a mistake has none. */
export function devdRules(facts: NodeFacts): PlacedRule[] {
  return foreignFiles(facts).flatMap(({ path, text }) => {
    const parsed = parseDevdConf(text);
    return parsed.ok ? parsed.config.rules.map((rule) => ({ path, rule })) : [];
  });
}

/** One mistake in any file keeps devd from starting. */
export function devdMistakes(facts: NodeFacts, node: string): AdoptFinding[] {
  return foreignFiles(facts).flatMap(({ path, text }) => {
    const parsed = parseDevdConf(text);
    if (parsed.ok) return [];
    return [
      finding('differs', `devd does not start on ${node}: ${devdMessage(path, parsed)}`, {
        node,
        remedy: `repair or remove ${path}`,
      }),
    ];
  });
}

function foreignFiles(facts: NodeFacts): { path: string; text: string }[] {
  return Object.keys(facts.files)
    .filter((path) => path !== MANAGED.devd)
    .filter((path) => path === MANAGED.devdOld || isListed(path))
    .flatMap((path) => {
      const text = textOf(facts, path);
      return text === undefined ? [] : [{ path, text: withoutBlock(text) }];
    });
}

function isListed(path: string): boolean {
  return DEVD_DIRECTORIES.some((directory) => path.startsWith(`${directory}/`) && path.endsWith('.conf'));
}
