import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, expectClear } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

const FOREIGN = `# by hand, 2019
resource archive {
	on hasta {
		local /dev/vtbd3
		remote 10.77.0.2
	}
	on hastb {
		local /dev/vtbd3
		remote 10.77.0.1
	}
}
`;

async function refused(...words: string[]) {
  const outcome = await bench.unchanged(() => bench.run(words));
  return outcome;
}

describe('wrong usage: exit 2, before any node is touched', () => {
  it.each([
    ['/dev/vtbd1', 'does not begin with a node (hasta, hastb)'],
    ['hastc:/dev/vtbd1', 'does not begin with a node (hasta, hastb)'],
    ['hasta', 'does not begin with a node (hasta, hastb)'],
    ['hasta:', 'does not say what to give up'],
    [
      'hasta:/dev/vtbd7',
      'the cluster file has no /dev/vtbd7 on hasta (/dev/vtbd1, /dev/vtbd2, /etc/hast.conf)',
    ],
  ])('--destroy %s', async (consent, why) => {
    const outcome = await refused('apply', '-y', '--destroy', consent);
    expectClear(outcome, 2, `--destroy ${consent}: `, why, '--destroy hasta:/dev/vtbd1');
  });

  it('steps to do, no terminal and no -y', async () => {
    const outcome = await refused('apply');
    expectClear(outcome, 2, /\d+ steps need confirmation, and there is no terminal/, 'hastconf plan', '-y');
  });

  it('an option that does not exist', async () => {
    const { code, stdout, stderr } = await refused('apply', '--force');
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain("unknown option '--force'");
  });

  it('a cluster file that is not there', async () => {
    const outcome = await refused('apply', '-y', '-f', 'nowhere.yaml');
    expectClear(outcome, 2, 'cannot read the cluster file', 'nowhere.yaml', '--file');
  });

  it('a cluster file with many mistakes names them all, each with its line', async () => {
    const file = await bench.clusterFile((spec) => {
      spec.carp.vhid = 300;
      spec.carp.pasword = 'oops';
      spec.nodes.hastb.replication = '192.168.50.10';
      spec.resources['42'] = { local: '/dev/vtbd3' };
      spec.storage[1].resource = 'disk9';
      spec.preferred = 'hastc';
    });
    const outcome = await refused('apply', '-y', '-f', file);
    expect([outcome.code, outcome.stdout]).toEqual([2, '']);
    for (const key of ['carp.vhid', 'carp.pasword', 'replication', 'resources.42', 'storage', 'preferred'])
      expect(outcome.message).toMatch(
        new RegExp(`cluster-\\d+.yaml:\\d+:\\d+ \\S*${key.replace('.', '\\.')}`),
      );
    expect(outcome.message).toContain('password');
  });

  it('a cluster file that is no YAML', async () => {
    const path = join(bench.lab.dir, 'broken.yaml');
    await writeFile(path, 'version: 1\nnodes: [\n');
    const outcome = await refused('apply', '-y', '-f', path);
    expect([outcome.code, outcome.stdout]).toEqual([2, '']);
    expect(outcome.message).toMatch(/broken.yaml:\d+:\d+/);
  });

  it('a password file that others can read', async () => {
    const path = join(bench.lab.dir, 'open.carp');
    await writeFile(path, 'anything\n', { mode: 0o644 });
    const file = await bench.clusterFile(({ carp }) => {
      carp.password = { file: path };
    });
    expectClear(await refused('apply', '-y', '-f', file), 2, 'others can read', `chmod 600 ${path}`);
  });
});

describe('several problems', () => {
  it('of both nodes, and what would be lost, are told at once', async () => {
    await bench.lab.fault('foreign-use', ['hastb', 'vtbd3', 'ufs']);
    const file = await bench.clusterFile(({ nodes, resources }) => {
      nodes.hasta.interface = 'em7';
      resources.disk0.local = { hasta: '/dev/vtbd9', hastb: '/dev/vtbd1' };
      resources.disk1.local = { hasta: '/dev/vtbd2', hastb: '/dev/vtbd3' };
    });
    await bench.lab.fault('resize-disk', ['hastb', 'vtbd3', '32M']);
    const outcome = await refused('apply', '-y', '-f', file);
    await bench.lab.fault('resize-disk', ['hastb', 'vtbd3', '64M']);
    expectClear(
      outcome,
      3,
      '4 problems found before anything was changed',
      'hasta has no interface em7',
      'hasta has no /dev/vtbd9',
      'resource disk1',
      '--destroy hastb:/dev/vtbd3',
    );
  });

  it('--json says it as one object, and nothing else on stdout', async () => {
    const file = await bench.clusterFile(({ nodes }) => {
      nodes.hasta.interface = 'em7';
    });
    const { code, stdout } = await refused('apply', '-y', '--json', '-f', file);
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(code).toBe(3);
    expect(lines.at(-1).error).toMatchObject({
      exit: 3,
      problems: [{ id: 'interface-missing', node: 'hasta', remedy: expect.stringContaining('vtnet1') }],
    });
  });
});

describe('a hast.conf that is not ours', () => {
  it('is refused, then replaced with consent, and its backup kept', async () => {
    for (const { name, host } of bench.lab.nodes)
      if (name === 'hasta') await host.files.write('/etc/hast.conf', FOREIGN, 0o640);
    const outcome = await refused('apply', '-y');
    expectClear(outcome, 5, '/etc/hast.conf on hasta', 'archive', '--destroy hasta:/etc/hast.conf');
    const done = await bench.run(['apply', '-y', '--destroy', 'hasta:/etc/hast.conf']);
    expect(done.code).toBe(0);
    const backups = (await bench.on('hasta', 'ls /var/db/hastconf/backups')).split('\n');
    const [backup] = backups.filter((name) => name.startsWith('etc_hast.conf.'));
    expect(await bench.on('hasta', `cat /var/db/hastconf/backups/${backup}`)).toBe(FOREIGN);
    expect(await bench.on('hasta', `stat -f %Lp /var/db/hastconf/backups/${backup}`)).toBe('640\n');
    expect(await bench.on('hasta', 'cat /etc/hast.conf')).toBe(await bench.on('hastb', 'cat /etc/hast.conf'));
  });
});
