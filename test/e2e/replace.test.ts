import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { newCopyStep } from '../../src/cluster/new-copy.js';
import { loadSpec } from '../../src/spec/load.js';
import { type Pair, startPair } from './lab.js';

let pair: Pair;

beforeAll(async () => {
  pair = await startPair();
  expect(await pair.hastconf(['apply', '-y'])).toMatchObject({ code: 0 });
  await pair.on('hasta', 'echo kept >/hast/disk0/kept && fsync /hast/disk0/kept');
});
afterAll(() => pair.stop());

const status = async () => {
  const { stdout } = await pair.hastconf(['status', '--json']);
  return JSON.parse(stdout) as { verdict: string; serving: string };
};
const standby = (node: string) =>
  pair.on(node, 'until carp-hast-switch status | grep -q ": standby"; do sleep 1; done');

/** What was written before is on the copy that was made anew. */
async function reads(node: string): Promise<void> {
  const moved = await pair.hastconf(['switchover', '--to', node]);
  expect(moved.code, moved.stderr).toBe(0);
  expect(await pair.on(node, 'cat /hast/disk0/kept')).toBe('kept\n');
}

describe('a pair that is well', () => {
  it.each([
    [['--provider', 'hastb:disk0'], 'Nothing to do: hastb has a copy of disk0, and it is whole.\n'],
    [['--node', 'hastb'], 'Nothing to do: hastb is set up, and has a whole copy of everything.\n'],
  ])('has nothing to replace with %j', async (words, stdout) => {
    expect(await pair.hastconf(['replace', ...words])).toMatchObject({ code: 0, stdout });
  });

  it.each([
    [[], 'say what was replaced'],
    [['--node', 'hastb', '--provider', 'hastb:disk0'], 'say what was replaced'],
    [['--node', 'hastc'], 'there is no node hastc'],
    [['--provider', 'hastc:disk0'], 'there is no node hastc'],
    [['--provider', 'hastb:disk9'], 'there is no resource disk9'],
  ])('takes %j for wrong usage', async (words, message) => {
    const { code, stderr } = await pair.hastconf(['replace', ...words]);
    expect(code, stderr).toBe(2);
    expect(stderr).toContain(message);
  });
});

describe('the step itself', () => {
  it('refuses on the node that serves, whatever was planned', async () => {
    const spec = await loadSpec(pair.lab.clusterFile);
    const { action } = newCopyStep(spec, 'hasta', spec.resources[0]!, { kind: 'ends', ends: 'blank' });
    if (action.kind !== 'script') throw new Error('not a script');
    const { code, stderr } = await pair.lab.exec('hasta', action.script);
    expect([code, stderr]).toEqual([5, 'disk0 is primary on hasta: its copy is in use\n']);
    expect(await pair.on('hasta', 'service carp_hast status')).toContain('is running');
  });

  it('leaves a copy that is not what was shown, and the agent runs again', async () => {
    const spec = await loadSpec(pair.lab.clusterFile);
    const { action } = newCopyStep(spec, 'hastb', spec.resources[0]!, { kind: 'old', resuid: '1' });
    if (action.kind !== 'script') throw new Error('not a script');
    const { code, stderr } = await pair.lab.exec('hastb', action.script);
    expect([code, stderr]).toEqual([5, '/dev/vtbd1 has changed since it was shown: run replace again\n']);
    expect(await pair.on('hastb', 'service carp_hast status')).toContain('is running');
  });
});

describe('a dead disk', () => {
  it('of the wrong size is refused with both sizes', async () => {
    await pair.lab.fault('new-disk', ['hastb', 'vtbd1', '256M']);
    const { code, stderr } = await pair.hastconf(['replace', '--provider', 'hastb:disk0', '-y']);
    expect(code, stderr).toBe(3);
    expect(stderr).toContain('/dev/vtbd1 on hastb has 268435456 bytes');
    expect(stderr).toContain('536870912');
  });

  it.each([
    ['--provider', 'hasta:disk0'],
    ['--node', 'hasta'],
  ])('never overwrites the copy that serves (%s %s)', async (...words) => {
    const { code, stderr } = await pair.hastconf([
      'replace',
      ...words,
      '-y',
      '--destroy',
      'hasta:/dev/vtbd1',
    ]);
    expect(code, stderr).toBe(3);
    expect(stderr).toContain('hastconf switchover --to hastb');
    expect(await pair.on('hasta', 'cat /hast/disk0/kept')).toBe('kept\n');
  });

  it('that holds something wants consent that names it, and only it', async () => {
    await pair.lab.fault('new-disk', ['hastb', 'vtbd1', '512M']);
    await pair.lab.fault('foreign-use', ['hastb', 'vtbd1', 'ufs']);
    const replace = ['replace', '--provider', 'hastb:disk0', '-y'];
    const without = await pair.hastconf(replace);
    expect(without.code, without.stderr).toBe(5);
    expect(without.stderr).toContain('--destroy hastb:/dev/vtbd1');
    const wrong = await pair.hastconf([...replace, '--destroy', 'hasta:/dev/vtbd1']);
    expect(wrong.code, wrong.stderr).toBe(5);
    expect(wrong.stderr).toContain('only hastb:/dev/vtbd1 may be given up');
    expect(await pair.on('hastb', 'fstyp /dev/vtbd1')).toBe('ufs\n');
  });

  it('is shown by --dry-run, which changes nothing', async () => {
    const words = ['replace', '--provider', 'hastb:disk0', '--dry-run'];
    const { code, stdout, stderr } = await pair.hastconf(words);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('/dev/vtbd1 on hastb holds: ');
    expect(stdout).toContain('2 steps; nothing was changed.');
    expect(stderr).toContain('hastb: Make a new copy of disk0 on /dev/vtbd1\n');
    const json = JSON.parse((await pair.hastconf([...words, '--json'])).stdout) as object;
    expect(json).toMatchObject({ version: 1, node: 'hastb', resource: 'disk0', replaced: false });
    expect(await pair.on('hastb', 'fstyp /dev/vtbd1')).toBe('ufs\n');
  });

  it('becomes a whole copy again, also where a run broke off', async () => {
    const words = ['replace', '--provider', 'hastb:disk0', '-y', '--destroy', 'hastb:/dev/vtbd1'];
    const cut = await pair.hastconf(words, {
      onMessage: (text, abort) => (/Make a new copy of disk0 .*\(\d/.test(text) ? abort() : undefined),
    });
    expect(cut.code, cut.stderr).toBe(130);
    expect(await pair.on('hastb', 'hastctl dump disk0 | grep resuid; service carp_hast status || :')).toBe(
      '    resuid: 0\ncarp_hast is not running.\n',
    );
    const { code, stdout, stderr } = await pair.hastconf(words);
    expect(code, stderr).toBe(0);
    expect(stdout).toBe('Replaced: hastb has a whole copy of disk0 again; hasta serves.\n');
    expect(await status()).toMatchObject({ verdict: 'healthy', serving: 'hasta' });
    expect(await pair.hastconf(words)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Nothing to do/),
    });
    await reads('hastb');
  });
});

describe('a dead machine', () => {
  const words = ['replace', '--node', 'hasta', '-y'];

  it('has another host key: that is explained, and never taken silently', async () => {
    expect(await pair.hastconf(['switchover', '--to', 'hastb'])).toMatchObject({ code: 0 });
    await standby('hasta');
    await pair.lab.fault('new-machine', ['hasta']);
    // No machine is replaced before hastd has noticed that the old one is dead.
    await pair.on('hastb', 'until hastctl list disk0 | grep -q "status: degraded"; do sleep 1; done');
    await pair.lab.fault('power-on', ['hasta']);
    const { code, stderr } = await pair.hastconf([...words, '--accept-new-host-keys']);
    expect(code, stderr).toBe(4);
    expect(stderr).toMatch(/known: ssh-ed25519 SHA256:\S+ in \S*known_hosts, line 1/);
    expect(stderr).toContain('ssh-keygen -R');
  });

  it('is set up as what it was, from the node that serves', async () => {
    const file = join(pair.lab.dir, 'known_hosts');
    const key = await pair.on('hasta', 'cat /etc/ssh/ssh_host_ed25519_key.pub');
    const lines = (await readFile(file, 'utf8')).split('\n');
    const name = lines[0]!.split(' ')[0]!;
    await writeFile(file, [`${name} ${key.split(' ', 2).join(' ')}`, ...lines.slice(1)].join('\n'));
    const cut = await pair.hastconf(words, {
      onMessage: (text, abort) => (/Create HAST metadata of disk0 .*\(\d/.test(text) ? abort() : undefined),
    });
    expect(cut.code, cut.stderr).toBe(130);
    const { code, stdout, stderr } = await pair.hastconf(words);
    expect(code, stderr).toBe(0);
    expect(stdout).toContain('Replaced: hasta is set up');
    expect(await status()).toMatchObject({ verdict: 'healthy', serving: 'hastb' });
    expect(await pair.hastconf(words)).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^Nothing to do/),
    });
    await reads('hasta');
  });

  it('with the disks of the old one is no empty machine', async () => {
    await standby('hastb');
    const used = '/etc/hast.conf /usr/local/etc/hastconf /usr/local/sbin/carp-hast-switch /var/db/hastconf';
    await pair.on('hastb', `service carp_hast stop; service hastd stop; rm -rf ${used}`);
    const refused = await pair.hastconf(['replace', '--node', 'hastb', '-y']);
    expect(refused.code, refused.stderr).toBe(5);
    expect(refused.stderr).toContain('/dev/vtbd1 on hastb holds a copy of disk0');
  });
});
