import { execFileSync } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { homedir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, vi } from 'vitest';
import {
  fingerprintOf,
  judge,
  keyTypeOf,
  knownHostsName,
  linesFor,
  lookUp,
} from '../../src/remote/known-hosts.js';
import { Patience } from '../../src/remote/limits.js';
import { parseJump } from '../../src/remote/route.js';
import { labelOf, splitPid, wrapScript } from '../../src/remote/script.js';
import { Slots } from '../../src/remote/slots.js';
import { type HostQuestion, hostSettings, parseSettings } from '../../src/remote/ssh-config.js';
import { keyPair, sshHome } from './server.js';
import { parsePublic } from './sftp-server.js';

const cleanups: Array<() => Promise<unknown>> = [];
afterEach(async () => {
  vi.useRealTimers();
  vi.unstubAllEnvs();
  for (const cleanup of cleanups.splice(0)) await cleanup();
});

async function settings(config: string, question: Partial<HostQuestion> = {}) {
  const home = await sshHome(config);
  cleanups.push(home.remove);
  return hostSettings({ host: 'hasta', defaultUser: 'root', configFile: home.configFile, ...question });
}

describe('hostSettings', () => {
  it('takes host, port, user and files from ssh_config', async () => {
    expect(
      await settings(
        'Host hasta\nHostName 192.0.2.11\nPort 2222\nUser admin\nIdentityFile ~/.ssh/%r@%h\nIdentitiesOnly yes\nHostKeyAlias pair\nConnectTimeout 3\nAddressFamily inet',
      ),
    ).toMatchObject({
      alias: 'hasta',
      hostName: '192.0.2.11',
      port: 2222,
      user: 'admin',
      identityFiles: expect.arrayContaining([`${homedir()}/.ssh/admin@192.0.2.11`]),
      identitiesOnly: true,
      hostKeyAlias: 'pair',
      connectTimeoutMs: 3000,
      family: 4,
      agentSocket: undefined,
    });
  });

  it('lets the cluster file win, also for Match', async () => {
    const config = 'Match user root\nPort 22\nMatch user me\nPort 99\nHost hasta\nUser other\nPort 2222';
    expect(await settings(config, { user: 'me', identity: '/k' })).toMatchObject({
      user: 'me',
      port: 99,
      identityFiles: ['/k'],
      identitiesOnly: true,
    });
    expect(await settings(config, { user: 'me', port: 7 })).toMatchObject({ port: 7 });
  });

  it('is root when neither says who, and the local user when ssh_config says so', async () => {
    const asked: Partial<HostQuestion> = { defaultUser: 'toor' };
    expect((await settings('', asked)).user).toBe('toor');
    expect((await settings(`Host hasta\nUser ${userInfo().username}`, asked)).user).toBe(userInfo().username);
    expect((await settings(`Host other\nUser ${userInfo().username}`, asked)).user).toBe('toor');
  });

  it('never reads StrictHostKeyChecking no as "anything goes"', async () => {
    expect((await settings('StrictHostKeyChecking no')).strict).toBe('ask');
    expect((await settings('StrictHostKeyChecking yes')).strict).toBe('yes');
  });

  it('has defaults where there is no ssh', async () => {
    vi.stubEnv('PATH', '/nowhere');
    vi.stubEnv('SSH_AUTH_SOCK', '/tmp/agent');
    expect(await hostSettings({ host: 'hasta', defaultUser: 'root' })).toMatchObject({
      hostName: 'hasta',
      port: 22,
      user: 'root',
      agentSocket: '/tmp/agent',
      userKnownHosts: [`${homedir()}/.ssh/known_hosts`, `${homedir()}/.ssh/known_hosts2`],
      identityFiles: expect.arrayContaining([`${homedir()}/.ssh/id_ed25519`]),
    });
  });

  it('keeps repeated keywords', () => {
    expect(parseSettings('identityfile a\nidentityfile b c\nport 22\n').get('identityfile')).toEqual([
      'a',
      'b c',
    ]);
  });
});

describe('parseJump', () => {
  it.each([
    ['bastion', { host: 'bastion' }],
    ['me@bastion:2222', { host: 'bastion', user: 'me', port: 2222 }],
    ['[2001:db8::1]:22', { host: '2001:db8::1', port: 22 }],
    ['2001:db8::1', { host: '2001:db8::1' }],
    ['ssh://me@bastion:2/', { host: 'bastion', user: 'me', port: 2 }],
  ])('reads %s', (hop, expected) => expect(parseJump(hop)).toEqual(expected));
});

describe('known_hosts', () => {
  it.each([
    ['*.example.org', 'a.example.org', true],
    ['*.example.org', 'example.org', false],
    ['ha?t?', 'HASTA', true],
    ['a.c', 'abc', false],
    ['(a+)+$', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!', false],
    ['*,!hasta', 'hasta', false],
    ['*,!hasta', 'hastb', true],
    ['**', '', true],
  ])('%s names %s: %s', (pattern, name, named) => {
    expect(linesFor(name, `${pattern} ssh-ed25519 AAAA\n`) !== '').toBe(named);
  });

  it('patterns take no time, whatever they are', () => {
    const started = performance.now();
    linesFor('a'.repeat(5_000), `${'*a'.repeat(200)}b ssh-ed25519 AAAA\n`);
    expect(performance.now() - started).toBeLessThan(1_000);
  });

  const line = keyPair().public.split(' ').slice(0, 2).join(' ');
  const key = parsePublic(line).getPublicSSH();

  it('names a host as OpenSSH does', () => {
    expect(knownHostsName('Hasta', 22)).toBe('hasta');
    expect(knownHostsName('10.0.0.1', 2222)).toBe('[10.0.0.1]:2222');
  });

  it('shows the fingerprint that ssh-keygen shows', () => {
    const shown = execFileSync('ssh-keygen', ['-lf', '-'], { input: line }).toString();
    expect(shown).toContain(fingerprintOf(key));
    expect(keyTypeOf(key)).toBe('ssh-ed25519');
  });

  const salt = Buffer.alloc(20, 7);
  const hashed = `|1|${salt.toString('base64')}|${createHmac('sha1', salt).update('[hasta]:2222').digest('base64')}`;
  const cases: ReadonlyArray<[string, string, boolean]> = [
    ['plain', `[hasta]:2222 ${line}`, true],
    ['in a list', `other,[hasta]:2222 ${line}`, true],
    ['hashed', `${hashed} ${line}`, true],
    ['a pattern', `[hast?]:* ${line}`, true],
    ['an excluded pattern', `*,![hasta]:* ${line}`, false],
    ['another port', `[hasta]:22 ${line}`, false],
    ['a comment', `# [hasta]:2222 ${line}`, false],
    ['revoked', `@revoked * ${line}`, true],
    ['an authority', `@cert-authority * ${line}`, false],
    ['broken', 'nonsense', false],
  ];

  it.each(cases)('finds %s, with ssh-keygen and without', async (_what, text, found) => {
    const home = await sshHome();
    cleanups.push(home.remove);
    const file = join(home.dir, 'kh');
    await writeFile(file, `${text}\n`);
    expect(await lookUp('[hasta]:2222', [file, join(home.dir, 'missing')])).toHaveLength(found ? 1 : 0);
    vi.stubEnv('PATH', '/nowhere');
    expect(await lookUp('[hasta]:2222', [file])).toHaveLength(found ? 1 : 0);
  });

  it('judges', () => {
    const other = Buffer.from('other');
    const entry = (one: Buffer, revoked = false) => ({
      key: one,
      revoked,
      keyType: 'ssh-ed25519',
      file: 'f',
    });
    expect(judge([], key)).toBe('unknown');
    expect(judge([entry(other)], key)).toBe('changed');
    expect(judge([entry(other), entry(key)], key)).toBe('known');
    expect(judge([entry(key), entry(key, true)], key)).toBe('revoked');
    expect(judge([entry(other, true)], key)).toBe('unknown');
    expect(linesFor('hasta', '')).toBe('');
  });
});

describe('scripts', () => {
  it('are named without what may be secret', () => {
    expect(labelOf("# comment\n\nhastctl role primary disk0 'x'\n")).toBe('hastctl role primary disk0');
    expect(labelOf("'secret' word")).toBe('a script');
    expect(labelOf('')).toBe('a script');
  });

  it('hand over their process id on stderr, and only there', () => {
    expect(splitPid('hastconf: pid 12\nreal\n')).toEqual({ pid: '12', stderr: 'real\n' });
    expect(splitPid('real\n')).toEqual({ pid: undefined, stderr: 'real\n' });
    expect(() => wrapScript('a\0b')).toThrow(/NUL/);
  });
});

describe('Patience', () => {
  it('stops while someone is asked', async () => {
    vi.useFakeTimers();
    const expire = vi.fn();
    const patience = new Patience(100, expire);
    await vi.advanceTimersByTimeAsync(60);
    let answer: (value: string) => void = () => undefined;
    const asking = patience.whileAsking(
      () =>
        new Promise<string>((resolve) => {
          answer = resolve;
        }),
    );
    await vi.advanceTimersByTimeAsync(10_000);
    expect(expire).not.toHaveBeenCalled();
    answer('x');
    expect(await asking).toBe('x');
    await vi.advanceTimersByTimeAsync(39);
    expect(expire).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2);
    expect(expire).toHaveBeenCalledOnce();
  });

  it('can be endless', async () => {
    vi.useFakeTimers();
    const expire = vi.fn();
    new Patience(Number.POSITIVE_INFINITY, expire);
    await vi.advanceTimersByTimeAsync(3_000_000_000);
    expect(expire).not.toHaveBeenCalled();
  });
});

describe('Slots', () => {
  it('gives no more than there are, in order, and each back only once', async () => {
    const slots = new Slots(1);
    const order: number[] = [];
    const first = await slots.take();
    const second = slots.take().then((free) => {
      order.push(2);
      return free;
    });
    const third = slots.take().then(() => order.push(3));
    first();
    first();
    const free = await second;
    expect(order).toEqual([2]);
    free();
    await third;
    expect(order).toEqual([2, 3]);
  });
});
