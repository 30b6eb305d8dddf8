import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { gather } from '../../src/facts/gather.js';
import type { NodeFacts } from '../../src/facts/types.js';
import type { Target } from '../../src/remote/target.js';
import { FakeNode, type Programs } from './fake-node.js';
import { files, HOSTS, programs, programsWith, request } from './hasta.js';

const nodes: FakeNode[] = [];
/** A ping that waits its second in vain. */
const dead = { sh: 'sleep 1; exit 2' };

async function facts(
  changes: Programs = {},
  moreFiles: Record<string, string | Buffer> = {},
): Promise<NodeFacts> {
  const node = await FakeNode.create(programsWith(changes), { ...files, ...moreFiles });
  nodes.push(node);
  return gather(node.target('hasta'), request);
}

afterEach(async () => {
  await Promise.all(nodes.splice(0).map((node) => node.remove()));
});

describe('gather', () => {
  it('learns everything about the measured node in one script, and nothing is asked that it cannot answer', async () => {
    const node = await FakeNode.create(programs, files);
    nodes.push(node);
    const before = Date.now();
    const all = await gather(node.target('hasta'), request);
    expect(await node.unexpected()).toEqual([]);
    expect(all.unanswered).toBeUndefined();
    expect(all).toMatchObject({
      node: 'hasta',
      os: { release: '13.2-RELEASE', osreldate: 1302001, arch: 'amd64' },
      identity: { hostname: 'hasta', hostuuid: 'f0fcee35-56b7-426d-86f7-6df55d5a877c', hostid: '3365214495' },
      uid: 0,
      defaultGateway: '10.0.2.2',
      ping: { '10.77.0.2': true, '192.168.50.99': false },
      modules: { carp: true, g_gate: true, zfs: false },
      zfs: { loaded: false, pools: [], volumes: [] },
      sysctls: { 'net.inet.carp.preempt': '0', 'net.inet.carp.nosuch': undefined },
      services: {
        hastd: { exists: true, enabled: false, running: true },
        devd: { exists: true, enabled: true, running: false },
        carp_hast: { exists: false, enabled: false, running: false },
      },
      directories: {
        '/usr/local/etc': { empty: false, available: 422100 * 1024 },
        '/hast/disk0': { empty: false, available: 401732 * 1024 },
        '/var/db/nosuch': undefined,
      },
      hastDevices: [{ name: 'disk0', content: 'ufs' }],
      hostKeys: ['ssh-ed25519 AAAAC3NzaC1lZDI1NTE5'],
      agentPublicKey: 'ssh-ed25519 AAAAC3Nza agent@hasta',
      lock: '{"who":"root"}',
      peerUser: false,
      programs: { hastctl: true, sysrc: true, hastd: false },
    });
    expect(all.clock.epoch).toBe(1795172149);
    expect(all.clock.askedAtMs).toBeGreaterThanOrEqual(before);
    expect(all.clock.answeredAtMs).toBeGreaterThanOrEqual(all.clock.askedAtMs);
    expect(all.rc.hostname).toBe('hasta');
    expect(all.interfaces[0]!.carp[0]).toEqual({ vhid: 1, state: 'BACKUP', advbase: 1, advskew: 0 });
  });

  it('brings files byte for byte, with owner and mode', async () => {
    const all = await facts();
    expect(all.files['/etc/hosts']).toEqual({ content: HOSTS, owner: 'root', group: 'wheel', mode: 0o644 });
    expect(all.files['/etc/hast.conf']).toEqual({
      content: 'resource disk0 {\n}\n',
      owner: 'root',
      group: 'wheel',
      mode: 0o600,
    });
    expect(all.files['/usr/local/etc/hastconf/agent.conf']).toBeUndefined();
    expect(Object.keys(all.files)).not.toContain('/etc/devd.conf');
  });

  it('tells HAST, blank disks, disks in use and missing ones apart', async () => {
    const all = await facts();
    expect(all.providers['/dev/vtbd1']).toEqual({
      path: '/dev/vtbd1',
      exists: true,
      mediaSize: 536870912,
      sectorSize: 512,
      open: { read: 2, write: 1, exclusive: 0 },
      uses: [],
      hastMetadata: { resource: 'disk0' },
    });
    expect(all.providers['/dev/vtbd9']).toEqual({ path: '/dev/vtbd9', exists: false, uses: [] });
    expect(all.disks.map((disk) => disk.path)).toEqual([
      '/dev/vtbd0',
      '/dev/vtbd1',
      '/dev/vtbd2',
      '/dev/vtbd3',
    ]);
    expect(all.disks[0]!.uses.map((use) => use.kind)).toEqual(['mounted', 'partition-table']);
    expect(all.disks[1]).toEqual(all.providers['/dev/vtbd1']);
    expect(all.disks[2]!.uses).toEqual([{ kind: 'filesystem', detail: 'ufs file system' }]);
    expect(all.disks[3]!.uses).toEqual([]);
  });

  it('reads roles and metadata', async () => {
    const { hast } = await facts();
    expect(hast).toMatchObject({ running: true, configExit: 65 });
    expect(hast.resources.disk0).toMatchObject({ role: 'primary', status: 'complete', workerPid: 810 });
    expect(hast.metadata.disk0).toMatchObject({ resuid: '9011114991972106059', localoff: 4608 });
    expect(hast.metadata.disk9).toBeUndefined();
  });

  it('does not believe metadata that hast.conf reads from another disk', async () => {
    const all = await facts({}, { '/dev/vtbd1': Buffer.alloc(4096) });
    expect(all.hast.metadata.disk0).toBeUndefined();
    expect(all.providers['/dev/vtbd1']!.hastMetadata).toBeUndefined();
  });
});

describe('gather on a node that is not set up', () => {
  it.each([
    ['No such file or directory', 71],
    ['Connection refused', 71],
  ])('hastd is off: %s', async (reason, code) => {
    const err = `[ERROR] Unable to connect to hastd via /var/run/hastctl: ${reason}.\n`;
    const { hast, unanswered } = await facts({ hastctl: { list: { err, code } } });
    expect(hast).toMatchObject({ running: false, resources: {}, error: err.trim() });
    expect(hast.metadata.disk0).toBeDefined();
    expect(unanswered).toBeUndefined();
  });

  it.each([
    [72, '[ERROR] Unable to open configuration file /etc/hast.conf: No such file or directory.\n'],
    [78, "[ERROR] Unable to parse configuration file at line 1 near 'on': syntax error\n"],
  ])('hast.conf is missing or invalid (%i): no dump is tried', async (code, err) => {
    const { hast } = await facts({
      hastctl: {
        list: { err, code },
        'dump -c /etc/hast.conf __nosuch__': { err, code },
        'dump disk0': { code: 99 },
      },
    });
    expect(hast).toMatchObject({ running: false, configExit: code, error: err.trim() });
    expect(hast.metadata).toEqual({ disk0: undefined, disk9: undefined });
  });

  it('asks status where hastctl has no list (before 9.2)', async () => {
    const long =
      'disk0:\n  role: secondary\n  localpath: /dev/vtbd1\n  extentsize: 2097152\n  keepdirty: 0\n  dirty: 0 bytes\n';
    const { hast } = await facts({
      hastctl: { list: { err: 'usage: hastctl create …\n', code: 64 }, status: long },
    });
    expect(hast.running).toBe(true);
    expect(hast.resources.disk0).toMatchObject({ role: 'secondary', localPath: '/dev/vtbd1' });
  });

  it('calls no zfs program unless the module is loaded (measured 3.11)', async () => {
    const zfs: Programs = {
      kldstat: { '-q -m zfs': '' },
      zpool: {
        'list -Hp -o name,size,free,health': 'tank\t503316480\t502728704\tONLINE\n',
        'status -P': { err: "invalid option 'P'\n", code: 2 },
        status: '  pool: tank\nconfig:\n\n\tNAME     STATE\n\ttank     ONLINE\n\t  vtbd3  ONLINE\n',
      },
      zfs: { 'list -Hp -t volume -o name,volsize': 'tank/vol0\t209715200\n' },
    };
    const loaded = await facts(zfs);
    expect(loaded.zfs).toEqual({
      loaded: true,
      pools: [
        {
          name: 'tank',
          size: 503316480,
          free: 502728704,
          health: 'ONLINE',
          vdevs: [{ kind: 'disk', devices: ['/dev/vtbd3'] }],
        },
      ],
      volumes: [{ name: 'tank/vol0', size: 209715200 }],
    });
    expect(loaded.disks[3]!.uses).toEqual([{ kind: 'zpool', detail: 'member of pool tank (/dev/vtbd3)' }]);
    const node = await FakeNode.create(programsWith({ zpool: {}, zfs: {} }), files);
    nodes.push(node);
    expect((await gather(node.target('hasta'), request)).zfs.loaded).toBe(false);
    expect(await node.unexpected()).toEqual([]);
  });

  it('reads rc.conf itself and devd.conf where the release is old', async () => {
    const { sysrc: _, ...withoutSysrc } = programsWith({ sysctl: { '-n kern.osreldate': '901000\n' } });
    const stat = { '-L -f %Su %Sg %Lp %z /etc/devd.conf': 'root wheel 644 25\n' };
    const node = await FakeNode.create({ ...withoutSysrc, stat: { ...withoutSysrc.stat, ...stat } }, files);
    nodes.push(node);
    const all = await gather(node.target('hasta'), request);
    expect(all.rc).toEqual({ hostname: 'hasta' });
    expect(all.programs.sysrc).toBe(false);
    expect(all.files['/etc/devd.conf']?.content).toBe('not read on this release\n');
  });
});

describe('gather where something fails', () => {
  it('names what was not answered, and knows the rest', async () => {
    const all = await facts({ ifconfig: { '-a': { err: 'ifconfig: broken\n', code: 1 } } });
    expect(all.unanswered).toEqual([{ subject: 'ifconfig -a', message: 'ifconfig: broken' }]);
    expect(all.interfaces).toEqual([]);
    expect(all.os.release).toBe('13.2-RELEASE');
  });

  it('marks files that must not be rewritten', async () => {
    const tooLarge = await facts(
      { stat: { '-L -f %Su %Sg %Lp %z /etc/hosts': 'root wheel 644 1048577\n' } },
      { '/etc/hosts': 'x'.repeat(1024 * 1024 + 1) },
    );
    expect(tooLarge.files['/etc/hosts']).toMatchObject({ content: '', error: 'larger than 1048576 bytes' });
    expect(tooLarge.unanswered).toBeUndefined();
    const latin1 = await facts({}, { '/etc/hosts': Buffer.from('# caf\xe9\n', 'latin1') });
    expect(latin1.files['/etc/hosts']!.error).toContain('not UTF-8');
  });

  it('leaves a device behind that blocks its reader, and goes on', async () => {
    // Ignores TERM and outlives timeout's KILL through its child, like a reader in the kernel.
    const stuck = { sh: 'setsid sh -c \'trap "" TERM; sleep 20\' & wait' };
    const started = Date.now();
    const all = await facts({ fstyp: { '-u /dev/hast/disk1': stuck } }, { '/dev/hast/disk1': '' });
    expect(Date.now() - started).toBeLessThan(15_000);
    expect(all.hastDevices).toEqual([
      { name: 'disk0', content: 'ufs' },
      { name: 'disk1', hung: true },
    ]);
    expect(all.services.hastd!.running).toBe(true);
  });

  it('waits for the dead side by side', async () => {
    const node = await FakeNode.create(
      programsWith({
        ping: {
          '-q -o -c5 -i 0.5 -t5 192.0.2.1': dead,
          '-q -o -c5 -i 0.5 -t5 192.0.2.2': dead,
          '-q -o -c5 -i 0.5 -t5 192.0.2.3': dead,
        },
      }),
      files,
    );
    nodes.push(node);
    const started = Date.now();
    const addresses = ['192.0.2.1', '192.0.2.2', '192.0.2.3', '10.77.0.2'];
    const all = await gather(node.target('hasta'), { ...request, ping: addresses });
    expect(Date.now() - started).toBeLessThan(2_800);
    expect(Object.values(all.ping)).toEqual([false, false, false, true]);
  });

  it('reads the agent, and says why it has no answer', async () => {
    const path = '/usr/local/sbin/carp-hast-switch';
    const answer = '{"version":"1","node":"hasta","state":"standby","fresh":"yes","epoch":2}';
    const answering = await FakeNode.create(programs, {
      ...files,
      [path]: `#!/bin/sh\necho '${answer}'; exit 1\n`,
    });
    const silent = await FakeNode.create(programs, {
      ...files,
      [path]: '#!/bin/sh\necho "no record" >&2; exit 3\n',
    });
    nodes.push(answering, silent);
    await Promise.all([answering, silent].map((node) => chmod(join(node.root, path), 0o755)));
    const good = await gather(answering.target('hasta'), request);
    expect(good.agent).toEqual(JSON.parse(answer));
    expect(good.agentError).toBeUndefined();
    const bad = await gather(silent.target('hasta'), request);
    expect(bad).toMatchObject({ agentError: 'no record' });
    expect(bad.agent).toBeUndefined();
    expect(bad.unanswered).toBeUndefined();
  });

  it('does not wait for a channel that something holds open', async () => {
    const node = await FakeNode.create(programs, files);
    nodes.push(node);
    const real = node.target('hasta');
    const held: Partial<Target> = {
      node: 'hasta',
      script: async (text, options) => {
        await real.script(text, options);
        return new Promise((_, reject) => {
          options!.signal!.addEventListener('abort', () => reject(new Error('aborted')), { once: true });
        });
      },
    };
    expect((await gather(held as Target, request)).identity.hostname).toBe('hasta');
  });

  it('gives up when it is told to', async () => {
    const stop = new AbortController();
    const waiting: Partial<Target> = {
      node: 'hasta',
      script: (_, options) =>
        new Promise((_resolve, reject) => {
          options!.signal!.addEventListener('abort', () => reject(new Error('stopped')), { once: true });
        }),
    };
    const answer = gather(waiting as Target, request, { signal: stop.signal });
    stop.abort();
    await expect(answer).rejects.toThrow('stopped');
  });

  it('says so when hastctl blocks', async () => {
    const all = await facts({ hastctl: { list: { sh: 'exec sleep 30' } } });
    expect(all.hast).toMatchObject({ running: false, error: 'no answer in time' });
    expect(all.unanswered).toEqual([{ subject: 'hastctl list', message: 'no answer in time' }]);
  });

  it('takes no half answer: a script that was cut off is an error', async () => {
    const cut: Partial<Target> = {
      node: 'hasta',
      script: () => Promise.resolve({ code: 1, signal: null, stdout: 'half', stderr: 'sh: no\n' }),
    };
    await expect(gather(cut as Target, request)).rejects.toMatchObject({
      exit: 1,
      node: 'hasta',
      detail: 'exit 1: sh: no',
    });
  });
});
