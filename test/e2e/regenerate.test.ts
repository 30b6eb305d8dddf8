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
  pair = await startPair();
  expect(await pair.hastconf(['apply', '-y'])).toMatchObject({ code: 0 });
  await pair.on('hasta', 'echo kept >/hast/disk0/data && fsync /hast/disk0/data');
});
afterAll(async () => {
  vi.restoreAllMocks();
  await pair.stop();
});

const planned = async () => (await pair.hastconf(['plan', '--detailed-exitcode'])).code;

/** The storage that was there before has been served all the time: no role of it was ever touched. */
async function expectUndisturbed(): Promise<void> {
  expect(hooks.filter((hook) => / disk[01] role/.test(hook))).toEqual([]);
  const served = await pair.on('hasta', 'cat /hast/disk0/data; mount -p; ifconfig vtnet1');
  expect(served).toMatch(/^kept\n/);
  expect(served).toMatch(/^\/dev\/hast\/disk1\s+\/hast\/disk1\s/m);
  expect(served).toMatch(/carp: MASTER vhid 1/);
}

/** Applies until nothing is left, cut off after every single step. */
async function applyStepByStep(): Promise<{ rounds: number; last: Ended }> {
  for (let rounds = 1; ; rounds++) {
    const last = await pair.hastconf(['apply', '-y', '--json'], {
      onLine: (line, abort) => {
        if (/"event":"step".*"state":"done"/.test(line)) abort();
      },
    });
    if (last.code !== 130) return { rounds, last };
    await expectUndisturbed();
  }
}

describe('a pair that runs', () => {
  it('takes a changed timeout and a new resource, cut off after every step, while it serves', async () => {
    await pair.edit((text) =>
      text
        .replace('timeout: 10', 'timeout: 20')
        .replace(
          'storage:',
          '  disk2:\n    local: /dev/vtbd3\nstorage:\n  - { type: ufs, resource: disk2, mountpoint: /hast/disk2 }',
        ),
    );
    const { code, stdout } = await pair.hastconf(['plan', '--detailed-exitcode']);
    expect(code).toBe(7);
    for (const line of ['-timeout 10', '+timeout 20', '+resource disk2 {'])
      expect(stdout.match(new RegExp(`^ +${line.replaceAll('+', '\\+')}$`, 'gm')), line).toHaveLength(1);
    expect(stdout).toContain('+ newfs -U -j /dev/hast/disk2 (for /hast/disk2)');
    hooks.length = 0;
    const { rounds, last } = await applyStepByStep();
    expect(last, last.stderr).toMatchObject({ code: 0 });
    expect(rounds).toBeGreaterThan(6);
    await expectUndisturbed();
    expect(await planned()).toBe(0);
    expect(await pair.on('hasta', 'hastctl list disk2; mount -p')).toMatch(
      /role: primary[\s\S]*status: complete[\s\S]*\/dev\/hast\/disk2\s+\/hast\/disk2\s+ufs/,
    );
    expect(await pair.on('hastb', 'hastctl list disk2')).toMatch(/role: secondary[\s\S]*status: complete/);
    expect(hooks.filter((hook) => hook.includes('disk2 sync'))).toEqual([]);
    for (const node of NODES) expect(await pair.on(node, 'cat /etc/hast.conf')).toMatch(/^timeout 20$/m);
  });

  it('takes a changed CARP password, and shows it nowhere', async () => {
    const file = join(pair.dir, 'lab/carp.password');
    const before = (await readFile(file, 'utf8')).trim();
    await writeFile(file, 'Another_One_0815\n');
    hooks.length = 0;
    const shown = await pair.hastconf(['plan', '-v']);
    expect(shown.stdout).toMatch(/-ifconfig_vtnet1_alias0=".* pass \[secret\] /);
    const last = await pair.hastconf(['apply', '-y']);
    expect(last, last.stderr).toMatchObject({ code: 0 });
    for (const text of [shown.stdout, last.stdout, last.stderr]) {
      expect(text).not.toContain('Another_One');
      expect(text).not.toContain(before);
    }
    await expectUndisturbed();
    expect(await planned()).toBe(0);
    for (const node of NODES)
      expect(await pair.on(node, 'ifconfig vtnet1; cat /etc/rc.conf')).toMatch(/pass Another_One_0815 /);
  });

  it('gives a resource up only with consent, and lets go of its file system first', async () => {
    await pair.edit((text) =>
      text.replace(/ {2}disk2:\n.*\n/, '').replace(/ {2}- \{ type: ufs, resource: disk2.*\n/, ''),
    );
    const refused = await pair.hastconf(['apply', '-y']);
    expect(refused.code).toBe(5);
    expect(refused.stderr).toContain('--destroy hasta:disk2');
    await expectUndisturbed();
    const consent = ['--destroy', 'hasta:disk2', '--destroy', 'hastb:disk2'];
    expect(await pair.hastconf(['apply', '-y', ...consent])).toMatchObject({ code: 0 });
    await expectUndisturbed();
    expect(await pair.on('hasta', 'mount -p; hastctl status; ls /dev/hast')).not.toContain('disk2');
    expect(await planned()).toBe(0);
  });
});
