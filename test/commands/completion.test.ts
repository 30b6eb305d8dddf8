import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Command, Option } from 'commander';
import { execa } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createProgram } from '../../src/cli.js';
import { SpecOption } from '../../src/cli-spec.js';
import { bashCompletion } from '../../src/completion/bash.js';
import { fishCompletion } from '../../src/completion/fish.js';
import { completionModel } from '../../src/completion/model.js';
import { zshCompletion } from '../../src/completion/zsh.js';
import { SPEC_FLAGS } from '../../src/spec/flags/table.js';
import { hastconf } from '../e2e/lab.js';
import { DEMO_YAML } from '../spec/demo.js';
import { captured } from './io.js';

const SHELLS = ['bash', 'zsh', 'fish'] as const;
const WRITERS = { bash: bashCompletion, zsh: zshCompletion, fish: fishCompletion };

let directory: string;
const scripts: Record<string, string> = {};

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hastconf-completion-'));
  await writeFile(join(directory, 'pair one.yaml'), DEMO_YAML);
  for (const shell of SHELLS) {
    scripts[shell] = (await hastconf(['completion', shell], directory, {})).stdout;
    await writeFile(join(directory, `script.${shell}`), scripts[shell]);
  }
  const main = fileURLToPath(new URL('../../src/main.ts', import.meta.url));
  const run = `import(${JSON.stringify(main)}).then(async ({ main }) => process.exit(await main(process.argv.slice(1))))`;
  const words = [process.execPath, '--import', import.meta.resolve('tsx'), '-e', run, '--'];
  const program = words.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(' ');
  await writeFile(join(directory, 'hastconf'), `#!/bin/sh\nexec ${program} "$@"\n`);
  await chmod(join(directory, 'hastconf'), 0o755);
});
afterAll(() => rm(directory, { recursive: true, force: true }));

/** What a real bash offers for the last word. */
async function offered(...words: string[]): Promise<string[]> {
  const { stdout } = await execa(
    'bash',
    [
      ...['--norc', '--noprofile', '-c'],
      '. ./script.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _hastconf; printf "%s\\n" "${COMPREPLY[@]}"',
      ...['bash', 'hastconf', ...words],
    ],
    { cwd: directory, env: { PATH: `${directory}:${process.env.PATH}` } },
  );
  return stdout.split('\n').filter((line) => line !== '');
}

describe('bash', () => {
  it.each<[string[], string[]]>([
    [['st'], ['status']],
    [
      ['lab', 'd'],
      ['down', 'demo'],
    ],
    [
      ['-f', 'apply', 're'],
      ['render', 'resolve', 'remove', 'replace'],
    ],
    [
      ['apply', '--hast-c'],
      ['--hast-compression', '--hast-checksum'],
    ],
    [
      ['apply', '--hast-checksum', ''],
      ['none', 'crc32', 'sha256'],
    ],
    [['apply', '--hast-checksum', '=', 'c'], ['crc32']],
    [['-f', 'pair'], ['pair one.yaml']],
    [
      ['completion', ''],
      ['bash', 'zsh', 'fish'],
    ],
    [['apply', '--vhid', ''], []],
    [['wait', '--accept-new-host-keys', '--no-c'], ['--no-color']],
  ])('completes %j', async (words, expected) => {
    expect(await offered(...words)).toEqual(expected);
  });

  it('offers every command', async () => {
    const commands = await offered('');
    expect(commands).toEqual(
      expect.arrayContaining(['init', 'plan', 'apply', 'quick', 'adopt', 'completion']),
    );
    expect(commands).not.toContain('help');
  });

  it('offers the nodes of the file that was named', async () => {
    expect(await offered('-f', 'pair one.yaml', 'apply', '--preferred', 'hast')).toEqual(['hasta', 'hastb']);
    expect(await offered('apply', '--preferred', 'hast')).toEqual([]);
  });
});

describe.each(SHELLS)('the script for %s', (shell) => {
  it('of a small program is what it was', async () => {
    await expect(WRITERS[shell](completionModel(sample()))).toMatchFileSnapshot(`golden/completion.${shell}`);
  });

  it('is one that the shell takes', async ({ skip }) => {
    const { exitCode, stderr, code } = await execa(shell, ['-n', join(directory, `script.${shell}`)], {
      reject: false,
    });
    if (code === 'ENOENT') skip(`there is no ${shell} here`);
    expect([exitCode, stderr]).toEqual([0, '']);
  });

  it('knows every command and every flag', () => {
    const { commands } = completionModel(createProgram(captured().context.io, '0', async () => {}));
    const flags = SPEC_FLAGS.map(({ name }) => (shell === 'fish' ? `-l ${name} ` : `--${name}`));
    for (const word of [...commands.map(({ path }) => path[0]!), ...flags])
      expect(scripts[shell]).toContain(word);
  });
});

/** Every kind of option and argument once. */
function sample(): Command {
  const program = new Command('hastconf').description('sample');
  program.option('-f, --file <file>', 'cluster file').option('--json', "it's [JSON]: print");
  const apply = program.command('apply').description('make it so: now').argument('<node>', 'one of them');
  apply
    .option('-o, --output <dir>', 'directory')
    .addOption(new Option('--become <how>').choices(['none', 'su']));
  for (const flag of SPEC_FLAGS.filter(({ name }) =>
    ['preferred', 'witness', 'hast-checksum'].includes(name),
  ))
    apply.addOption(new SpecOption(flag, `--${flag.name} ${flag.value}`));
  program.command('lab').description('group').command('up').description("the lab's start");
  return program;
}

it('knows no other shell', async () => {
  expect(await hastconf(['completion', 'csh'], directory, {})).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('bash, zsh, fish'),
  });
});
