import { readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSpec } from '../../src/spec/load.js';
import { hastconf, type Pair, startPair } from './lab.js';
import { atTerminal, type Conversation, CTRL_C, DOWN } from './terminal.js';

/** A lab and a whole suite share two cores. */
const LONG = 150_000;

let pair: Pair;
let dir: string;
const logins: string[] = [];

beforeAll(async () => {
  pair = await startPair();
  // known_hosts of the lab lies here, and so does the cluster file that is written.
  dir = pair.lab.dir;
  for (const { port } of pair.lab.nodes) logins.push(`root@127.0.0.1 -p ${port} -i id_ed25519`);
});
afterAll(async () => {
  await pair.stop();
});

const init = (...args: string[]) => atTerminal(args, { cwd: dir, env: pair.environment });
const modeOf = async (name: string) => ((await stat(join(dir, name))).mode & 0o777).toString(8);

async function login(talk: Conversation): Promise<void> {
  await talk.answer('First machine', logins[0]!);
  await talk.answer('Second machine', logins[1]!);
}

describe('without anybody to ask', () => {
  it.each([
    ['no terminal', () => hastconf(['-f', 'pair.yaml', 'init'], dir, pair.environment)],
    ['--json', () => hastconf(['-f', 'pair.yaml', '--json', 'init'], dir, pair.environment)],
  ])('%s: names everything that is missing, and the way to give it', async (_, start) => {
    const { code, stderr } = await start();
    expect(code).toBe(2);
    for (const key of [
      'nodes.NAME.ssh',
      'nodes.NAME.replication',
      'carp.address',
      'carp.vhid',
      'resources.NAME.local',
    ])
      expect(stderr).toContain(key);
    expect(stderr).toContain('hastconf -f pair.yaml apply -y');
  });

  it('--no-input on a terminal asks nothing', async () => {
    const talk = init('-f', 'pair.yaml', '--no-input', 'init');
    expect(await talk.ended).toBe(2);
    expect(talk.screen()).not.toContain('First machine,');
  });

  it('hastconf alone shows its help', async () => {
    const { code, stderr } = await hastconf([], dir, pair.environment);
    expect(code).toBe(2);
    expect(stderr).toContain('Usage: hastconf');
  });
});

describe('answers', () => {
  it('are judged at once, taken back, kept over Ctrl-C, and gone on from', { timeout: LONG }, async () => {
    const talk = init('-f', 'first.yaml', 'init');
    await talk.answer('First machine', 'nas1 nas2');
    await talk.see('! name one machine');
    talk.press(`\u0015${logins[0]}\r`);
    await talk.answer('Second machine', '?');
    await talk.see('keys, agent and ssh_config');
    await talk.answer('Second machine', '<');
    await talk.answer('First machine', '');
    await talk.answer('Second machine', 'root@127.0.0.1 -p 1 -i id_ed25519');
    await talk.see('-> ');
    await talk.answer('Second machine', `\u0015${logins[1]}`);
    await talk.see('Which link carries');
    talk.press(CTRL_C);
    expect(await talk.ended).toBe(130);
    expect(talk.screen()).toContain('hastconf -f first.yaml init goes on from there.');
    expect(await modeOf('.first.yaml.answers')).toBe('600');

    const again = init('-f', 'first.yaml', 'init');
    await again.see('2 answers are kept from today, 12:00 UTC.');
    again.press('\r');
    await again.see('Which link carries');
    again.press('\r');
    await again.answer('Address', '192.168.50.1');
    await again.see('another machine answers at the CARP address 192.168.50.1');
    again.press('\u0015192.168.50.12\r');
    await again.see('already has the CARP address');
    again.press('\u0015<\r');
    await again.see('Which link carries');
    again.press('?');
    await again.see('Every write goes over this link');
    await again.see('↑↓ move');
    again.press(CTRL_C);
    expect(await again.ended).toBe(130);
    const kept = JSON.parse(await readFile(join(dir, '.first.yaml.answers'), 'utf8'));
    expect(kept).toMatchObject({ given: { login1: logins[0] }, trail: ['login1', 'login2'] });
    expect(await readdir(dir)).not.toContain('first.yaml');
  });

  it('never replace a file that is there', async () => {
    await writeFile(join(dir, 'mine.yaml'), 'mine\n');
    const talk = init('-f', 'mine.yaml', 'init');
    await talk.see('mine.yaml exists already');
    talk.press(`${DOWN}${DOWN}\r`);
    expect(await talk.ended).toBe(0);
    expect(await readFile(join(dir, 'mine.yaml'), 'utf8')).toBe('mine\n');

    const other = init('-f', 'mine.yaml', 'init');
    await other.see('mine.yaml exists already');
    other.press('\r');
    await other.answer('File to write: (mine2.yaml)', '');
    await other.see('First machine');
    other.press(CTRL_C);
    expect(await other.ended).toBe(130);
  });
});

describe('a first set-up', () => {
  let talk: ReturnType<typeof init>;

  it('leads from two logins to a proved pair', { timeout: LONG }, async () => {
    talk = init('-f', 'pair.yaml');
    await login(talk);
    await talk.see('10.77.0.1 (vtnet2) - 10.77.0.2 (vtnet2), private');
    talk.press('\r');
    await talk.see('CARP interfaces: 192.168.50.0/24');
    await talk.answer('(192.168.50.10/24)', '');
    await talk.see('192.168.50.1, which answers');
    talk.press('\r');
    await talk.see('[x] /dev/vtbd1 on both');
    talk.press(`${DOWN} \r`);
    await talk.see('What should be on it?');
    talk.press('\r');
    await talk.answer('Mounted on, for disk0, disk1:', '');
    await talk.see('What is the storage for?');
    talk.press('\r');
    await talk.see('Nothing that holds data is overwritten.');
    await talk.see('What now?');
    talk.press('\r');
    const lines = pair.lab.nodes.map(({ ssh }) => ssh.counters.connections);
    await talk.answer('Carry out these', 'y');
    expect(await talk.ended).toBe(0);
    expect(talk.stdout()).toContain('hasta-hastb: VERIFIED');
    expect(pair.lab.nodes.map(({ ssh }) => ssh.counters.connections)).toEqual(lines);
    expect(await pair.on('hasta', 'mount -p')).toContain('/hast/disk1');
  });

  it('leaves a file that says the same without questions', async () => {
    expect(talk.screen()).toContain('hastconf -f pair.yaml apply -y');
    const spec = await loadSpec(join(dir, 'pair.yaml'));
    expect(spec).toMatchObject({
      name: 'hasta-hastb',
      carp: { address: '192.168.50.10', vhid: 1 },
      resources: [{ name: 'disk0' }, { name: 'disk1' }],
      agent: { witness: ['192.168.50.1'] },
    });
    const { code, stdout } = await hastconf(
      ['-f', 'pair.yaml', 'plan', '--detailed-exitcode'],
      dir,
      pair.environment,
    );
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('Nothing to do') });
  });

  it('keeps the secret in a file of its own, and no answers', async () => {
    const password = (await readFile(join(dir, 'pair.carp'), 'utf8')).trim();
    expect(await modeOf('pair.carp')).toBe('600');
    expect(await readFile(join(dir, 'pair.yaml'), 'utf8')).not.toContain(password);
    expect(talk.raw()).not.toContain(password);
    expect(await readdir(dir)).not.toContain('.pair.yaml.answers');
  });

  it('is found by the next init, which offers to adopt it', async () => {
    const next = init('-f', 'adopted.yaml', 'init');
    await login(next);
    await next.see('hasta has /etc/hast.conf; running resources disk0 (primary)');
    await next.see('Adopt it');
    next.press('\r');
    expect(await next.ended).toBe(0);
    const adopted = await loadSpec(join(dir, 'adopted.yaml'));
    expect(adopted.resources).toEqual((await loadSpec(join(dir, 'pair.yaml'))).resources);
  });
});

describe('machines that want passwords', () => {
  const PASSWORD = 'open sesame';
  let locked: Pair;
  beforeAll(async () => {
    locked = await startPair({
      ssh: {
        methods: ['keyboard-interactive'],
        password: PASSWORD,
        become: { tools: ['sudo'], password: PASSWORD },
      },
    });
  });
  afterAll(async () => {
    await locked.stop();
  });

  it('are asked for them in the middle of it, hidden and never kept', { timeout: LONG }, async () => {
    const [first, second] = locked.lab.nodes;
    const talk = atTerminal(['-f', 'pair.yaml'], { cwd: locked.lab.dir, env: locked.environment });
    await talk.answer('First machine', `root@127.0.0.1 -p ${first.port}`);
    await talk.answer('Second machine', `operator@127.0.0.1 -p ${second.port}`);
    await talk.see('How does this user become root');
    talk.press('\r');
    // Both machines are connected to at once; the questions come one after the other, whoever asks first.
    const open = new Set(['Password for root', 'Password for operator', '[sudo] password for operator']);
    while (open.size > 0) {
      open.delete(await talk.seeOne([...open]));
      talk.press(`${PASSWORD}\r`);
    }
    await talk.see('Which link carries');
    talk.press(CTRL_C);
    expect(await talk.ended).toBe(130);
    const kept = await readFile(join(locked.lab.dir, '.pair.yaml.answers'), 'utf8');
    expect(JSON.parse(kept).given).toMatchObject({ become2: 'sudo' });
    expect(kept + talk.raw()).not.toContain(PASSWORD);
  });
});
