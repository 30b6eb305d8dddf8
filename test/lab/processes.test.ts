import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Lab, startLab } from '../../src/lab/lab.js';
import { connect } from '../../src/remote/connect.js';
import type { Target } from '../../src/remote/target.js';
import { loadSpec } from '../../src/spec/load.js';

let lab: Lab;
const dir = mkdtempSync(join(tmpdir(), 'hastconf-lab-processes-'));
beforeAll(async () => {
  lab = await startLab({ dir, accelerate: 20 });
});
afterAll(async () => {
  await lab.stop();
  rmSync(dir, { recursive: true, force: true });
});

const sh = async (script: string) => {
  const { code, stdout, stderr } = await lab.exec('hasta', script);
  return `${stdout}${stderr}[${code}]`;
};
/** Commands of the node's own processes whose words match. */
const running = async (pattern: RegExp) =>
  ((await lab.node('hasta').host.processes()) ?? [])
    .map(({ words }) => words.join(' '))
    .filter((words) => pattern.test(words));

describe('real processes of a node', () => {
  it('are seen by pgrep and ps with their parents, groups and words', async () => {
    expect(
      await sh(
        'daemon -f /bin/sh -c "while :; do sleep 70000; done"; until pgrep -f "^sleep 700"; do :; done',
      ),
    ).toMatch(/^\d+\n\[0\]$/);
    // A child that has not yet become sleep has its parent's words.
    await expect
      .poll(() => sh('pgrep -f "while :; do sleep 700" >/tmp/p; wc -l </tmp/p | tr -d " "'))
      .toBe('1\n[0]');
    const [pid = '', ppid = '', pgid = ''] = (
      await sh('ps -o pid=,ppid=,pgid= -p $(pgrep -f "^sleep 700") | tr -s " "')
    )
      .trim()
      .split(/[ \n[]/);
    const parent = await sh('pgrep -f "^/bin/sh -c while"');
    expect(parent).toBe(`${ppid}\n[0]`);
    expect(pgid).toBe(ppid);
    expect(Number(pid)).toBeGreaterThan(Number(ppid));
    expect(await sh('ps -o pgid= -p $$ | tr -d " "; echo $$')).toMatch(/^(\d+)\n\1\n\[0\]$/);
    await sh('pkill -f "while :; do sleep 700"');
    await expect.poll(() => running(/do sleep 700/)).toEqual([]);
  });

  it('pgrep and pkill leave out themselves and the shells above them', async () => {
    expect(await sh('pgrep -f nobody-else; echo $?')).toBe('1\n[0]');
    expect(await sh('pkill -KILL -f nobody-else; echo alive')).toBe('alive\n[0]');
  });

  it('nothing of the lab itself is among them', async () => {
    const found = await running(/./);
    expect(found.filter((words) => /\.lab|nsenter|unshare|setsid|\/bin\/cat/.test(words))).toEqual([]);
  });

  it('a working directory and an open file keep a file system busy', async () => {
    await sh('newfs /dev/vtbd3; mkdir /mnt; mount /dev/vtbd3 /mnt; echo x >/mnt/x');
    for (const [user, how] of [
      ['cd /mnt && sleep 1000', 'cwd'],
      ['exec 3</mnt/x; sleep 1000', 'open'],
    ] as const) {
      await sh(`daemon -f /bin/sh -c "${user}"; until fuser -c /mnt; do :; done 2>/dev/null`);
      expect(await sh('umount /mnt'), how).toBe('umount: unmount of /mnt failed: Device busy\n[1]');
      await sh('fuser -k -c -s TERM /mnt');
      await expect.poll(() => sh('fuser -c /mnt 2>/dev/null')).toBe('[1]');
    }
    expect(await sh('umount /mnt')).toBe('[0]');
  });
});

describe('a script that hastconf gave up', () => {
  let target: Target;
  beforeAll(async () => {
    const [node] = (await loadSpec(lab.clusterFile)).nodes;
    if (!node) throw new Error('the lab’s cluster file names no node');
    target = await connect(node, { acceptNewHostKeys: false, knownHostsFiles: [join(dir, 'known_hosts')] });
  });
  afterAll(() => target.close());

  it('is ended on the node with what it had started', async () => {
    const given = target.script('sleep 90001 & sleep 90002; echo unreachable', { timeoutMs: 300 });
    await expect(given).rejects.toMatchObject({ exit: 6 });
    await expect.poll(() => running(/sleep 9000[12]|unreachable/)).toEqual([]);
    expect((await target.script('echo still here')).stdout).toBe('still here\n');
  });

  it('also when it is broken off by its signal', async () => {
    const controller = new AbortController();
    const given = target.script('sleep 90003', { signal: controller.signal });
    await expect.poll(() => running(/sleep 90003/)).not.toEqual([]);
    controller.abort();
    await expect(given).rejects.toBeDefined();
    await expect.poll(() => running(/sleep 90003/)).toEqual([]);
  });
});
