import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, lstat, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ExitCode } from '../../src/errors.js';
import { connect } from '../../src/remote/connect.js';
import type { ConnectOptions } from '../../src/remote/options.js';
import type { Target } from '../../src/remote/target.js';
import { Secret } from '../../src/spec/secret.js';
import type { NodeSpec, SshSpec } from '../../src/spec/types.js';
import { keyPair, sshHome } from './server.js';
import { noSshd, type Sshd, type SshdOptions, startSshd } from './sshd.js';

const missing = noSshd();
const inCi = process.env.CI === 'true';
if (missing !== undefined) process.stderr.write(`SKIPPED: the tests against a real sshd: ${missing}\n`);

it.runIf(missing !== undefined && inCi)('a real sshd can be started in CI', () => {
  expect(missing).toBeUndefined();
});

const cleanups: Array<() => Promise<unknown>> = [];
let home: Awaited<ReturnType<typeof sshHome>>;
const key = keyPair();
beforeEach(async () => {
  home = await sshHome();
  cleanups.push(home.remove);
  await writeFile(join(home.dir, 'id'), key.private, { mode: 0o600 });
});
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function sshd(options: SshdOptions = {}, known = true): Promise<Sshd> {
  const made = await startSshd({ keys: [key.public], ...options });
  cleanups.push(made.stop);
  if (known) await writeFile(home.knownHosts, `${made.hostKeyLine}\n`, { flag: 'a' });
  return made;
}

const nodeAt = (port: number, ssh: Partial<SshSpec> = {}): NodeSpec => ({
  name: 'hasta',
  ssh: { host: '127.0.0.1', port, user: 'root', become: 'none', ...ssh },
  replication: '10.77.0.1',
  interface: 'vtnet1',
});

async function open(
  port: number,
  ssh: Partial<SshSpec> = {},
  options: Partial<ConnectOptions> = {},
): Promise<Target> {
  const target = await connect(nodeAt(port, ssh), {
    acceptNewHostKeys: false,
    sshConfigFile: home.configFile,
    ...options,
  });
  cleanups.push(() => target.close());
  return target;
}

function answering(...answers: string[]) {
  const asked: string[] = [];
  return {
    asked,
    askSecret: async (prompt: string) => {
      asked.push(prompt);
      return new Secret(answers.shift() ?? 'nothing left');
    },
  };
}

describe.skipIf(missing !== undefined)('OpenSSH’s sshd', () => {
  it('runs scripts for a key, many at once over one connection', async () => {
    const { port } = await sshd();
    const target = await open(port);
    expect(await target.script('echo out; cat; echo err >&2; exit 3')).toEqual({
      code: 3,
      signal: null,
      stdout: 'out\n',
      stderr: 'err\n',
    });
    const results = await Promise.all(
      Array.from({ length: 25 }, (_, at) => target.exec(['echo', String(at)])),
    );
    expect(results.map((one) => one.stdout)).toEqual(results.map((_, at) => `${at}\n`));
    const big = 'x'.repeat(3_000_000);
    expect((await target.script(`printf %s '${big}'`)).stdout).toBe(big);
    expect(target.counters.connections).toBe(1);
  });

  it('works where a connection may have one session only: files by scripts, scripts one by one', async () => {
    const { port } = await sshd({ config: ['MaxSessions 1'] });
    const target = await open(port);
    const path = join(home.dir, 'file');
    const attributes = { owner: 'root', group: 'root', mode: 0o600 };
    // SFTP comes first and has the one session.
    expect(await target.readFile(path)).toBeUndefined();
    const results = await Promise.all(
      Array.from({ length: 6 }, (_, at) => target.exec(['echo', String(at)])),
    );
    expect(results.map(({ stdout }) => stdout)).toEqual(results.map((_, at) => `${at}\n`));
    await target.writeFile(path, 'whole\n', attributes);
    expect(await target.readFile(path)).toBe('whole\n');
    expect(target.counters.connections).toBe(1);
  });

  it('says so where it allows no session at all', async () => {
    const { port } = await sshd({ config: ['MaxSessions 0'] });
    const target = await open(port);
    await expect(target.script('true')).rejects.toMatchObject({
      exit: ExitCode.Unreachable,
      message: expect.stringContaining('the node opened no session'),
    });
  });

  it('is not confused by start-up files that talk, a banner and a motd', async () => {
    const banner = join(home.dir, 'banner');
    await writeFile(banner, 'Property of ACME\n\x1b[2J\n');
    const { port } = await sshd({
      config: [`Banner ${banner}`, 'PrintMotd yes'],
      forceCommand: 'echo "Welcome, uid 0"; echo "stty: not a tty" >&2; eval "$SSH_ORIGINAL_COMMAND"',
      sftp: false,
    });
    const target = await open(port);
    const heard: string[] = [];
    const result = await target.script('echo out; echo err >&2; exit 3', {
      onStdout: (text) => heard.push(text),
    });
    expect(result).toEqual({ code: 3, signal: null, stdout: 'out\n', stderr: 'err\n' });
    expect(heard.join('')).toBe('out\n');
    const path = join(home.dir, 'file');
    await target.writeFile(path, 'whole\n', { owner: 'root', group: 'root', mode: 0o600 });
    expect(await target.readFile(path)).toBe('whole\n');
    // A script that is given up is found by its number, which comes after the noise.
    const started = Date.now();
    await expect(target.script('sleep 61', { timeoutMs: 300 })).rejects.toMatchObject({
      exit: ExitCode.Timeout,
    });
    await target.close();
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(execFileSync('sh', ['-c', 'pgrep -f "^sleep 61$" || :']).toString()).toBe('');
  });

  it('gives up on an answer without end, and goes on with the next', async () => {
    const { port } = await sshd();
    const node = await open(port);
    const flood = node.script(`yes ${'x'.repeat(1_000)}`, { timeoutMs: 60_000 });
    await expect(flood).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      message: expect.stringContaining('an answer without end to: yes'),
      detail: 'more than 32 MB of output',
    });
    expect((await node.exec(['echo', 'goes on'])).stdout).toBe('goes on\n');
  }, 60_000);

  it('takes a key from an agent', async () => {
    const socket = join(home.dir, 'agent');
    const agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: ['ignore', 'pipe', 'ignore'] });
    cleanups.push(async () => void agent.kill());
    await once(agent.stdout, 'data');
    execFileSync('ssh-add', ['-q', join(home.dir, 'id')], {
      env: { ...process.env, SSH_AUTH_SOCK: socket },
      stdio: 'ignore',
    });
    const config = await readFile(home.configFile, 'utf8');
    await writeFile(home.configFile, config.replace('IdentityAgent none', `IdentityAgent ${socket}`));
    await rm(join(home.dir, 'id'));
    const { port } = await sshd();
    expect((await (await open(port)).exec(['echo', 'by agent'])).stdout).toBe('by agent\n');
  });

  it('takes a key with a passphrase, made by ssh-keygen', async () => {
    const locked = join(home.dir, 'locked');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'open sesame', '-f', locked]);
    const { port } = await sshd({ keys: [await readFile(`${locked}.pub`, 'utf8')] });
    await rm(`${locked}.pub`);
    const { asked, askSecret } = answering('wrong', 'open sesame');
    const target = await open(port, { identity: locked }, { askSecret });
    expect((await target.exec(['echo', 'unlocked'])).stdout).toBe('unlocked\n');
    expect(asked).toHaveLength(2);
  });

  it('takes a password through PAM and keyboard-interactive, and says when it is wrong', async () => {
    const { port } = await sshd({ keys: [], password: 'right' });
    const good = answering('wrong', 'right');
    const target = await open(port, {}, { askSecret: good.askSecret });
    expect((await target.exec(['echo', 'in'])).stdout).toBe('in\n');
    expect(good.asked[0]).toContain('Password');
    const bad = answering('a', 'b', 'c');
    await expect(open(port, {}, { askSecret: bad.askSecret })).rejects.toMatchObject({
      exit: ExitCode.Unreachable,
      message: expect.stringContaining('authentication as root'),
      detail: expect.stringContaining('keyboard-interactive'),
    });
  });

  it('is refused with an unknown key, remembered when accepted, refused when it changes', async () => {
    const server = await sshd({}, false);
    await expect(open(server.port)).rejects.toMatchObject({
      exit: 4,
      message: expect.stringContaining('known_hosts'),
    });
    await (await open(server.port, {}, { acceptNewHostKeys: true })).close();
    expect(await readFile(home.knownHosts, 'utf8')).toBe(`${server.hostKeyLine}\n`);
    await (await open(server.port)).close();
    await server.newHostKey();
    await expect(open(server.port, {}, { acceptNewHostKeys: true })).rejects.toMatchObject({
      exit: 4,
      message: expect.stringContaining('changed'),
    });
  });

  it('is found under a hashed name too, as ssh writes it', async () => {
    const { port } = await sshd();
    execFileSync('ssh-keygen', ['-q', '-H', '-f', home.knownHosts], { stdio: 'ignore' });
    expect(await readFile(home.knownHosts, 'utf8')).toMatch(/^\|1\|/);
    expect((await (await open(port)).exec(['echo', 'a'])).stdout).toBe('a\n');
  });

  it('is reached through a second sshd with ProxyJump', async () => {
    const [jump, server] = [await sshd(), await sshd()];
    const config = await readFile(home.configFile, 'utf8');
    await writeFile(home.configFile, `Host 127.0.0.1\nProxyJump root@localhost:${jump.port}\n${config}`);
    await writeFile(home.knownHosts, jump.hostKeyLine.replace('127.0.0.1', 'localhost'), { flag: 'a' });
    const target = await open(server.port);
    expect((await target.exec(['echo', 'through'])).stdout).toBe('through\n');
    expect(jump.log()).toContain('Accepted publickey');
  });

  it('says that the line was cut, and what was running', async () => {
    const server = await sshd();
    const target = await open(server.port);
    const running = target.script('hastctl create disk0 2>/dev/null; echo on; sleep 60', {
      onStdout: () => server.cut(),
    });
    await expect(running).rejects.toMatchObject({
      exit: ExitCode.Unreachable,
      message: expect.stringContaining('hastctl create disk0'),
    });
  });

  it('ends a command on the node when its time is up', async () => {
    const { port } = await sshd();
    const target = await open(port);
    let pid = '';
    const running = target.script('echo $$; sleep 60', {
      timeoutMs: 1500,
      onStdout: (text) => {
        pid += text;
      },
    });
    await expect(running).rejects.toMatchObject({ exit: ExitCode.Timeout });
    const alive = async () => (await target.script(`kill -0 ${pid.trim()} 2>/dev/null && echo alive`)).stdout;
    await expect.poll(alive, { timeout: 20_000 }).toBe('');
  });

  it.each([true, false])('replaces files atomically, SFTP %s', async (sftp) => {
    const dir = await mkdtemp(join(tmpdir(), 'hastconf-openssh-'));
    cleanups.push(() => rm(dir, { recursive: true, force: true }));
    const { port } = await sshd({ sftp });
    const target = await open(port);
    const path = join(dir, 'hast.conf');
    const attributes = { owner: 'root', group: 'wheel', mode: 0o640 };
    expect(await target.readFile(path)).toBeUndefined();
    for (const content of ['first\n', '', `it's $(second) ✓\n`.repeat(20_000)]) {
      await target.writeFile(path, content, attributes);
      expect(await target.readFile(path)).toBe(content);
    }
    const inode = (await stat(path)).ino;
    await symlink('hast.conf', join(dir, 'link'));
    await target.writeFile(join(dir, 'link'), 'behind\n', attributes);
    expect((await lstat(join(dir, 'link'))).isSymbolicLink()).toBe(true);
    expect(await readFile(path, 'utf8')).toBe('behind\n');
    const after = await stat(path);
    expect(after.ino).not.toBe(inode);
    expect([after.mode & 0o7777, after.uid, after.gid]).toEqual([0o640, 0, 0]);
    expect((await readdir(dir)).sort()).toEqual(['hast.conf', 'link']);
    await expect(target.writeFile(join(dir, 'no', 'f'), 'x', attributes)).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      detail: expect.stringMatching(/no such file/i),
    });
    const channels = target.counters.channels;
    await target.readFile(path);
    expect(target.counters.channels - channels).toBe(sftp ? 0 : 1);
  });

  it('names a full disk over SFTP too, and keeps the old file', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'hastconf-full-'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=64k', 'hastconf-test', dir]);
    cleanups.push(async () => {
      execFileSync('umount', [dir]);
      await rm(dir, { recursive: true });
    });
    const { port } = await sshd();
    const target = await open(port);
    const attributes = { owner: 'root', group: 'wheel', mode: 0o644 };
    await target.writeFile(join(dir, 'f'), 'before', attributes);
    await expect(target.writeFile(join(dir, 'f'), 'x'.repeat(300_000), attributes)).rejects.toMatchObject({
      exit: ExitCode.StepFailed,
      message: expect.stringContaining('the disk is full'),
    });
    expect(await readdir(dir)).toEqual(['f']);
    expect(await readFile(join(dir, 'f'), 'utf8')).toBe('before');
  });

  it('becomes root with su, on a terminal, without mixing up the outputs', async () => {
    const { port } = await sshd({ password: 'right' });
    await chmod(home.dir, 0o755);
    const { asked, askSecret } = answering('wrong', 'right');
    const target = await open(port, { user: 'guest', become: 'su' }, { askSecret });
    const script = `id -u; cat; echo err >&2; printf 'tab\\tö\\r\\n\\003\\004'; exit 6`;
    expect(await target.script(script)).toEqual({
      code: 6,
      signal: null,
      stdout: '0\ntab\tö\r\n\x03\x04',
      stderr: 'err\n',
    });
    const big = `${'x'.repeat(99)}\n`.repeat(3000);
    const seen: string[] = [];
    expect((await target.script(`printf %s '${big}'`, { onStdout: (text) => seen.push(text) })).stdout).toBe(
      big,
    );
    expect(seen.join('')).toBe(big);
    expect(asked).toHaveLength(2);
    const bad = await open(
      port,
      { user: 'guest', become: 'su' },
      { askSecret: answering('a', 'b', 'c').askSecret },
    );
    await expect(bad.exec(['true'])).rejects.toMatchObject({
      exit: 4,
      message: 'hasta: su did not give root rights',
    });
  });

  it('says it when the user is not root', async () => {
    const { port } = await sshd();
    const target = await open(port, { user: 'guest' });
    await expect(target.exec(['true'])).rejects.toMatchObject({
      exit: ExitCode.Preflight,
      message: 'hasta: no root rights (uid 4242)',
    });
  });

  it('can stand in front of another program', async () => {
    const { port } = await sshd({ forceCommand: '/usr/bin/env IN_FRONT=yes /bin/sh -s', sftp: false });
    const target = await open(port);
    expect((await target.script('echo "$IN_FRONT"')).stdout).toBe('yes\n');
  });
});
