import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { HAST_CONF, type Pair, pass, startHastPair } from '../node-double.js';

let pair: Pair;
afterEach(() => pair.stop());

async function dirty(node: string): Promise<number> {
  const list = await pair.run(node, 'hastctl list disk0');
  return Number(/^ {2}dirty: (\d+)/m.exec(list.stdout)?.[1]);
}

async function status(node: string): Promise<string> {
  const { stdout } = await pair.run(node, 'hastctl status disk0');
  return stdout.split('\n')[1]?.split(/\s+/).slice(1, 3).join(' ') ?? '';
}

async function counters(node: string): Promise<string> {
  const { stdout } = await pair.run(node, 'hastctl dump disk0');
  const value = (name: string): string => new RegExp(`${name}: (\\S+)`).exec(stdout)?.[1] ?? '';
  return `${value('localcnt')} ${value('remotecnt')} ${value('prevrole')}`;
}

async function connected(): Promise<void> {
  await pair.run('hastb', 'hastctl role secondary disk0');
  await pair.run('hasta', 'hastctl role primary disk0');
  await pass(pair, 1);
}

async function mountOn(node: string): Promise<void> {
  await mkdir(`${pair.dir}/${node}/root/hast/disk0`, { recursive: true });
  expect(await pair.run(node, 'mount /dev/hast/disk0 /hast/disk0')).toMatchObject({ code: 0, stderr: '' });
}

async function store(node: string, name: string, text: string): Promise<void> {
  await pair.write(node, `/hast/disk0/${name}`, text);
  expect((await pair.run(node, `fsync /hast/disk0/${name}`)).code).toBe(0);
}

/** A connected pair with a mounted file system on hasta. */
async function serving(): Promise<void> {
  await connected();
  await pair.run('hasta', 'newfs -U -j /dev/hast/disk0');
  await mountOn('hasta');
}

/** What the peer of a dead primary does: the reject route, the role, fsck, mount. */
async function takeOver(node: string, peer: string): Promise<void> {
  await pair.run(node, `route -q add -host ${peer} 127.0.0.1 -reject`);
  await pair.run(node, 'hastctl role primary disk0');
  expect((await pair.run(node, 'fsck -p -y -t ufs /dev/hast/disk0')).code).toBe(0);
  await mountOn(node);
}

describe('first connection', () => {
  it('is complete at once and copies nothing when the secondary has its role first', async () => {
    pair = await startHastPair();
    await connected();
    expect(await status('hasta')).toBe('complete primary');
    expect(await status('hastb')).toBe('complete secondary');
    expect(await dirty('hasta')).toBe(0);
    expect(await counters('hasta')).toBe('0 0 primary');
    expect(await counters('hastb')).toBe('0 0 secondary');
  });

  it('comes only at the next ten seconds when the primary was first, and copies what was written', async () => {
    pair = await startHastPair({ syncBytesPerSecond: 4 * 1024 * 1024 });
    await pair.run('hasta', 'hastctl role primary disk0');
    await pair.run('hasta', 'newfs -U -j /dev/hast/disk0');
    const written = await dirty('hasta');
    expect(written).toBeGreaterThan(0);
    await pair.run('hastb', 'hastctl role secondary disk0');
    await pass(pair, 5);
    expect(await status('hasta')).toBe('degraded primary');
    await pass(pair, 6);
    expect(await status('hasta')).toBe('complete primary');
    expect(await dirty('hasta')).toBeLessThan(written);
    await pass(pair, 10);
    expect(await dirty('hasta')).toBe(0);
  });

  it('stays degraded for ever when the sizes differ, and the secondary worker exits 75', async () => {
    pair = await startHastPair();
    await pair.run('hastb', 'hastctl create -m 256m disk0');
    await connected();
    await pass(pair, 30);
    expect(await status('hasta')).toBe('degraded primary');
    expect(await pair.read('hastb', '/var/log/messages')).toMatch(
      /exited ungracefully \(pid=\d+, exitcode=75\)/,
    );
  });
});

describe('hazards', () => {
  it('takes the role back to init when there is no metadata, after having accepted it', async () => {
    pair = await startHastPair();
    await writeFile(`${pair.dir}/hasta/root/dev/vtbd1`, Buffer.alloc(1024 * 1024), { flag: 'r+' });
    expect((await pair.run('hasta', 'hastctl role primary disk0')).code).toBe(0);
    await pass(pair, 2);
    expect(await status('hasta')).toBe('- init');
    expect(await pair.read('hasta', '/var/log/messages')).toContain(
      'Unable to read metadata from /dev/vtbd1: No such file or directory.',
    );
  });

  it('lets create succeed on a running primary', async () => {
    pair = await startHastPair();
    await connected();
    expect((await pair.run('hasta', 'hastctl create disk0')).code).toBe(0);
    expect(await counters('hasta')).toBe('0 0 init');
    expect(await status('hasta')).toBe('complete primary');
  });
});

describe('a primary that dies', () => {
  it('leaves every fsynced byte to the secondary, which may serve within a second with a reject route', async () => {
    pair = await startHastPair();
    await serving();
    await store('hasta', 'f', 'kept');
    await pair.world.powerCut('hasta');
    const start = pair.clock.now();
    await takeOver('hastb', '10.77.0.1');
    expect(pair.clock.now() - start).toBeLessThan(2000);
    expect(await pair.read('hastb', '/hast/disk0/f')).toBe('kept');
    expect(await status('hastb')).toBe('degraded primary');
  });

  it('blocks the new primary for the time limit when nothing refuses the connection', async () => {
    pair = await startHastPair();
    await serving();
    await pair.world.powerCut('hasta');
    const start = pair.clock.now();
    await pair.run('hastb', 'hastctl role primary disk0');
    await pair.run('hastb', 'fsck -p -t ufs /dev/hast/disk0');
    expect((pair.clock.now() - start) / 1000).toBeGreaterThan(19.9);
    expect((pair.clock.now() - start) / 1000).toBeLessThan(22);
  });

  it('is dropped by an idle secondary after 20 seconds of silence', async () => {
    pair = await startHastPair();
    await connected();
    await pair.world.powerCut('hasta');
    await pass(pair, 19);
    expect(await status('hastb')).toBe('complete secondary');
    await pass(pair, 2);
    expect(await status('hastb')).toBe('- secondary');
  });

  it('takes over what it missed when it returns as secondary', async () => {
    pair = await startHastPair();
    await serving();
    await pair.world.powerCut('hasta');
    await takeOver('hastb', '10.77.0.1');
    await store('hastb', 'new', 'x'.repeat(5_000_000));
    expect(await counters('hastb')).toBe('1 0 primary');
    expect(await dirty('hastb')).toBeGreaterThan(5_000_000);
    await pair.world.boot('hasta');
    expect(await status('hasta')).toBe('- init');
    await pair.run('hastb', 'route -q delete -host 10.77.0.1');
    await pair.run('hasta', 'hastctl role secondary disk0');
    await pass(pair, 12);
    expect(await dirty('hastb')).toBe(0);
    await pair.run('hastb', 'umount /hast/disk0');
    await pair.run('hastb', 'hastctl role secondary disk0');
    await pair.run('hasta', 'hastctl role primary disk0');
    await mountOn('hasta');
    expect(await pair.read('hasta', '/hast/disk0/new')).toHaveLength(5_000_000);
  });

  it('hangs for ever when it is made primary again over a peer that took over', async () => {
    pair = await startHastPair();
    await serving();
    await pair.world.powerCut('hasta');
    await takeOver('hastb', '10.77.0.1');
    await store('hastb', 'new', 'newer');
    await pair.run('hastb', 'route -q delete -host 10.77.0.1');
    await pair.run('hastb', 'umount /hast/disk0');
    await pair.run('hastb', 'hastctl role secondary disk0');
    await pair.world.boot('hasta');
    await pair.run('hasta', 'hastctl role primary disk0');
    await pass(pair, 1);
    expect(await status('hasta')).toBe('complete primary');
    expect(await dirty('hasta')).toBe(0);
    expect(await counters('hasta')).toBe('0 1 primary');
    expect(await counters('hastb')).toBe('1 0 secondary');
    const given = new AbortController();
    const read = pair.run('hasta', 'fstyp /dev/hast/disk0', { signal: given.signal });
    await pass(pair, 600);
    given.abort();
    expect((await read).code).toBe(137);
  });
});

describe('split-brain', () => {
  /** hasta crashed as primary, hastb took over and wrote, hasta came back and serves again. */
  async function returned(staleFirst: boolean): Promise<void> {
    await serving();
    await pair.world.powerCut('hasta');
    await takeOver('hastb', '10.77.0.1');
    await store('hastb', 'before', 'b');
    await pair.run('hastb', 'route -q delete -host 10.77.0.1');
    await pair.run('hastb', 'umount /hast/disk0');
    await pair.world.boot('hasta');
    if (staleFirst) {
      await pair.run('hastb', 'hastctl role secondary disk0');
      await pair.run('hasta', 'hastctl role primary disk0');
      await pass(pair, 1);
      await pair.world.powerCut('hasta');
      await pair.world.boot('hasta');
      await pair.run('hastb', 'hastctl role primary disk0');
    }
    await pair.run('hasta', 'hastctl role secondary disk0');
    await pass(pair, 12);
    await pair.run('hastb', 'hastctl role secondary disk0');
    await pair.run('hasta', 'hastctl role primary disk0');
    await mountOn('hasta');
  }

  async function bothWrite(): Promise<void> {
    await pair.world.fault('cut-link', ['replication']);
    await pass(pair, 1);
    await store('hasta', 'onA', 'a');
    await takeOver('hastb', '10.77.0.1');
    await store('hastb', 'onB', 'b');
  }

  it('is missed, and the second copy overwritten, as it was measured', async () => {
    pair = await startHastPair();
    await returned(true);
    await bothWrite();
    expect(await counters('hasta')).toBe('1 1 primary');
    expect(await counters('hastb')).toBe('1 0 primary');
    await pair.run('hastb', 'route -q delete -host 10.77.0.1');
    await pair.world.fault('restore-link', ['replication']);
    await pass(pair, 11);
    expect(await pair.read('hasta', '/var/log/messages')).toContain(
      'We act as primary for the resource and not as secondary as requested by tcp://10.77.0.2:',
    );
    await pair.run('hastb', 'umount /hast/disk0');
    await pair.run('hastb', 'hastctl role secondary disk0');
    await pass(pair, 13);
    expect(await status('hastb')).toBe('complete secondary');
    await pair.run('hasta', 'umount /hast/disk0');
    await pair.run('hasta', 'hastctl role secondary disk0');
    await pair.run('hastb', 'hastctl role primary disk0');
    await mountOn('hastb');
    expect((await readdir(`${pair.dir}/hastb/root/hast/disk0`)).sort()).toEqual(['.snap', 'before', 'onA']);
  });

  it('is seen when both have counted on from the same point: the secondary worker exits 78, again and again', async () => {
    pair = await startHastPair();
    await returned(false);
    await bothWrite();
    await pair.run('hastb', 'route -q delete -host 10.77.0.1');
    await pair.world.fault('restore-link', ['replication']);
    await pair.run('hastb', 'umount /hast/disk0');
    await pair.run('hastb', 'hastctl role secondary disk0');
    await pass(pair, 25);
    const messages = await pair.read('hastb', '/var/log/messages');
    expect(messages.match(/exitcode=78/g)?.length).toBeGreaterThanOrEqual(2);
    expect(await status('hasta')).toBe('degraded primary');
    expect(await readdir(`${pair.dir}/hasta/root/hast/disk0`)).toContain('onA');
  });

  it('ends with a full synchronisation when the loser is created anew', async () => {
    pair = await startHastPair({ syncBytesPerSecond: 128 * 1024 * 1024 });
    await serving();
    await pair.run('hastb', 'hastctl role init disk0');
    await pair.run('hastb', 'hastctl create disk0');
    await pair.run('hastb', 'hastctl role secondary disk0');
    const seen: number[] = [];
    for (let poll = 0; poll < 40; poll++) {
      await pass(pair, 0.5);
      const now = await dirty('hasta');
      if (now > 0) seen.push(now);
    }
    expect(seen.length).toBeGreaterThan(3);
    expect(seen).toEqual([...seen].sort((a, b) => b - a));
    expect(seen[0]).toBeGreaterThan(300 * 1024 * 1024);
    expect(await dirty('hasta')).toBe(0);
  });
});

describe('hooks, reload and torn mounts', () => {
  const withHook = HAST_CONF.replace('{', '{\n\texec /root/hook.sh');

  it('calls the hook with the words that were measured, and only after the late reload', async () => {
    pair = await startHastPair();
    for (const node of ['hasta', 'hastb']) {
      await pair.write(node, '/root/hook.sh', '#!/bin/sh\n');
      await pair.write(node, '/etc/hast.conf', withHook);
      await pair.run(node, 'service hastd reload');
    }
    await pass(pair, 6);
    expect(await pair.read('hasta', '/var/log/daemon.log')).toContain(
      'Resource disk0 configuration was modified, reloading it.',
    );
    await connected();
    await pair.world.fault('cut-link', ['replication']);
    await pass(pair, 1);
    await pair.world.fault('restore-link', ['replication']);
    await pass(pair, 12);
    const calls = (node: string): string[] =>
      pair.execs.filter((one) => one.node === node).map((one) => one.words.slice(1).join(' '));
    expect(calls('hasta')).toEqual([
      'role disk0 init primary',
      'connect disk0',
      'disconnect disk0',
      'connect disk0',
    ]);
    expect(calls('hastb')[0]).toBe('role disk0 init secondary');
  });

  it('tears the device from a mounted file system, and only umount -f gets rid of it', async () => {
    pair = await startHastPair();
    await serving();
    await store('hasta', 'f', 'cached');
    expect((await pair.run('hasta', 'hastctl role secondary disk0')).code).toBe(0);
    expect((await pair.run('hasta', 'mount')).stdout).toContain('/dev/hast/disk0 on /hast/disk0');
    expect(await pair.read('hasta', '/hast/disk0/f')).toBe('cached');
    expect((await pair.run('hasta', 'umount /hast/disk0')).code).toBe(1);
    expect((await pair.run('hasta', 'umount -f /hast/disk0')).code).toBe(0);
  });
});
