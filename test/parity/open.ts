import { readFileSync } from 'node:fs';

/**
 * Cases in which the lab still answers otherwise than a machine: words of dash, of GNU's coreutils, grep, find and
 * awk, and of pools in use. They are known, not allowed: mend the lab, then take the case out.
 */
export const OPEN: ReadonlySet<string> = new Set(
  JSON.parse(readFileSync(new URL('recorded/open.json', import.meta.url), 'utf8')) as string[],
);
