import { execFileSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadSpec } from '../../src/spec/load.js';
import { type Pair, startPair } from './lab.js';
import { screenAfter } from './screen.js';
import { atPty, CTRL_C, DOWN, UP } from './terminal.js';

/** A lab and a whole suite share two cores. */
const LONG = 150_000;

let pair: Pair;
let dir: string;
const logins: string[] = [];

/** script(1) of util-linux; the one of the BSDs takes other options. */
function hasScript(): boolean {
  try {
    return execFileSync('script', ['--version'], { encoding: 'utf8' }).includes('util-linux');
  } catch {
    return false;
  }
}

describe.skipIf(!hasScript())('at a real terminal of 80 by 24', () => {
  beforeAll(async () => {
    pair = await startPair();
    dir = pair.lab.dir;
    for (const { port } of pair.lab.nodes) logins.push(`root@127.0.0.1 -p ${port} -i id_ed25519`);
  });
  afterAll(async () => {
    await pair.stop();
  });

  it('arrow keys, ? and < work, and Ctrl-C keeps the answers', { timeout: LONG }, async () => {
    const talk = atPty(['-f', 'pair.yaml'], { cwd: dir, env: pair.environment });
    await talk.answer('First machine', logins[0]!);
    await talk.answer('Second machine', logins[1]!);
    await talk.see('Which link carries');
    talk.press(`${DOWN}${UP}?`);
    await talk.see('Every write goes over this link');
    await talk.see('↑↓ move');
    talk.press('<');
    await talk.see('Second machine');
    talk.press(CTRL_C);
    expect(await talk.ended).toBe(130);
    expect(talk.screen()).toContain('hastconf -f pair.yaml init goes on from there.');
    // Colours, and no line that the terminal had to break.
    expect(talk.raw()).toContain('\u001b[1m');
  });

  it('--plain goes on from there to a file, in lines alone', { timeout: LONG }, async () => {
    const talk = atPty(['-f', 'pair.yaml', 'init', '--plain'], { cwd: dir, env: pair.environment });
    await talk.answer('Number 1 to 2, Enter is 1', '1');
    await talk.answer(`[${logins[1]}]`, '');
    await talk.answer('Which link', '');
    await talk.answer('[192.168.50.10/24]', '');
    await talk.answer('Number 1 to 3', '2');
    await talk.answer('Numbers, with spaces between them, Enter is 1', '1 3');
    await talk.answer('What should be on it?', '2');
    await talk.answer('Number 1 to 2, Enter is 1', '1');
    await talk.answer('Name of the pool', '');
    await talk.answer('Enter is none', '');
    await talk.see('Clients use 192.168.50.10/24, which moves between hasta (vtnet1) and hastb (vtnet1)');
    await talk.answer('What now?', '4');
    await talk.answer('18. CARP password', '18');
    await talk.answer('The password that', '2');
    await talk.answer('CARP password: (not shown)', 'swordfish');
    await talk.answer('The same once more: (not shown)', 'swordfish');
    await talk.answer('What now?', '3');
    expect(await talk.ended).toBe(0);
    expect(talk.raw()).not.toMatch(/\u001b|swordfish/);
    expect(talk.screen()).toContain('hastconf -f pair.yaml apply -y');
    expect(await readFile(join(dir, 'pair.carp'), 'utf8')).toBe('swordfish\n');
    expect(await readdir(dir)).not.toContain('.pair.yaml.answers');
    const { resources, storage, agent } = await loadSpec(join(dir, 'pair.yaml'));
    expect(resources.map(({ local }) => local.hastb)).toEqual(['/dev/vtbd1', '/dev/vtbd3']);
    expect(storage).toEqual([
      { type: 'zfs', pool: 'shared', layout: 'mirror', resources: ['disk0', 'disk1'] },
    ]);
    expect(agent.witness).toEqual([]);
  });

  it('shows these screens on the shortest way', { timeout: LONG }, async () => {
    const talk = atPty(['-f', 'screens.yaml'], { cwd: dir, env: pair.environment });
    const shots: Record<string, string> = {};
    const shoot = async (name: string, text: string) => {
      await talk.see(text);
      shots[name] = await screenAfter(talk.raw());
    };
    await shoot('1-first-machine', 'First machine, as ssh takes it:');
    talk.press(`${logins[0]}\r`);
    await talk.answer('Second machine', logins[1]!);
    await talk.see('Which link carries');
    await shoot('2-replication', '< goes back');
    talk.press('\r');
    await shoot('3-address', '(192.168.50.10/24)');
    talk.press('\r');
    await talk.see('A third machine');
    await shoot('4-witness', '< goes back');
    talk.press('\r');
    await talk.see('/dev/vtbd1 on both');
    await shoot('5-providers', '< goes back');
    talk.press('\r');
    await talk.see('What should be on it?');
    await shoot('6-use', '< goes back');
    talk.press('\r');
    await talk.answer('Mounted on', '');
    await talk.see('What is the storage for?');
    await shoot('7-services', '< goes back');
    talk.press('\r');
    await talk.see('What now?');
    await shoot('8-review', '< goes back');
    talk.press(CTRL_C);
    await talk.ended;
    const masked = (shot: string) =>
      pair.lab.nodes.reduce((text, { port }, at) => text.replaceAll(`${port}`, `PORT${at + 1}`), shot);
    for (const [name, shot] of Object.entries(shots)) await expectGolden(name, masked(shot));
  });
});

const GOLDEN = new URL('golden/', import.meta.url);

async function expectGolden(name: string, screen: string): Promise<void> {
  const file = new URL(`wizard-${name}.txt`, GOLDEN);
  if (process.env.UPDATE_GOLDEN !== undefined) {
    await mkdir(GOLDEN, { recursive: true });
    await writeFile(file, screen);
  }
  expect(screen).toBe(await readFile(file, 'utf8'));
}
