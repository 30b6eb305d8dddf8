import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HastResource } from '../../src/lab/world/hast-resource.js';
import { type Ended, NODES, type Pair, startPair } from './lab.js';

let pair: Pair;
/** `NODE RESOURCE EVENT…` of every call of hastd's hook since it was emptied last. */
const hooks: string[] = [];
beforeAll(async () => {
  const { hook } = HastResource.prototype;
  vi.spyOn(HastResource.prototype, 'hook').mockImplementation(function (this: HastResource, ...event) {
    hooks.push([this.machine.name, this.name, ...event].join(' '));
    hook.apply(this, event);
  });
  pair = await startPair({ accelerate: 40 });
  expect(await pair.hastconf(['apply', '-y'])).toMatchObject({ code: 0 });
  await pair.on('hasta', 'echo kept >/hast/disk0/data && fsync /hast/disk0/data');
});
afterAll(async () => {
  vi.restoreAllMocks();
  await pair.stop();
});

/** Changes the cluster file; where CI tries a test a second time, it finds the change made. */
const edit = (change: (text: string) => string) => pair.edit(change).catch(() => undefined);

interface PlanDocument {
  interruptionSeconds: number;
  steps: { id: string; impact: string }[];
  drift: { node: string; title: string; drift: string }[];
}

const planJson = async () => JSON.parse((await pair.hastconf(['plan', '--json'])).stdout) as PlanDocument;

/** The storage that was there before has been served all the time: no role of it was ever touched. */
async function expectUndisturbed(): Promise<void> {
  expect(hooks.filter((hook) => / disk0 role/.test(hook))).toEqual([]);
  expect(await pair.on('hasta', 'cat /hast/disk0/data')).toBe('kept\n');
}

async function expectServing(vhid = 1): Promise<void> {
  await expectUndisturbed();
  expect(await pair.on('hasta', 'ifconfig vtnet1')).toContain(`carp: MASTER vhid ${vhid} `);
  // An agent that is busy with a tick of its own may give no answer in time.
  await expect.poll(async () => (await planJson()).steps, { timeout: 20_000 }).toEqual([]);
}

/** Kernel lines of CARP on a node since the last call. */
const seen: Record<string, number> = {};
async function carpLines(node: string): Promise<string[]> {
  const lines = (await pair.on(node, 'grep carp: /var/log/messages')).split('\n').filter(Boolean);
  const fresh = lines.slice(seen[node] ?? 0);
  seen[node] = lines.length;
  return fresh.map((line) => line.replace(/^.*carp: /, ''));
}

async function apply(...consents: string[]): Promise<Ended> {
  hooks.length = 0;
  const ended = await pair.hastconf(['apply', '-y', ...consents.flatMap((one) => ['--destroy', one])]);
  expect(ended, ended.stdout + ended.stderr).toMatchObject({ code: 0 });
  return ended;
}

/** An apply in which something happens as soon as a step has got so far; the storage is as it was. */
async function applyUntil(
  step: string,
  state: 'start' | 'done',
  happen: (abort: () => void) => void,
): Promise<Ended> {
  hooks.length = 0;
  const ended = await pair.hastconf(['apply', '-y', '--json'], {
    onLine: (line, abort) => {
      const { event, id, state: now } = JSON.parse(line) as Record<string, unknown>;
      if (event === 'step' && id === step && now === state) happen(abort);
    },
  });
  await expectUndisturbed();
  return ended;
}

describe('a pair that runs takes', () => {
  it('a changed timeout, a new resource with a pool and a service, while it serves', async () => {
    await edit((text) =>
      text
        .replace('timeout: 10', 'timeout: 20')
        .replace(
          'storage:',
          '  disk2:\n    local: /dev/vtbd3\nstorage:\n  - { type: zfs, pool: lake, layout: stripe, resources: [disk2] }',
        )
        .concat('services:\n  - { type: rc, name: ntpd }\n'),
    );
    const { stdout } = await pair.hastconf(['plan']);
    for (const line of ['-timeout 10', '+timeout 20', '+resource disk2 {'])
      expect(stdout.match(new RegExp(`^ +${line.replaceAll('+', '\\+')}$`, 'gm')), line).toHaveLength(1);
    expect(stdout).toContain('reload: settings change in place: disk0, disk1');
    expect(stdout).toMatch(/reconnect: out of touch for up to 10 s, .*: disk0, disk1/);
    expect(stdout).toMatch(/^The storage stays available\. Replication is away for some seconds\.$/m);
    hooks.length = 0;
    await apply();
    await expectServing();
    expect(await pair.on('hasta', 'hastctl list disk2; zpool list -H -o name')).toMatch(
      /role: primary[\s\S]*status: complete[\s\S]*^lake$/m,
    );
    expect(hooks.filter((hook) => hook.includes('disk2 sync'))).toEqual([]);
    await pair.on('hasta', 'service ntpd onestatus');
    await expect(pair.on('hastb', 'service ntpd onestatus')).rejects.toThrow('exit 1');
    for (const node of NODES) expect(await pair.on(node, 'cat /etc/hast.conf')).toMatch(/^timeout 20$/m);
  });

  it('a changed CARP password without two masters, and shows it nowhere', async () => {
    const file = join(pair.dir, 'lab/carp.password');
    const before = (await readFile(file, 'utf8')).trim();
    await writeFile(file, 'Another_One_0815\n');
    for (const node of NODES) await carpLines(node);
    const shown = await pair.hastconf(['plan', '-v']);
    expect(shown.stdout).toMatch(/-ifconfig_vtnet1_alias0=".* pass \[secret\] /);
    expect(shown.stdout).toMatch(/^The storage stays available\.$/m);
    // Ctrl-C waits until the standby has its address again.
    const ended = await applyUntil('hastb/withdraw/carp', 'done', (abort) => abort());
    expect(ended.code).toBe(130);
    expect(await pair.on('hastb', 'ifconfig vtnet1')).toContain('carp: BACKUP vhid 1 ');
    const last = await apply();
    for (const text of [shown.stdout, last.stdout, last.stderr]) {
      expect(text).not.toContain('Another_One');
      expect(text).not.toContain(before);
    }
    await expectServing();
    for (const node of NODES)
      expect(await pair.on(node, 'ifconfig -k vtnet1; cat /etc/rc.conf')).toMatch(
        /key "Another_One_0815"[\s\S]*pass Another_One_0815 /,
      );
    // The serving node has not even held an election.
    expect(await carpLines('hasta')).toEqual([]);
    expect((await carpLines('hastb')).filter((line) => line.includes('-> MASTER'))).toEqual([]);
  });

  it('another VHID and address, whatever breaks off on the way, with an address never on both', async () => {
    await edit((text) => text.replace('vhid: 1', 'vhid: 12').replace('192.168.50.10', '192.168.50.20'));
    expect((await planJson()).interruptionSeconds).toBe(1);
    const paused = await applyUntil('hasta/pause/agent', 'done', (abort) => abort());
    expect(paused.code).toBe(130);
    const failed = await applyUntil('hasta/carp/12@vtnet1', 'start', () => {
      void pair.lab.fault('fail-command', ['hasta', 'ifconfig']);
    });
    await pair.lab.fault('heal-command', ['hasta', 'ifconfig']);
    expect(failed.code).toBe(1);
    expect(failed.stderr).toContain('hastb is without its CARP address and cannot take over: hastconf apply');
    expect(await pair.on('hasta', 'ifconfig vtnet1')).toContain('carp: MASTER vhid 1 ');
    const lost = await applyUntil('hastb/rejoin/12@vtnet1', 'start', () => {
      void pair.lab.fault('drop-ssh', ['hastb']);
    });
    expect(lost.code).toBe(4);
    await apply();
    await expectServing(12);
    expect((await carpLines('hastb')).filter((line) => line.includes('-> MASTER'))).toEqual([]);
    for (const node of NODES) {
      const left = await pair.on(
        node,
        'ifconfig vtnet1; cat /etc/rc.conf /usr/local/etc/devd/hastconf.conf /usr/local/etc/hastconf/agent.conf',
      );
      expect(left).not.toMatch(/vhid 1 |"1@vtnet1"|vhid='1'|192\.168\.50\.10\b/);
      expect(left.match(/ifconfig_vtnet1_alias/g)).toHaveLength(1);
      expect(await pair.on(node, 'carp-hast-switch status --json')).toContain('"maintenanceUntil":null');
    }
  });

  it('other replication addresses, another name and mount point', async () => {
    await pair.on('hasta', 'echo moved >/hast/disk1/data');
    await edit((text) =>
      text
        .replace('name: lab', 'name: store')
        .replace('replication: 10.77.0.1', 'replication: 192.168.50.11')
        .replace('replication: 10.77.0.2', 'replication: 192.168.50.12')
        .replace('/hast/disk1', '/data/one'),
    );
    await apply();
    // A connected primary that reads other addresses hangs its hastd: the standby lets go before, and comes back.
    const apart = hooks.filter((hook) => /^hastb disk0 role/.test(hook));
    expect(apart).toHaveLength(2);
    hooks.splice(0, hooks.length, ...hooks.filter((hook) => !apart.includes(hook)));
    await expectServing(12);
    expect(await pair.on('hastb', 'hastctl list disk0')).toMatch(
      /remoteaddr: tcp4:\/\/192\.168\.50\.11[\s\S]*status: complete/,
    );
    expect(await pair.on('hasta', 'cat /usr/local/etc/hastconf/known_hosts')).not.toContain('10.77.0.');
    expect(await pair.on('hasta', 'cat /data/one/data; mount -p')).toMatch(
      /^moved\n[\s\S]*\/dev\/hast\/disk1\s+\/data\/one\s+ufs/,
    );
    expect(await pair.on('hasta', 'ls /hast')).toBe('disk0\n');
    await pair.on('hasta', 'service ntpd onestatus');
  });

  it('a resource in place of another, with consent, once nothing uses the pool that goes', async () => {
    await edit((text) =>
      text
        .replace(/ {2}disk2:\n.*\n/, '  more:\n    local: /dev/vtbd3\n')
        .replace(/- \{ type: zfs, pool: lake.*\n/, '- { type: raw, resource: more }\n'),
    );
    const refused = await pair.hastconf(['apply', '-y']);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('--destroy hasta:disk2');
    const consents = NODES.flatMap((node) => [`${node}:disk2`, `${node}:/dev/vtbd3`]);
    const busy = await pair.on('hasta', '(cd /lake && exec sleep 100000) >/dev/null 2>&1 & echo $!');
    const held = await pair.hastconf(['apply', '-y', ...consents.flatMap((one) => ['--destroy', one])]);
    expect(held).toMatchObject({ code: 5 });
    expect(held.stderr).toContain('pool lake is in use');
    for (const node of NODES)
      expect(await pair.on(node, 'carp-hast-switch status --json')).toContain('"maintenanceUntil":null');
    expect(await pair.on('hasta', 'zpool list -H -o name')).toBe('lake\n');
    await pair.on('hasta', `kill ${busy}`);
    await apply(...consents);
    await expectServing(12);
    expect(await pair.on('hasta', 'hastctl status; ls /dev/hast; zpool list -H -o name')).not.toMatch(
      /disk2|lake/,
    );
    expect(await pair.on('hasta', 'hastctl list more')).toMatch(/role: primary[\s\S]*status: complete/);
  });

  it('another disk on the standby, and copies everything to it', async () => {
    await edit((text) =>
      text
        .replace(/ {2}more:\n.*\n/, '')
        .replace(/ *- \{ type: raw, resource: more \}\n/, '')
        .replace(
          'disk1:\n    local: /dev/vtbd2',
          'disk1:\n    local: { hasta: /dev/vtbd2, hastb: /dev/vtbd3 }',
        ),
    );
    await apply('hasta:more', 'hastb:more', 'hastb:/dev/vtbd3');
    await expectServing(12);
    expect(hooks.filter((hook) => hook.startsWith('hasta disk1 sync'))).toEqual([
      'hasta disk1 syncstart',
      'hasta disk1 syncdone',
    ]);
    expect(await pair.on('hastb', 'hastctl list disk1')).toMatch(/localpath: \/dev\/vtbd3/);
  });

  it('no other disk under a primary', async () => {
    await edit((text) => text.replace('hasta: /dev/vtbd2', 'hasta: /dev/vtbd3'));
    const refused = await pair.hastconf(['apply', '-y', '--destroy', 'hasta:/dev/vtbd3']);
    expect(refused).toMatchObject({ code: 5 });
    expect(refused.stderr).toMatch(/disk1 is primary on hasta[\s\S]*carp-hast-switch demote/);
    await edit((text) => text.replace('hasta: /dev/vtbd3', 'hasta: /dev/vtbd2'));
    await expectUndisturbed();
  });
});

it('what was changed by hand is told as drift, and put right', async () => {
  await pair.on(
    'hastb',
    'sed -e "s/timeout 20/timeout 33/" /etc/hast.conf >/tmp/h && cat /tmp/h >/etc/hast.conf',
  );
  await pair.on('hasta', 'sysrc carp_hast_enable=NO; rm /usr/local/etc/devd/hastconf.conf');
  await pair.on('hastb', 'ifconfig vtnet1 inet 192.168.50.20 -alias');
  // The agent has just looked: it starts a service that has stopped again half a minute later.
  await pair.on('hasta', 'date +%s >/var/run/hastconf/services.checked; service ntpd onestop');
  const { drift } = await planJson();
  const told = drift.map(({ node, title, drift: what }) => `${node}: ${title}: ${what}`);
  const since = 'since the apply of 20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d UTC';
  for (const line of [
    `hastb: Change /etc/hast.conf: changed ${since}`,
    `hasta: Change /etc/rc.conf: carp_hast_enable in /etc/rc.conf: changed ${since}`,
    `hasta: Write /usr/local/etc/devd/hastconf.conf: removed ${since}`,
    'hastb: Put the CARP address 192.168.50.20 on vtnet1: taken off or changed since the last apply',
    'hasta: Start service ntpd: it lives on the storage that is served here, and does not run',
  ])
    expect(told).toContainEqual(expect.stringMatching(new RegExp(`^${line}$`)));
  expect(told).toHaveLength(5);
  expect((await pair.hastconf(['plan'])).stdout).toMatch(/^ {4}drift: changed since the apply of /m);
  await apply();
  await expectServing(12);
});
