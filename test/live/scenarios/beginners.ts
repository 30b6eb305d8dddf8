import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Writable } from 'node:stream';
import { run } from '../../../src/main.js';
import { connect } from '../../../src/remote/connect.js';
import { privateHome } from '../../e2e/home.js';
import { atPty } from '../../e2e/terminal.js';
import type { Live } from '../live.js';
import { installRecipe } from '../recipe.js';
import type { Scenario } from '../types.js';

async function portOf(live: Live, node: string): Promise<number> {
  const found = (await live.machines.nodes()).find(({ name }) => name === node);
  if (!found) throw new Error(`there is no machine ${node}`);
  return found.port;
}

/** Somebody answers the wizard's questions at a real terminal, with Enter where it proposes something. */
async function wizard(live: Live): Promise<void> {
  const { dir } = live.machines;
  const identity = join(dir, 'id_ed25519');
  const logins: string[] = [];
  for (const node of ['hasta', 'hastb']) {
    logins.push(`root@127.0.0.1 -p ${await portOf(live, node)} -i ${identity}`);
  }
  const home = await privateHome(dir);
  try {
    const talk = atPty(['-f', 'wizard.yaml'], { cwd: dir, env: home.environment });
    await talk.answer('First machine', logins[0] ?? '');
    await talk.answer('Second machine', logins[1] ?? '');
    await talk.see('Which link carries');
    talk.press('\r');
    await talk.see('(192.168.50.10/24)');
    talk.press('\r');
    await talk.see('A third machine');
    talk.press('\r');
    await talk.see('/dev/vtbd1 on both');
    talk.press('\r');
    await talk.see('on it?');
    talk.press('\r');
    await talk.answer('Mounted on', '/hast/disk0');
    await talk.see('What is the storage for?');
    talk.press('\r');
    await talk.see('What now?');
    talk.press('\r');
    const code = await talk.ended;
    live.expect(code === 0, `the wizard exits with 0, not ${code}: ${talk.screen().slice(-1500)}`);
  } finally {
    home.restore();
  }
  live.clusterFile = join(dir, 'wizard.yaml');
}

/** hastconf.sh's seven arguments, with hasta as the machine that it runs on. */
async function quick(live: Live): Promise<void> {
  const { dir } = live.machines;
  for (const node of ['hasta', 'hastb']) {
    await live.must(node, 'kldload -n zfs && zpool create -f tank /dev/vtbd1', 60_000);
  }
  await live.must('hasta', 'zfs create -V 200M tank/vol0', 60_000);
  const [first, second] = [await portOf(live, 'hasta'), await portOf(live, 'hastb')];
  const identity = join(dir, 'id_ed25519');
  const file = join(dir, 'quick.yaml');
  const words = [
    `root@127.0.0.1:${second}`,
    '10.77.0.2',
    '192.168.50.10',
    'tank',
    '/dev/zvol/tank/vol0',
    '200M',
  ];
  const home = await privateHome(dir);
  let said = '';
  const ear = () =>
    new Writable({
      write(chunk: Buffer, _, done) {
        said += chunk.toString();
        done();
      },
    });
  try {
    const node = { name: 'hasta', replication: '', interface: '' };
    const code = await run(
      ['-f', file, '--no-input', '-y', 'quick', ...words, 'data', '--identity', identity, '--vhid', '1'],
      {
        stdin: Readable.from([]),
        stdout: ear(),
        stderr: ear(),
        env: home.environment,
        cwd: dir,
        now: () => new Date(),
        signal: AbortSignal.timeout(400_000),
        localTarget: () =>
          connect(
            { ...node, ssh: { host: '127.0.0.1', port: first, user: 'root', identity, become: 'none' } },
            { acceptNewHostKeys: false, knownHostsFiles: [join(dir, 'known_hosts')] },
          ),
      },
    );
    live.expect(code === 0, `hastconf quick exits with 0, not ${code}: ${said.slice(-1500)}`);
  } finally {
    home.restore();
  }
  const text = await readFile(file, 'utf8');
  live.expect(text.includes('local: true'), 'the cluster file names this machine as local');
  const { stdout } = await live.sh('hasta', 'hastctl status');
  live.expect(/^data\s+complete\s+primary/m.test(stdout), `data is complete and primary: ${stdout}`);
}

/** A pair made by hand, by the published recipe, is read into a cluster file and taken over while it serves. */
async function adopt(live: Live): Promise<void> {
  await installRecipe(live);
  const file = join(live.machines.dir, 'adopted.yaml');
  const logins = await Promise.all(
    ['hasta', 'hastb'].map(async (node) => ['--node', `root@127.0.0.1:${await portOf(live, node)}`]),
  );
  live.clusterFile = file;
  const identity = join(live.machines.dir, 'id_ed25519');
  await live.hastconf(['adopt', ...logins.flat(), '--identity', identity]);
  live.note(
    (await readFile(file, 'utf8')).includes('/hast/disk0') ? 'the file system was found' : 'not found',
  );
  await live.write({ serving: 'hasta' });
  await live.measure('apply on the adopted pair', async () => {
    await live.hastconf(['plan']);
    const consents = ['hasta', 'hastb'].flatMap((node) => ['--destroy', `${node}:/etc/hast.conf`]);
    await live.hastconf(['apply', '-y', '--no-input', ...consents], { timeoutMs: 600_000 });
    await live.settled('hasta');
  });
  await live.hastconf(['plan', '--detailed-exitcode']);
}

const LONG = 900_000;

export const BEGINNERS: readonly Scenario[] = [
  {
    name: 'wizard',
    group: 'beginners',
    title: 'the wizard through a pseudo-terminal, to a serving pair',
    from: 'clean',
    limitMs: LONG,
    run: async (live) => {
      await wizard(live);
      await live.settled('hasta');
      await live.write();
      await live.lines(20, 'hasta');
    },
  },
  {
    name: 'quick',
    group: 'beginners',
    title: "hastconf.sh's seven arguments, to a serving pair",
    from: 'clean',
    limitMs: LONG,
    run: quick,
  },
  {
    name: 'adopt',
    group: 'beginners',
    title: 'a hand-made pair is adopted and applied while it serves',
    from: 'clean',
    limitMs: LONG,
    run: adopt,
  },
];
