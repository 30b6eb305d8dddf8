import { Command } from 'commander';
import { execa } from 'execa';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { givenFlags, specOptions } from '../src/cli-spec.js';
import { equivalentCommand, flagsOf, flagWords } from '../src/spec/flags/command.js';
import { GROUPS } from '../src/spec/flags/types.js';
import { clusterSpec } from './spec/arbitrary.js';
import { demoSpec } from './spec/demo.js';

function parsed(words: readonly string[]) {
  return givenFlags(specOptions(new Command()).parse([...words], { from: 'user' }));
}

describe('flags on the command line', () => {
  it('of any spec are taken as they were meant', () => {
    fc.assert(
      fc.property(clusterSpec, (spec) => {
        expect(parsed(flagWords(spec))).toEqual(flagsOf(spec));
      }),
      { numRuns: 50 },
    );
  });

  it('come through a real shell as they are', async () => {
    const spec = demoSpec((yaml) =>
      `${yaml}services: [{ type: nfs, exports: ["/hast/disk0 -maproot='a b' $HOME"] }]\n`.replace(
        'vhid: 1',
        'vhid: 1\n  unicast: true\n  password: { file: "/etc/a b,c\\\\" }',
      ),
    );
    const line = equivalentCommand(spec, ['--destroy', 'hasta:/dev/vtbd1']);
    const { stdout } = await execa('/bin/sh', ['-c', `hastconf() { printf '%s\\n' "$@"; }; ${line}`]);
    expect(stdout.split('\n')).toEqual(['apply', '-y', ...flagWords(spec), '--destroy', 'hasta:/dev/vtbd1']);
    expect(parsed(flagWords(spec))).toEqual(flagsOf(spec));
  });

  it('can say no, and nothing', () => {
    expect(parsed(['--no-carp-unicast'])).toEqual([{ flag: 'carp-unicast', value: 'no' }]);
    expect(parsed([])).toEqual([]);
  });

  it('are grouped in the help, each with a description', () => {
    const help = specOptions(new Command()).helpInformation();
    for (const title of Object.values(GROUPS)) expect(help).toContain(`\n${title}\n`);
    expect(help).not.toContain('--no-');
  });
});
