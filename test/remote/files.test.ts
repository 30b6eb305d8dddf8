import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { connect } from '../../src/remote/connect.js';
import { writeScript } from '../../src/remote/file-scripts.js';
import { LocalTarget } from '../../src/remote/local.js';
import type { FileAttributes, Target } from '../../src/remote/target.js';
import { keyPair, type ServerOptions, sshHome, startServer } from './server.js';

const asRoot = process.getuid?.() === 0;
const mine = { owner: userInfo().username, group: execFileSync('id', ['-gn']).toString().trim() };
/** SFTP sets owners by number, so only root's; elsewhere the script does it for the current user. */
const owner = asRoot ? { owner: 'root', group: 'wheel' } : mine;

const cleanups: Array<() => Promise<unknown>> = [];
let dir = '';
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'hastconf-files-'));
  cleanups.push(() => rm(dir, { recursive: true, force: true }));
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

let cutLast: () => void = () => undefined;
async function overSsh(options: ServerOptions): Promise<Target> {
  const [key, home] = [keyPair(), await sshHome()];
  const server = await startServer({ keys: [key.public], ...options });
  cutLast = server.cut;
  await writeFile(join(home.dir, 'id'), key.private, { mode: 0o600 });
  await writeFile(home.knownHosts, `${server.hostKeyLine}\n`);
  const target = await connect(
    {
      name: 'hasta',
      ssh: { host: '127.0.0.1', port: server.port, user: 'root', become: 'none' },
      replication: '10.77.0.1',
      interface: 'vtnet1',
    },
    { acceptNewHostKeys: false, sshConfigFile: home.configFile },
  );
  cleanups.push(home.remove, server.stop, () => target.close());
  return target;
}

const ways: ReadonlyArray<[string, () => Promise<Target>]> = [
  ['a script', () => overSsh({})],
  ['SFTP without extensions', () => overSsh({ sftp: true })],
  ['a local shell', async () => new LocalTarget('hasta')],
];

describe.each(asRoot ? ways : ways.slice(0, 2))('files by %s', (_way, open) => {
  it('writes content, mode and owner, and leaves nothing else', async () => {
    const target = await open();
    const path = join(dir, 'hast.conf');
    const attributes: FileAttributes = { ...owner, mode: 0o640 };
    await target.writeFile(path, 'old\n', attributes);
    await target.writeFile(path, "resource 'x'\n$(reboot) `id` \\n %s grün\n\n", attributes);
    expect(await readFile(path, 'utf8')).toBe("resource 'x'\n$(reboot) `id` \\n %s grün\n\n");
    expect((await stat(path)).mode & 0o7777).toBe(0o640);
    expect((await stat(path)).uid).toBe(process.getuid?.());
    expect(await readdir(dir)).toEqual(['hast.conf']);
    expect(await target.readFile(path)).toBe("resource 'x'\n$(reboot) `id` \\n %s grün\n\n");
  });

  it('takes empty and large content', async () => {
    const target = await open();
    const path = join(dir, 'f');
    for (const content of ['', 'x'.repeat(300_000), "'".repeat(5000)]) {
      await target.writeFile(path, content, { ...owner, mode: 0o600 });
      expect(await target.readFile(path)).toBe(content);
    }
  });

  it('answers undefined only for what does not exist', async () => {
    const target = await open();
    expect(await target.readFile(join(dir, 'none'))).toBeUndefined();
    await expect(target.readFile(dir)).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      node: 'hasta',
      detail: expect.stringMatching(/directory/i),
    });
  });

  it('survives hostile names', async () => {
    const target = await open();
    const path = join(dir, "a'; touch pwned; '$(touch pwned) -rf");
    await target.writeFile(path, 'x', { ...owner, mode: 0o600 });
    expect(await target.readFile(path)).toBe('x');
    expect(await readdir(dir)).toHaveLength(1);
    await expect(target.readFile('etc/hast.conf')).rejects.toThrow(/absolute/);
  });

  it('keeps a link and replaces the file behind it', async () => {
    const target = await open();
    await mkdir(join(dir, 'real'));
    await writeFile(join(dir, 'real', 'rc.conf'), 'old');
    await symlink('real/rc.conf', join(dir, 'rc.conf'));
    await target.writeFile(join(dir, 'rc.conf'), 'new', { ...owner, mode: 0o644 });
    expect((await lstat(join(dir, 'rc.conf'))).isSymbolicLink()).toBe(true);
    expect(await readFile(join(dir, 'real', 'rc.conf'), 'utf8')).toBe('new');
    expect(await readdir(join(dir, 'real'))).toEqual(['rc.conf']);
  });

  it('reports a failure in the node’s words and leaves nothing half-written', async () => {
    const target = await open();
    await expect(
      target.writeFile(join(dir, 'none', 'f'), 'x', { ...owner, mode: 0o600 }),
    ).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      message: expect.stringContaining(join(dir, 'none', 'f')),
      detail: expect.stringMatching(/no such file/i),
    });
    await mkdir(join(dir, 'taken'));
    await expect(target.writeFile(join(dir, 'taken'), 'x', { ...owner, mode: 0o600 })).rejects.toMatchObject({
      exit: 1,
    });
    const strange = { owner: 'nobody-of-that-name', group: owner.group, mode: 0o600 };
    await writeFile(join(dir, 'f'), 'before');
    await expect(target.writeFile(join(dir, 'f'), 'after', strange)).rejects.toMatchObject({ exit: 1 });
    expect(await readFile(join(dir, 'f'), 'utf8')).toBe('before');
    expect((await readdir(dir)).sort()).toEqual(['f', 'taken']);
  });

  it('tells of missing permission', async () => {
    const target = await open();
    const writing = target.writeFile('/sys/hastconf-test', 'x', { ...owner, mode: 0o600 });
    await expect(writing).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      detail: expect.stringMatching(/permi|read-only/i),
    });
  });

  it('refuses NUL', async () => {
    const target = await open();
    await expect(target.writeFile(join(dir, 'f'), 'a\0b', { ...owner, mode: 0o600 })).rejects.toMatchObject({
      detail: expect.stringContaining('NUL'),
    });
    expect(await readdir(dir)).toEqual([]);
  });
});

describe('SFTP', () => {
  it('gives way to a script when it refuses', async () => {
    const requests: string[] = [];
    const target = await overSsh({
      sftp: true,
      onSftp: (request) => {
        requests.push(request);
        return 3; // permission denied
      },
    });
    await target.writeFile(join(dir, 'f'), 'x', { ...owner, mode: 0o600 });
    expect(await target.readFile(join(dir, 'f'))).toBe('x');
    expect(requests).toContain(asRoot ? 'LSTAT' : 'OPEN');
  });

  it.runIf(asRoot).each(['OPEN', 'WRITE', 'CLOSE'])(
    'leaves the old file when the line is cut at %s',
    async (at) => {
      const target = await overSsh({
        sftp: true,
        onSftp: (request) => {
          if (request === at) cutLast();
          return undefined;
        },
      });
      await writeFile(join(dir, 'f'), 'before');
      const writing = target.writeFile(join(dir, 'f'), 'after', { ...owner, mode: 0o600 });
      await expect(writing).rejects.toMatchObject({ exit: ExitCode.Unreachable, node: 'hasta' });
      expect(await readFile(join(dir, 'f'), 'utf8')).toBe('before');
    },
  );
});

describe('a full disk', () => {
  it.runIf(asRoot)('is named, and the old file stays', async () => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'hastconf-test', dir]);
    cleanups.push(async () => void execFileSync('umount', [dir]));
    const target = await overSsh({});
    const path = join(dir, 'hast.conf');
    await target.writeFile(path, 'before', { ...owner, mode: 0o644 });
    const writing = target.writeFile(path, 'x'.repeat(200_000), { ...owner, mode: 0o644 });
    await expect(writing).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      message: expect.stringContaining('the disk is full'),
      detail: expect.stringMatching(/no space left/i),
    });
    expect(await readFile(path, 'utf8')).toBe('before');
    expect(await readdir(dir)).toEqual(['hast.conf']);
  });
});

describe('secrets', () => {
  it('are in no process’s argv, and in a file that only root can open before they arrive', () => {
    const path = join(dir, 'agent.conf');
    // External commands show their words and the temporary file's mode at that moment.
    const spies = ['mktemp', 'cat', 'chown', 'chmod', 'mv'].map(
      (name) =>
        `${name}() { echo ${name} "$@" "$(ls -l "$temporary" 2>&- | cut -c1-10)" >&2; command ${name} "$@"; }\n`,
    );
    const script = writeScript(path, 'password=s3cret\n', { ...mine, mode: 0o644 });
    const said = spawnSync('/bin/sh', ['-s'], { input: `fsync() { :; }\n${spies.join('')}${script}` });
    const lines = said.stderr.toString().split('\n');
    expect(said.status).toBe(0);
    expect(lines.find((line) => line.startsWith('cat'))).toBe('cat -rw-------');
    expect(lines.map((line) => line.split(' ')[0]).slice(-4)).toEqual(['chown', 'chmod', 'mv', '']);
    expect(said.stderr.toString()).not.toContain('s3cret');
    expect(readFileSync(path, 'utf8')).toBe('password=s3cret\n');
  });
});

describe('any text', () => {
  it('comes back as it was written', async () => {
    const target = await overSsh({});
    const path = join(dir, 'f');
    const text = fc.string({ unit: 'binary', maxLength: 200 }).filter((one) => !one.includes('\0'));
    await fc.assert(
      fc.asyncProperty(text, async (content) => {
        await target.writeFile(path, content, { ...mine, mode: 0o600 });
        expect(await target.readFile(path)).toBe(content);
      }),
      { numRuns: 30 },
    );
  });
});
