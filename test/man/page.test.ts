import { Command, Option } from 'commander';
import { execa } from 'execa';
import { describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli.js';
import { SpecOption } from '../../src/cli-spec.js';
import { argument, prose } from '../../src/man/mdoc.js';
import { manPage } from '../../src/man/page.js';
import { EXITS } from '../../src/man/sections.js';
import { SPEC_FLAGS } from '../../src/spec/flags/table.js';
import { captured } from '../commands/io.js';

const real = manPage(createProgram(captured().context.io, '0', async () => {}));

/** The page's text as a terminal shows it, without what groff needs for bold and underlined. */
async function shown(page: string, ...options: string[]) {
  const words = ['-mdoc', '-Tutf8', '-P-cbou', '-rLL=200n', ...options];
  return execa('groff', words, { input: page, reject: false });
}

/** Every kind of option and argument once. */
function sample(): Command {
  const program = new Command('hastconf');
  program
    .option('-f, --file <file>', 'cluster file', 'cluster.yaml')
    .option('--json', 'print \\n. It is JSON…', false);
  const apply = program.command('apply').description('make it so').argument('<node>', 'one of them');
  apply.argument('[No...]', '').addOption(new Option('--become <how>', "'how' to").choices(['none', 'su']));
  for (const flag of SPEC_FLAGS.slice(0, 1))
    apply.addOption(new SpecOption(flag, `--${flag.name} ${flag.value}`));
  program.command('lab').description('group').command('up').description("the lab's start");
  program.command('secret', { hidden: true });
  return program;
}

describe('the manual page', () => {
  it('of a small program is what it was', async () => {
    await expect(manPage(sample())).toMatchFileSnapshot('golden/sample.8');
  });

  it('is one that groff takes without a word', async () => {
    const { exitCode, stderr } = await shown(real, '-ww', '-z');
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  it('is one that mandoc finds nothing wrong with', async ({ skip }) => {
    const { exitCode, stdout, code } = await execa('mandoc', ['-Tlint', '-Wwarning'], {
      input: real,
      reject: false,
    });
    if (code === 'ENOENT') skip('there is no mandoc here');
    expect([exitCode, stdout]).toEqual([0, '']);
  });

  it('shows every command, flag and exit code, and no macro', async () => {
    const { stdout } = await shown(real);
    const program = createProgram(captured().context.io, '0', async () => {});
    for (const command of program.commands) {
      expect(stdout).toContain(`hastconf ${command.name()}`);
      for (const option of command.options.filter(({ hidden }) => !hidden))
        expect(stdout).toContain(option.long);
    }
    for (const { name } of SPEC_FLAGS) expect(stdout).toContain(`--${name}`);
    for (const [code, text] of EXITS)
      expect(stdout).toMatch(new RegExp(`^ +${code} +${text.slice(0, 20)}`, 'im'));
    expect(stdout).not.toMatch(/^ *\.[A-Z][a-z]\b/m);
  });
});

describe('mdoc text', () => {
  it.each([
    ['.Sh is no macro here', '\\&.Sh is no macro here'],
    ["'quoted' \\n", "\\&'quoted' \\en"],
    ['One. Two; e.g. three', 'One.\nTwo; e.g. three'],
    ['node’s … é', "node's ... \\[u00E9]"],
  ])('%j', (text, expected) => {
    expect(prose(text)).toBe(expected);
  });

  it.each([
    ['No', '\\&No'],
    ['|', '\\&|'],
    ['a b', '"a b"'],
    ['-a', '-a'],
  ])('argument %j', (text, expected) => {
    expect(argument(text)).toBe(expected);
  });
});
