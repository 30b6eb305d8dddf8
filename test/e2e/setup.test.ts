import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HastResource } from '../../src/lab/world/hast-resource.js';
import { END_STATE, endStateOf } from './end-state.js';
import { type Ended, jsonLines, NODES, type Pair, startPair } from './lab.js';
import { treeOf, watchArguments } from './watch.js';

let pair: Pair;
let password: string;
const rootOf = (node: string) => join(pair.dir, 'lab/nodes', node, 'root');
const trees = () => NODES.map((node) => treeOf(rootOf(node)));
const journals = () => Promise.all(NODES.map((node) => pair.on(node, 'cat /var/db/hastconf/journal')));
const costs = () => pair.lab.nodes.map(({ ssh }) => ({ ...ssh.counters }));

beforeAll(async () => {
  pair = await startPair();
  password = (await readFile(join(pair.dir, 'lab/carp.password'), 'utf8')).trim();
});
afterAll(async () => {
  vi.restoreAllMocks();
  await pair.stop();
});

describe('a pair of blank nodes', () => {
  it('is planned without a trace on them', async () => {
    const before = trees();
    const { code, stdout } = await pair.hastconf(['plan', '--detailed-exitcode']);
    expect(code).toBe(7);
    expect(stdout).toMatch(/^hasta \(primary\)$/m);
    expect(stdout).toMatch(/^\d+ steps on 2 nodes; hasta is or becomes primary\.$/m);
    expect(trees()).toEqual(before);
    expect((await pair.hastconf(['plan'])).code).toBe(0);
  });

  it('shows its plan as one JSON document', async () => {
    const { code, stdout, stderr } = await pair.hastconf(['plan', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      primary: 'hasta',
      changes: true,
      problems: [],
      destructions: [],
      steps: expect.arrayContaining([
        {
          id: 'hasta/metadata/disk0',
          node: 'hasta',
          phase: 'metadata',
          title: expect.any(String),
          risk: 'none',
          impact: 'nothing',
          diff: '+ hastctl create disk0',
        },
      ]),
    });
  });

  it('is not set up without a word of consent', async () => {
    const before = trees();
    expect(await pair.hastconf(['apply'])).toMatchObject({ code: 2, stderr: expect.stringContaining('-y') });
    expect(trees()).toEqual(before);
  });
});

describe('set-up', () => {
  let ended: Ended;
  let argumentLists: string[];
  const hooks: string[] = [];

  beforeAll(async () => {
    const { hook } = HastResource.prototype;
    vi.spyOn(HastResource.prototype, 'hook').mockImplementation(function (this: HastResource, ...event) {
      hooks.push(event.join(' '));
      hook.apply(this, event);
    });
    const watched = watchArguments();
    ended = await pair.hastconf(['apply', '-y', '--json']);
    watched.stop();
    argumentLists = watched.seen;
  });

  it('ends well, and prints JSON lines only', () => {
    const lines = jsonLines(ended.stdout);
    expect(ended).toMatchObject({ code: 0, stderr: '' });
    expect(lines[0]).toMatchObject({ event: 'plan', primary: 'hasta', changes: true });
    expect(lines.at(-1)).toEqual({ event: 'done', changed: true, ms: expect.any(Number) });
    const planned = (lines[0] as { steps: { id: string }[] }).steps.map(({ id }) => id);
    const steps = lines.filter(({ event }) => event === 'step');
    expect(
      steps
        .filter(({ state }) => state === 'done')
        .map(({ id }) => id)
        .toSorted(),
    ).toEqual(planned.toSorted());
    expect(steps.find(({ id }) => id === 'hastb/secondary/disk1')).toEqual({
      event: 'step',
      id: 'hastb/secondary/disk1',
      node: 'hastb',
      title: 'Make disk1 secondary',
      state: 'start',
      ms: 0,
    });
    expect(lines.some(({ event, state }) => event === 'sync' && state === 'in-sync')).toBe(true);
  });

  it('gives the secondary role first, and so copies nothing', () => {
    const roles = hooks.filter((hook) => hook.startsWith('role'));
    expect(roles).toEqual([
      'role init secondary',
      'role init secondary',
      'role init primary',
      'role init primary',
    ]);
    expect(hooks.filter((hook) => hook === 'connect')).toHaveLength(4);
    expect(hooks.filter((hook) => hook.startsWith('sync') || hook === 'disconnect')).toEqual([]);
  });

  it('leaves both nodes in their roles, complete and with nothing to copy', async () => {
    const value = (text: string, key: string) =>
      [...text.matchAll(new RegExp(`^\\s+${key}: (.*)$`, 'gm'))].map((match) => match[1]);
    const [hasta, hastb] = [await pair.on('hasta', 'hastctl list'), await pair.on('hastb', 'hastctl list')];
    expect(value(hasta, 'role')).toEqual(['primary', 'primary']);
    expect(value(hastb, 'role')).toEqual(['secondary', 'secondary']);
    for (const text of [hasta, hastb]) {
      expect(value(text, 'status')).toEqual(['complete', 'complete']);
      expect(value(text, 'dirty')).toEqual(['0 (0B)', '0 (0B)']);
    }
  });

  it('leaves nothing behind but what belongs there', async () => {
    for (const node of NODES) expect(await endStateOf(pair, node)).toEqual(END_STATE[node]);
  });

  it('serves address and file systems on the preferred node only', async () => {
    expect(await pair.on('hasta', 'ifconfig vtnet1')).toMatch(/carp: MASTER vhid 1 advbase 1 advskew 0$/m);
    expect(await pair.on('hastb', 'ifconfig vtnet1')).toMatch(/carp: BACKUP vhid 1 advbase 1 advskew 20$/m);
    const mounts = await pair.on('hasta', 'mount -p');
    for (const name of ['disk0', 'disk1'])
      expect(mounts).toMatch(new RegExp(`^/dev/hast/${name}\\s+/hast/${name}\\s+ufs`, 'm'));
    expect(await pair.on('hastb', 'mount -p; ls /dev')).not.toMatch(/\/hast\/|^hast$/m);
    await pair.on('hasta', 'echo kept >/hast/disk0/proof && fsync /hast/disk0/proof');
  });

  it('has the daemons running, now and after the next boot', async () => {
    for (const node of NODES) {
      for (const service of ['hastd', 'devd', 'carp_hast']) await pair.on(node, `service ${service} status`);
      expect(await pair.on(node, 'sysrc -n hastd_enable carp_hast_enable')).toBe('YES\nYES\n');
      expect(await pair.on(node, 'sysctl -n net.inet.carp.preempt; kldstat -q -m carp; echo $?')).toBe(
        '1\n0\n',
      );
      expect(await pair.on(node, 'cat /boot/loader.conf /etc/sysctl.conf')).toMatch(
        /carp_load="YES"[\s\S]*net\.inet\.carp\.preempt=1/,
      );
    }
  });

  it('writes the shared files alike, with owner and mode', async () => {
    const shared = {
      '/etc/hast.conf': '644',
      '/usr/local/etc/devd/hastconf.conf': '644',
      '/usr/local/sbin/carp-hast-switch': '755',
      '/usr/local/etc/rc.d/carp_hast': '755',
    };
    const [hasta, hastb] = trees();
    for (const [path, mode] of Object.entries(shared)) {
      expect(hasta?.[path]).toMatch(new RegExp(`^${mode} `));
      expect(hastb?.[path], path).toBe(hasta?.[path]);
    }
    for (const node of NODES) {
      expect(await pair.on(node, 'stat -f "%Su:%Sg %Lp" /usr/local/etc/hastconf/agent.conf')).toBe(
        'root:wheel 600\n',
      );
      expect(await pair.on(node, 'grep ^ifconfig_vtnet1_alias0 /etc/rc.conf')).toContain('advskew 240');
    }
    const [a, b] = await Promise.all(
      NODES.map((node) => pair.on(node, 'grep ^ifconfig_vtnet1_a /etc/rc.conf')),
    );
    expect(a).toBe(b);
  });

  it('gives each agent a key of its own and lets it ask the other one, and nothing else', async () => {
    for (const [node, peer, address] of [
      ['hasta', 'hastb', '10.77.0.2'],
      ['hastb', 'hasta', '10.77.0.1'],
    ] as const) {
      const key = (await pair.on(node, 'cat /usr/local/etc/hastconf/id_ed25519.pub')).split(' ')[1];
      const line = await pair.on(peer, 'cat /var/db/hastconf/peer/.ssh/authorized_keys');
      expect(line).toContain(`command="/usr/local/sbin/carp-hast-switch peer" ssh-ed25519 ${key}`);
      const ask = `ssh -o BatchMode=yes -o UserKnownHostsFile=/usr/local/etc/hastconf/known_hosts -i /usr/local/etc/hastconf/id_ed25519 hastpeer@${address} status`;
      expect(await pair.on(node, ask)).toContain(`node ${peer}\n`);
    }
  });

  it('shows the CARP password nowhere', async () => {
    expect(argumentLists.length).toBeGreaterThan(50);
    expect(argumentLists.filter((words) => words.includes(password))).toEqual([]);
    expect(ended.stdout).not.toContain(password);
    const logs = join(pair.dir, 'state/hastconf');
    const texts = await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')));
    expect(texts.join('')).toContain('hastb/secondary/disk0');
    expect(texts.join('')).not.toContain(password);
    for (const node of NODES) {
      const holders = `grep -rl -- ${password} /etc /boot /root /usr/local /var`;
      expect(await pair.on(node, holders)).toBe('/etc/rc.conf\n');
    }
  });

  it('keeps a journal on each node and a backup of every file that was there', async () => {
    for (const [index, journal] of (await journals()).entries()) {
      const own = journal.trimEnd().split('\n');
      expect(own.every((line) => / (start|done) hast[ab]\//.test(line))).toBe(true);
      expect(own.filter((line) => line.includes(' done '))).toHaveLength(own.length / 2);
      expect(await pair.on(NODES[index] ?? '', 'ls /var/db/hastconf/backups')).toMatch(
        /^boot_loader\.conf\.[\s\S]*etc_hosts\.[\s\S]*etc_rc\.conf\.[\s\S]*etc_sysctl\.conf\./,
      );
      expect(await pair.on(NODES[index] ?? '', 'ls -d /var/db/hastconf/lock || true')).toBe('');
    }
  });
});

describe('a second apply', () => {
  it('has nothing to do, over one connection and at most three channels a node', async () => {
    const [before, spent] = [await journals(), costs()];
    const { code, stdout, stderr } = await pair.hastconf(['apply']);
    expect([code, stderr]).toEqual([0, '']);
    expect(stdout).toMatch(/^Nothing to do/);
    expect(stdout).toMatch(/^lab: VERIFIED after /m);
    expect(stdout).toMatch(/zero dirty bytes/);
    expect(await journals()).toEqual(before);
    for (const [index, cost] of costs().entries()) {
      expect(cost.connections - (spent[index]?.connections ?? 0)).toBe(1);
      expect(cost.channels - (spent[index]?.channels ?? 0)).toBeLessThanOrEqual(3);
    }
  });

  it('is announced by plan: no changes', async () => {
    const { code, stdout } = await pair.hastconf(['plan', '--detailed-exitcode']);
    expect([code, stdout]).toEqual([0, 'Nothing to do: both nodes are as the cluster file says.\n']);
    expect(JSON.parse((await pair.hastconf(['plan', '--json'])).stdout)).toMatchObject({
      changes: false,
      steps: [],
    });
    expect(jsonLines((await pair.hastconf(['apply', '--json'])).stdout)).toMatchObject([
      { event: 'plan', changes: false },
      { event: 'done', changed: false },
    ]);
  });
});

describe('the other readers', () => {
  it('status --json is one document', async () => {
    const { code, stdout, stderr } = await pair.hastconf(['status', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toMatchObject({
      version: 1,
      cluster: 'lab',
      verdict: 'healthy',
      problems: [],
      serving: 'hasta',
      dirty: 0,
      carp: { address: '192.168.50.10/24', vhid: 1, masters: ['hasta'] },
      resources: [
        { resource: 'disk0', primary: 'hasta', status: 'complete', dirty: 0 },
        { resource: 'disk1' },
      ],
      storage: [{ type: 'ufs', name: '/hast/disk0', on: ['hasta'] }, { name: '/hast/disk1' }],
      nodes: [
        { node: 'hasta', reachable: true, agent: { state: 'serving' } },
        { node: 'hastb', agent: { state: 'standby', fresh: 'fresh' } },
      ],
    });
  });

  it('wait --json ends with its result', async () => {
    const { code, stdout, stderr } = await pair.hastconf(['wait', '--json']);
    expect([code, stderr]).toEqual([0, '']);
    const lines = jsonLines(stdout);
    expect(lines.at(-1)).toEqual({
      event: 'result',
      result: 'in-sync',
      dirty: 0,
      seconds: expect.any(Number),
    });
    expect(lines.slice(0, -1).every(({ event, resource }) => event === 'sync' && resource !== '')).toBe(true);
  });
});
