import { readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { installBaseline } from '../../src/lab/baseline/install.js';
import { loadSpec } from '../../src/spec/load.js';
import { type Ended, type Pair, startPair } from '../e2e/lab.js';

/** A pair made by the published recipe, taken over from adopt to apply. */
let pair: Pair;
let adopted: Ended;
let nodes: string[];
const PASSWORD = 'baseline';

beforeAll(async () => {
  pair = await startPair({ accelerate: 'jump' });
  await installBaseline(pair.lab);
  await pair.on('hasta', 'echo kept >/hast/disk0/proof && fsync /hast/disk0/proof');
  nodes = [
    ...pair.lab.nodes.flatMap(({ port }) => ['--node', `root@127.0.0.1:${port}`]),
    ...['--identity', join(pair.lab.dir, 'id_ed25519'), '--accept-new-host-keys'],
  ];
  adopted = await pair.hastconf(['-f', 'adopted.yaml', 'adopt', ...nodes]);
}, 120_000);
afterAll(() => pair.stop());

const file = (name: string): string => join(pair.dir, name);
const text = (name: string): Promise<string> => readFile(file(name), 'utf8');

describe('hastconf adopt of a pair made by the published recipe', () => {
  it('writes the cluster file, and the CARP password into a file of its own', async () => {
    expect([adopted.code, adopted.stdout]).toEqual([0, `${file('adopted.yaml')}\n${file('adopted.carp')}\n`]);
    expect(await loadSpec(file('adopted.yaml'))).toMatchObject({
      nodes: [
        { name: 'hasta', replication: '10.77.0.1', interface: 'vtnet1' },
        { name: 'hastb', replication: '10.77.0.2', interface: 'vtnet1' },
      ],
      carp: { address: '192.168.50.10', prefixLength: 24, vhid: 1 },
      preferred: 'hasta',
      hast: { replication: 'memsync', timeout: 20 },
      resources: [{ name: 'disk0', local: { hasta: '/dev/vtbd1', hastb: '/dev/vtbd1' } }],
      storage: [{ type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' }],
      services: [],
    });
    expect(await text('adopted.carp')).toBe(`${PASSWORD}\n`);
    expect((await stat(file('adopted.carp'))).mode & 0o777).toBe(0o600);
  });

  it('says what it read and what an apply would replace, for 80 columns, without the password', async () => {
    await expect(adopted.stderr.replaceAll(pair.dir, 'DIR')).toMatchFileSnapshot('golden/adopt-recipe.txt');
    expect(
      Math.max(
        ...adopted.stderr
          .replaceAll(`${pair.dir}/`, '')
          .split('\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(80);
    expect(`${adopted.stdout}${adopted.stderr}${await text('adopted.yaml')}`).not.toContain(PASSWORD);
  });

  it('leaves a file that is there alone: exit 5, before it connects; --force replaces it', async () => {
    await writeFile(file('adopted.yaml'), 'mine\n');
    const refused = await pair.hastconf([
      'adopt',
      '--node',
      '192.0.2.1',
      '--node',
      '192.0.2.2',
      '-o',
      'adopted.yaml',
    ]);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('--force');
    expect(await text('adopted.yaml')).toBe('mine\n');
    const forced = await pair.hastconf(['adopt', ...nodes, '-o', 'adopted.yaml', '--force', '--json']);
    expect([forced.code, forced.stderr]).toEqual([0, '']);
    const document = JSON.parse(forced.stdout) as {
      yaml: string;
      file: string;
      findings: { kind: string }[];
    };
    expect(document.file).toBe(file('adopted.yaml'));
    expect(document.yaml).toBe(await text('adopted.yaml'));
    expect(new Set(document.findings.map(({ kind }) => kind))).toEqual(new Set(['replaced', 'assumed']));
    expect(forced.stdout).not.toContain(PASSWORD);
  });

  it('does not put its password in the place of another one', async () => {
    await writeFile(file('other.carp'), 'another\n', { mode: 0o600 });
    const { code, stderr } = await pair.hastconf(['-f', 'other.yaml', 'adopt', ...nodes]);
    expect(code).toBe(5);
    expect(stderr).toContain('holds another CARP password');
    expect(stderr).not.toMatch(/baseline|another\n/);
    expect(await text('other.carp')).toBe('another\n');
    await expect(text('other.yaml')).rejects.toThrow('ENOENT');
  });

  it('is followed by a plan of nothing but what is hastconf’s own to add', async () => {
    const { code, stdout } = await pair.hastconf(['-f', 'adopted.yaml', 'plan', '--json']);
    expect(code).toBe(0);
    const plan = JSON.parse(stdout) as {
      steps: { id: string }[];
      destructions: { node: string; what: string }[];
      problems: unknown[];
    };
    expect(plan.problems).toEqual([]);
    expect(plan.destructions.map(({ node, what }) => `${node}:${what}`).toSorted()).toEqual([
      'hasta:/etc/hast.conf',
      'hastb:/etc/hast.conf',
    ]);
    const phases = new Set(plan.steps.map(({ id }) => id.split('/')[1]));
    for (const phase of ['volumes', 'metadata', 'secondary', 'primary', 'format'])
      expect(phases).not.toContain(phase);
    expect(plan.steps.map(({ id }) => id)).toContain('hasta/files/usr/local/sbin/carp-hast-switch');
  });
});

describe('the pair after its first apply', () => {
  it('has kept what lay on it', async () => {
    const consents = ['hasta', 'hastb'].flatMap((node) => ['--destroy', `${node}:/etc/hast.conf`]);
    const applied = await pair.hastconf(['-f', 'adopted.yaml', 'apply', '-y', ...consents]);
    expect([applied.code, applied.stderr]).toEqual([0, expect.any(String)]);
    expect(await pair.on('hasta', 'cat /hast/disk0/proof')).toBe('kept\n');
    // The pair was serving all the time: the address has not moved meanwhile.
    expect(await pair.on('hasta', "grep -c 'MASTER -> ' /var/log/messages || true")).toBe('0\n');
  }, 120_000);

  it('is adopted into the same cluster file again, and has nothing left to do', async () => {
    const again = await pair.hastconf(['-f', 'adopted.yaml', 'adopt', '-o', 'again.yaml', '--json']);
    expect([again.code, again.stderr]).toEqual([0, '']);
    // The recipe's own rules are still there; hastconf does not remove what it did not write.
    const { findings } = JSON.parse(again.stdout) as { findings: { message: string }[] };
    expect(findings.map(({ message }) => message.includes('priority 30'))).toEqual([true, true]);
    expect(await text('again.yaml')).toBe(await text('adopted.yaml'));
    expect(await pair.hastconf(['-f', 'again.yaml', 'plan', '--detailed-exitcode'])).toMatchObject({
      code: 0,
    });
  });
});

describe('hastconf adopt that cannot', () => {
  it('names the options when it does not know the nodes', async () => {
    const { code, stderr } = await pair.hastconf(['-f', 'nosuch.yaml', 'adopt']);
    expect(code).toBe(2);
    expect(stderr).toContain('hastconf adopt --node');
    const three = ['--node', 'a', '--node', 'b', '--node', 'c'];
    expect((await pair.hastconf(['-f', 'nosuch.yaml', 'adopt', ...three])).code).toBe(2);
  });

  it('names every node that it cannot reach', async () => {
    const dead = ['--node', 'root@127.0.0.1:1', '--node', 'root@127.0.0.1:2'];
    const { code, stderr } = await pair.hastconf(['-f', 'nosuch.yaml', 'adopt', ...dead]);
    expect(code).toBe(4);
    expect(stderr).toMatch(/127\.0\.0\.1:1[\s\S]*127\.0\.0\.1:2/);
  });

  it('is interrupted: exit 130, and nothing is written', async () => {
    const running = pair.hastconf(['-f', 'late.yaml', 'adopt', ...nodes]);
    running.abort();
    expect(await running).toMatchObject({ code: 130, stdout: '' });
    await expect(text('late.yaml')).rejects.toThrow('ENOENT');
  });

  it('writes nothing from one machine named twice: exit 3', async () => {
    const [first] = pair.lab.nodes;
    const twice = ['--node', `127.0.0.1:${first.port}`, '--ssh', `root@127.0.0.1:${first.port}`];
    const { code, stdout, stderr } = await pair.hastconf([
      '-f',
      'twice.yaml',
      'adopt',
      ...twice,
      ...nodes.slice(4),
    ]);
    expect([code, stdout]).toEqual([3, '']);
    expect(stderr).toContain('both connections lead to the same machine, hasta');
    await expect(text('twice.yaml')).rejects.toThrow('ENOENT');
  });
});
