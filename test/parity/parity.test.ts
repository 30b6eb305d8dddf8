import { readFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import { GROUPS } from './cases.js';
import { OPEN } from './open.js';
import { record, recordedFor } from './recording.js';
import { labStage } from './stages.js';
import type { Stage } from './types.js';

/** What the lab does not model it must say, loudly; it may never answer otherwise than a machine. */
const LOUD = /lab: not modelled/;

let stage: Stage | undefined;
afterEach(async () => {
  await stage?.close();
  stage = undefined;
});

/** How one case differs from its recording; undefined: it does not, or the lab says that it cannot. */
function difference(machine: string | undefined, lab: string, name: string): string | undefined {
  if (machine === undefined) return `is not recorded: npm run transcripts -- ${name} --image FILE`;
  if (lab === machine || LOUD.test(lab)) return undefined;
  return `--- machine\n${machine}--- lab\n${lab}`;
}

describe.each(GROUPS)('$title', (group) => {
  it('does in the lab what it does on a machine, or says that the lab cannot', {
    timeout: 600_000,
  }, async () => {
    const file = readFileSync(new URL(`recorded/${group.name}.txt`, import.meta.url), 'utf8');
    stage = await labStage();
    const unexpected: string[] = [];
    for (const { node, run, text } of await record(group, stage)) {
      const differs = difference(recordedFor(file, node, run), text, group.name);
      if (differs !== undefined && !OPEN.has(run)) unexpected.push(`${run}\n${differs}`);
    }
    expect(unexpected.join('\n')).toBe('');
  });
});
