import { appendFile, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../../src/main.js';
import { connect } from '../../src/remote/connect.js';
import { loadSpec } from '../../src/spec/load.js';
import { type Pair, startPair } from '../e2e/lab.js';

let pair: Pair;
beforeAll(async () => {
  pair = await startPair();
  const identity = `IdentityFile ${pair.dir}/lab/id_ed25519\n`;
  await appendFile(join(pair.dir, 'ssh_config'), identity);
  await writeFile(join(pair.dir, 'known_hosts'), await readFile(join(pair.dir, 'lab/known_hosts')));
  for (const node of ['hasta', 'hastb']) await pair.on(node, 'kldload zfs; zpool create -f tank vtbd3');
  await pair.on('hasta', 'zfs create -V 200M tank/vol0');
});
afterAll(() => pair.stop());

/** `hastconf quick …` on hasta, which stands in for this machine. */
async function quick(...args: string[]) {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  stdin.end();
  const [first, second] = pair.lab.nodes;
  const code = await run(['--no-input', '-y', 'quick', `root@127.0.0.1:${second.port}`, ...args], {
    ...{ stdin, stdout, stderr, env: pair.environment, cwd: pair.dir },
    ...{ now: () => new Date(), signal: new AbortController().signal },
    localTarget: (name) =>
      connect(
        {
          name,
          ssh: { host: '127.0.0.1', port: first.port, become: 'none' },
          replication: '',
          interface: '',
        },
        { acceptNewHostKeys: false },
      ),
  });
  stdout.end();
  stderr.end();
  return { code, stdout: await text(stdout), stderr: await text(stderr) };
}

const ARGUMENTS = ['10.77.0.2', '192.168.50.10', 'tank', '/dev/zvol/tank/vol0', '200M', 'data'];

// A whole set-up on two simulated nodes: seconds of work, more on a busy machine.
describe('hastconf quick', { timeout: 120_000 }, () => {
  it('names the flags for what cannot be derived, and leaves nothing behind', async () => {
    const ended = await quick('10.77.0.2', '203.0.113.10', ...ARGUMENTS.slice(2), '--vhid', '7');
    expect(ended.code).toBe(2);
    for (const flag of ['--node hasta=interface:NAME', '--node hastb=interface:NAME', '--carp-address <'])
      expect(ended.stderr).toContain(flag);
    expect(ended.stderr).not.toContain('--vhid');
    await expect(readFile(join(pair.dir, 'cluster.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('refuses a volume of another size', async () => {
    const ended = await quick(...ARGUMENTS.slice(0, 4), '1G', 'data', '--vhid', '7');
    expect(ended).toMatchObject({
      code: 3,
      stderr: expect.stringContaining('tank/vol0 on hasta has 209715200 bytes'),
    });
    await expect(readFile(join(pair.dir, 'cluster.yaml'))).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('does the whole set-up and keeps the cluster file', async () => {
    const ended = await quick(...ARGUMENTS, '--vhid', '7');
    expect(ended.stderr).toContain('/dev/zvol/tank/vol0');
    expect(ended).toMatchObject({ code: 0 });
    expect(await pair.on('hastb', 'zfs list -Hp -t volume -o name,volsize')).toBe('tank/vol0\t209715200\n');
    expect(await pair.on('hasta', 'hastctl status')).toMatch(/^data\s+complete\s+primary/m);
    expect(await pair.on('hastb', 'hastctl status')).toMatch(/^data\s+complete\s+secondary/m);
    expect(await pair.on('hasta', 'ifconfig vtnet1')).toMatch(/carp: MASTER vhid 7/);
    expect(await loadSpec(join(pair.dir, 'cluster.yaml'))).toMatchObject({
      nodes: [{ name: 'hasta', ssh: { local: true } }, { name: 'hastb' }],
      carp: { vhid: 7 },
    });
  });

  it('goes on with its own file, and never over another one', async () => {
    // The VHID is found where the address is by now.
    expect(await quick(...ARGUMENTS)).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Nothing to do'),
    });
    expect(await quick(...ARGUMENTS, '--vhid', '8')).toMatchObject({ code: 5 });
    await rm(join(pair.dir, 'cluster.yaml'));
  });
});
