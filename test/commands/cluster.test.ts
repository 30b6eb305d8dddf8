import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { flagWords } from '../../src/spec/flags/command.js';
import { parseSpec } from '../../src/spec/load.js';
import { hastconf } from '../e2e/lab.js';
import { DEMO_YAML, demoSpec } from '../spec/demo.js';

let directory: string;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hastconf-flags-'));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const run = (args: readonly string[], env = {}) => hastconf(args, directory, { HOME: directory, ...env });
const render = (args: readonly string[], out: string) =>
  run(['render', '--placeholder-secrets', '-o', out, ...args]);

async function tree(name: string): Promise<Record<string, string>> {
  const entries = await readdir(join(directory, name), { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    await Promise.all(
      files.map(async (file) => [file.slice(join(directory, name).length), await readFile(file, 'utf8')]),
    ),
  );
}

describe('the cluster file and the flags', () => {
  it('render the same from flags alone as from the file, and say how to keep them', async () => {
    const ended = await render(flagWords(demoSpec()), 'by-flags');
    expect(ended).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('there is no cluster.yaml; --save keeps'),
    });
    await writeFile(join(directory, 'cluster.yaml'), DEMO_YAML);
    expect((await render([], 'by-file')).stderr).not.toContain('--save');
    expect(await tree('by-flags')).toEqual(await tree('by-file'));
  });

  it('keep a new file with --save, and never replace one', async () => {
    const args = [...flagWords(demoSpec()), '--save'];
    expect(await render(args, 'out')).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('written: cluster.yaml'),
    });
    const text = await readFile(join(directory, 'cluster.yaml'), 'utf8');
    expect(parseSpec(text, 'cluster.yaml')).toEqual(demoSpec());
    expect(await render([...args, '--vhid', '9'], 'out')).toMatchObject({ code: 5 });
    expect(await readFile(join(directory, 'cluster.yaml'), 'utf8')).toBe(text);
  });

  it('name all that is missing with its flag, exit 2, for every command', async () => {
    for (const command of [
      ['apply', '-y', '--no-input'],
      ['plan'],
      ['status'],
      ['wait'],
      ['render', '-o', 'x'],
    ]) {
      const { code, stderr } = await run([...command, '--name', 'pair1', '--resource', 'disk0=/dev/da1']);
      expect(code).toBe(2);
      for (const flag of ['--node NAME=', '--carp-address <', '--vhid <']) expect(stderr).toContain(flag);
    }
  });

  it('takes the flag before the environment before the file', async () => {
    await writeFile(join(directory, 'cluster.yaml'), DEMO_YAML);
    await writeFile(join(directory, 'by-env'), 'FromEnvironment\n', { mode: 0o600 });
    await writeFile(join(directory, 'by-flag'), 'FromFlag\n', { mode: 0o600 });
    const env = { HASTCONF_CARP_PASSWORD_FILE: 'by-env' };
    const rcConf = async () => readFile(join(directory, 'out/hasta/etc/rc.conf'), 'utf8');
    expect(await run(['render', '-o', 'out'])).toMatchObject({ code: 2 });
    expect(await run(['render', '-o', 'out'], env)).toMatchObject({ code: 0 });
    expect(await rcConf()).toContain('pass FromEnvironment');
    expect(await run(['render', '-o', 'out', '--carp-password-file', 'by-flag'], env)).toMatchObject({
      code: 0,
    });
    expect(await rcConf()).toContain('pass FromFlag');
  });
});
