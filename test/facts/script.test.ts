import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { execa } from 'execa';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { frameOf, parseFrames, prelude } from '../../src/facts/frames.js';
import { factsRequest } from '../../src/facts/request.js';
import { factsScript } from '../../src/facts/script.js';
import type { FactsRequest } from '../../src/facts/types.js';
import type { ClusterSpec } from '../../src/spec/types.js';
import { request } from './hasta.js';
import { lint } from './shell.js';

const HOSTILE = "/dev/x'; touch pwned; echo '";

const empty: FactsRequest = {
  node: 'hasta',
  providers: [],
  files: [],
  services: [],
  ping: [],
  sysctls: [],
  directories: [],
};

describe('factsScript', () => {
  it.each([
    ['a usual request', request],
    ['an empty one', empty],
    [
      'hostile values',
      {
        ...empty,
        providers: [{ resource: HOSTILE, path: HOSTILE }],
        files: [HOSTILE],
        filesBefore93: ['$(touch pwned)'],
        services: ['`touch pwned`'],
        ping: ['127.0.0.1; touch pwned', '::1'],
        sysctls: ['a\nb'],
        directories: ['*"'],
      },
    ],
  ])('is clean for sh -n and shellcheck: %s', async (_, one) => {
    expect(await lint(factsScript(one, 'abc123'))).toBe('');
  });

  it('quotes every value of the request', () => {
    const script = factsScript(
      { ...empty, providers: [{ resource: 'r', path: HOSTILE }], files: ['$(reboot)'] },
      'n1',
    );
    expect(script).toContain(`probe provider.0 '/dev/x'\\''; touch pwned; echo '\\'''`);
    expect(script).toContain("file_facts 0 '$(reboot)'");
  });

  it('runs nothing that a value says', async () => {
    const pwned = '$(touch pwned)';
    const values = [HOSTILE, pwned, '`touch pwned`', '; touch pwned', '& touch pwned #'];
    const hostile: FactsRequest = {
      ...empty,
      providers: values.map((path) => ({ resource: path, path })),
      files: values,
      filesBefore93: values,
      services: values,
      ping: values,
      sysctls: values,
      directories: values,
    };
    const directory = await mkdtemp(join(tmpdir(), 'hastconf-facts-'));
    try {
      const { stdout } = await execa('sh', ['-s'], { input: factsScript(hostile, 'n1'), cwd: directory });
      expect(parseFrames(`${stdout}\n`, 'n1').complete).toBe(true);
      expect(await readdir(directory)).toEqual([]);
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  it('depends on nothing but its arguments', () => {
    expect(factsScript(request, 'abc')).toBe(factsScript(request, 'abc'));
  });

  it('changes nothing: no program that writes, loads or starts, and no file is written', () => {
    const script = factsScript(request, 'abc');
    expect(script).not.toMatch(/\b(?:kldload|mktemp|tee|touch|rm|mv|cp|mkdir|chmod|chown|logger)\b/);
    expect(script).not.toMatch(/\bservice \S+ (?:one)?(?:start|stop|restart|reload)/);
    expect(script.match(/>+ ?[^&\s]\S*/g)!.filter((target) => target !== '>/dev/null')).toEqual([]);
  });

  it('refuses a nonce that is no word', () => {
    expect(() => prelude('a b')).toThrow(TypeError);
  });
});

async function run(body: string): Promise<ReturnType<typeof parseFrames>> {
  const { stdout } = await execa('sh', ['-s'], {
    input: `${prelude('n0nce')}${body}`,
    stripFinalNewline: false,
  });
  return parseFrames(stdout, 'n0nce');
}

describe('frames', () => {
  it('keep stdout, stderr and exit code of each command apart', async () => {
    const { frames, complete } = await run(`both() { printf 'no newline'; echo 'words' >&2; return 3; }
frame a both
frame b echo ok
frame c /nonexistent/program
printf 'stray\\n'
frame d true
printf '%s done\\n' "$nonce"
`);
    expect(complete).toBe(true);
    expect(frames.get('a')).toEqual({ stdout: 'no newline', stderr: 'words', code: 3 });
    expect(frames.get('b')).toEqual({ stdout: 'ok\n', stderr: '', code: 0 });
    expect(frames.get('c')).toMatchObject({ stdout: '', code: 127 });
    expect(frames.get('d')).toEqual({ stdout: '', stderr: '', code: 0 });
  });

  it('cannot be forged without the nonce', async () => {
    const { frames } = await run(`frame a printf 'other begin x\\nother end 0\\nn0nc end 0\\n'\n`);
    expect([...frames.keys()]).toEqual(['a']);
    expect(frames.get('a')!.stdout).toBe('other begin x\nother end 0\nn0nc end 0\n');
  });

  it('give a command no stdin to eat the script with', async () => {
    const { frames } = await run('frame a cat\nframe b echo still here\n');
    expect(frames.get('a')).toEqual({ stdout: '', stderr: '', code: 0 });
    expect(frames.get('b')!.stdout).toBe('still here\n');
  });

  it('end a group at its limit, keep what it said, and go on', async () => {
    const started = Date.now();
    const { frames } = await run(`slow() { echo early; sleep 20; echo late; }
group() { frame a echo one; frame b slow; frame c echo never; }
limited 1 group
frame d echo two
`);
    expect(Date.now() - started).toBeLessThan(10_000);
    expect(frames.get('a')!.stdout).toBe('one\n');
    expect(frames.get('b')).toEqual({ stdout: 'early\n', stderr: '', code: undefined });
    expect(frames.has('c')).toBe(false);
    expect(frames.get('d')!.stdout).toBe('two\n');
  });

  it('cost a quick group nothing of its limit', async () => {
    const started = Date.now();
    const { frames } = await run('group() { frame a echo one; }\nlimited 20 group\n');
    expect(frames.get('a')!.code).toBe(0);
    expect(Date.now() - started).toBeLessThan(5_000);
  });

  it('bring any text through unchanged', () => {
    const text = fc.string({ unit: 'binary' }).filter((one) => !one.includes('n0nce'));
    fc.assert(
      fc.property(fc.array(fc.record({ stdout: text, stderr: text, code: fc.nat(255) })), (all) => {
        const printed = all.map(
          (one, index) =>
            `n0nce begin f.${index}\n${one.stdout}\nn0nce stderr\n${one.stderr}\nn0nce end ${one.code}\n`,
        );
        expect([...parseFrames(printed.join(''), 'n0nce').frames.values()]).toEqual(all);
      }),
    );
  });

  it('are not complete when the end is missing', () => {
    expect(parseFrames('n begin a\nhalf', 'n')).toMatchObject({ complete: false });
    expect(frameOf(parseFrames('', 'n').frames, 'a').code).toBeUndefined();
  });
});

describe('factsRequest', () => {
  const spec = {
    nodes: [
      { name: 'hasta', replication: '10.77.0.1', interface: 'vtnet1' },
      { name: 'hastb', replication: '10.77.0.2', interface: 'vtnet1' },
    ],
    carp: { address: '192.168.50.10' },
    resources: [
      { name: 'disk0', local: { hasta: '/dev/da1', hastb: '/dev/da2' } },
      { name: 'vol0', local: { hasta: '/dev/zvol/tank/vol0', hastb: '/dev/zvol/zdata/vol0' } },
    ],
    storage: [
      { type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' },
      { type: 'zfs', pool: 'failover', layout: 'stripe', resources: ['vol0'] },
    ],
    services: [
      { type: 'nfs', exports: [] },
      { type: 'rc', name: 'postgresql' },
    ],
    agent: { witness: ['192.168.50.1', '10.77.0.1'] },
  } as unknown as ClusterSpec;

  it("asks for the node's own providers and the other node's addresses", () => {
    const asked = factsRequest(spec, 'hastb');
    expect(asked.providers).toEqual([
      { resource: 'disk0', path: '/dev/da2' },
      { resource: 'vol0', path: '/dev/zvol/zdata/vol0' },
    ]);
    expect(asked.ping).toEqual(['10.77.0.1', '192.168.50.10', '192.168.50.1']);
  });

  it('asks for the services, files and directories that the cluster needs, each once', () => {
    const asked = factsRequest(spec, 'hasta');
    expect(asked.services).toEqual([
      'hastd',
      'devd',
      'carp_hast',
      'sshd',
      'nfsd',
      'mountd',
      'rpcbind',
      'postgresql',
    ]);
    expect(asked.directories.slice(0, 3)).toEqual(['/', '/usr/local', '/var/db']);
    expect(asked.directories).toContain('/var/db/hastconf/spool');
    expect(asked.directories.slice(-2)).toEqual(['/hast/disk0', '/failover']);
    expect(new Set(asked.directories).size).toBe(asked.directories.length);
    expect(asked.files).toContain('/etc/exports');
    expect(asked.files).not.toContain('/etc/devd.conf');
    expect(asked.files).not.toContain('/usr/local/etc/hastconf/id_ed25519');
    expect(asked.filesBefore93).toEqual(['/etc/devd.conf']);
  });
});
