import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { PLACEHOLDER, run } from '../../src/commands/render.js';
import { MARKER } from '../../src/render/tree.js';
import { checkedPassword } from '../../src/spec/carp-password.js';
import { DEMO_YAML } from '../spec/demo.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'hastconf-render-'));
  await writeFile(join(directory, 'cluster.yaml'), DEMO_YAML);
});
afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function render(
  options: { output?: string; placeholder?: boolean; json?: boolean; pfAnchor?: boolean } = {},
) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const io = {
    ...{ stdin, stdout, stderr, env: {}, cwd: directory },
    ...{ now: () => new Date(0), signal: new AbortController().signal },
  };
  const flags = { yes: false, input: false, verbose: false, color: false };
  const code = await run(
    { io, global: { ...flags, file: 'cluster.yaml', json: options.json ?? false } },
    {
      output: options.output ?? 'out',
      placeholderSecrets: options.placeholder ?? true,
      pfAnchor: options.pfAnchor ?? false,
    },
  );
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

/** Every file of a tree with its mode and content. */
async function tree(root: string): Promise<Record<string, string>> {
  const names = await readdir(root, { recursive: true });
  const entries = await Promise.all(
    names.sort().map(async (name) => {
      const info = await lstat(join(root, name));
      const mode = (info.mode & 0o777).toString(8);
      return info.isFile() ? [[name, `${mode} ${await readFile(join(root, name), 'utf8')}`] as const] : [];
    }),
  );
  return Object.fromEntries(entries.flat());
}

const out = (...parts: string[]): string => join(directory, 'out', ...parts);

async function writePassword(): Promise<void> {
  await writeFile(join(directory, 'cluster.carp'), 'MyPassword\n', { mode: 0o600 });
}

it('writes rules for pf where they are asked for, and takes them away again', async () => {
  const path = 'hastb/usr/local/etc/hastconf/pf.anchor';
  expect((await render({ pfAnchor: true })).stdout).toContain(`out/${path}\n`);
  expect((await tree(join(directory, 'out')))[path]).toMatch(/^644 # Rules of pf for hastb/);
  const again = await render();
  expect(again.stderr).toContain(`removed out/${path}, which is no longer generated`);
});

describe('hastconf render', () => {
  it('writes every file below its node and prints the paths', async () => {
    const { code, stdout, stderr } = await render();
    expect(code).toBe(0);
    const lines = stdout.trimEnd().split('\n');
    expect(lines).toHaveLength(18);
    expect(lines).toContain('out/hasta/etc/hast.conf');
    expect(lines.map((line) => line.slice('out/'.length))).toEqual(
      Object.keys(await tree(out())).filter((name) => name !== MARKER),
    );
    expect(stderr).toContain(PLACEHOLDER);
  });

  it('gives the same tree every time, and in every place', async () => {
    await render();
    const first = await tree(out());
    await render();
    expect(await tree(out())).toEqual(first);
    await render({ output: 'elsewhere/deep' });
    expect(await tree(join(directory, 'elsewhere/deep'))).toEqual(first);
  });

  it('says that there is no password, and writes nothing', async () => {
    await expect(render({ placeholder: false })).rejects.toMatchObject({
      exit: 2,
      detail: `${join(directory, 'cluster.carp')} does not exist`,
      remedy: expect.stringContaining('--placeholder-secrets'),
    });
    await expect(stat(out())).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('writes the password where it belongs, for the owner alone', async () => {
    await writePassword();
    const { stdout, stderr } = await render({ placeholder: false });
    expect(`${stdout}${stderr}`).not.toContain('MyPassword');
    const files = await tree(out());
    const holding = Object.keys(files).filter((name) => files[name]!.includes('MyPassword'));
    expect(holding).toEqual(['hasta/etc/rc.conf', 'hastb/etc/rc.conf']);
    for (const name of holding) expect(files[name]).toMatch(/^600 /);
    expect(files['hasta/usr/local/etc/hastconf/agent.conf']).toMatch(/^600 /);
    expect(files['hasta/usr/local/sbin/carp-hast-switch']).toMatch(/^755 /);
  });

  it('leaves a placeholder that the files can carry, whether or not there is a password', async () => {
    await writePassword();
    await render();
    expect(checkedPassword(PLACEHOLDER, 'test').reveal()).toBe(PLACEHOLDER);
    const files = Object.values(await tree(out())).join('\n');
    expect(files).toContain(`pass ${PLACEHOLDER} alias`);
    expect(files).not.toContain('MyPassword');
  });

  it('prints one JSON document with --json', async () => {
    const { stdout } = await render({ json: true });
    expect(JSON.parse(stdout)).toEqual({
      output: 'out',
      placeholderSecrets: true,
      files: expect.arrayContaining(['out/hastb/etc/hosts']),
    });
  });

  it('removes what it wrote before and would not write now, and nothing else', async () => {
    await render();
    await writeFile(out('hastb/etc/notes'), 'mine');
    await writeFile(join(directory, 'cluster.yaml'), DEMO_YAML.replace('hastb:', 'hastc:'));
    const { stderr } = await render();
    expect(stderr).toContain('removed out/hastb/etc/hast.conf');
    const names = Object.keys(await tree(out()));
    expect(names.filter((name) => name.startsWith('hastb'))).toEqual(['hastb/etc/notes']);
    await expect(stat(out('hastb/boot'))).rejects.toMatchObject({ code: 'ENOENT' });
    expect(names).toContain('hastc/etc/hast.conf');
  });

  it('takes an empty directory, and refuses one with files of others', async () => {
    await mkdir(out());
    expect((await render()).code).toBe(0);
    await mkdir(join(directory, 'full'));
    await writeFile(join(directory, 'full/x'), 'mine');
    await expect(render({ output: 'full' })).rejects.toMatchObject({ exit: 5 });
    expect(await tree(join(directory, 'full'))).toEqual({ x: expect.stringContaining('mine') });
  });

  it('refuses to replace a file of others, and to follow their links', async () => {
    await mkdir(join(directory, 'target'));
    await render();
    await rm(out('hasta/etc'), { recursive: true });
    await symlink(join(directory, 'target'), out('hasta/etc'));
    await expect(render()).rejects.toMatchObject({
      exit: 5,
      message: expect.stringContaining(out('hasta/etc')),
    });
    expect(await readdir(join(directory, 'target'))).toEqual([]);

    await writeFile(join(directory, 'cluster.yaml'), DEMO_YAML.replace('hasta:', 'hastc:'));
    await rm(out('hasta'), { recursive: true });
    await mkdir(out('hastc/etc'), { recursive: true });
    await writeFile(out('hastc/etc/hosts'), 'mine');
    await expect(render()).rejects.toMatchObject({ exit: 5 });
    expect(await readFile(out('hastc/etc/hosts'), 'utf8')).toBe('mine');
  });

  it.each(['../../etc/passwd', '/etc/passwd', 'a/../../x'])(
    'does not believe a list that names %s',
    async (path) => {
      await render();
      await writeFile(out(MARKER), `${path}\n`);
      await expect(render()).rejects.toMatchObject({ exit: 5 });
    },
  );

  it('says why it cannot write', async () => {
    await writeFile(out(), 'a file');
    await expect(render()).rejects.toMatchObject({ exit: 2, detail: 'ENOTDIR' });
    await expect(render({ output: 'out/below' })).rejects.toMatchObject({ detail: 'ENOTDIR' });
  });

  it('refuses a password file that others can read', async () => {
    await writePassword();
    await chmod(join(directory, 'cluster.carp'), 0o644);
    await expect(render({ placeholder: false })).rejects.toMatchObject({
      exit: 2,
      remedy: expect.stringContaining('chmod 600'),
    });
  });
});
