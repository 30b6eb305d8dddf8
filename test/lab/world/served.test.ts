import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { LabWorld } from '../../../src/lab/world/world.js';
import { type Pair, startHastPair } from '../node-double.js';

let pair: Pair;
beforeEach(async () => {
  pair = await startHastPair();
});
afterEach(() => pair.stop());

const on = async (words: string) => pair.run('hasta', words);
const machine = () => (pair.world as LabWorld).core.machine('hasta');
const failed = async (words: string) => (await on(words)).stderr;

const CTL = `portal-group hastconf {
	discovery-auth-group no-authentication
	listen 192.168.50.10:3260
}

lun disk0 {
	path /dev/hast/disk0
	serial 5f2d0c81a37e9b46
	device-id "HASTCONF 4d1a9be07c35f286a0e4c9d7"
	option naa 0x3b7c5a90e2d4f618
}

target iqn.2026-01.org.example:disk0 {
	auth-group no-authentication
	portal-group hastconf
	lun 0 disk0
}
`;

describe('ctld and ctladm', () => {
  const serve = async () => {
    await pair.write('hasta', '/etc/ctl.conf', '');
    await pair.write('hasta', '/usr/local/etc/hastconf/ctl.conf', CTL);
    await pair.run('hasta', ['sysrc', 'ctld_flags=-f /usr/local/etc/hastconf/ctl.conf']);
  };

  it('refuses a device that is not there, as a whole', async () => {
    await serve();
    const started = await on('service ctld onestart');
    expect(started).toMatchObject({ code: 1 });
    expect(started.stderr).toContain('failed to apply configuration');
    expect((await on('service ctld onestatus')).code).toBe(1);
  });

  it('keeps its LUN on a device that goes away, and takes it along when it stops', async () => {
    await serve();
    await on('hastctl role primary disk0');
    expect((await on('service ctld onestart')).code).toBe(0);
    const listed = (await on('ctladm devlist -v')).stdout;
    expect(listed).toMatch(/^ {2}0 block +\d+ {2}512 5f2d0c81a37e9b46 HASTCONF 4d1a9be07c35f286a0e4c9d7$/m);
    expect(listed).toContain('      file=/dev/hast/disk0\n');
    expect((await on('hastctl role secondary disk0')).code).toBe(0);
    expect((await on('ctladm devlist')).stdout).toContain('0 block');
    await on('service ctld onestop');
    expect((await on('ctladm devlist')).stdout.split('\n')).toHaveLength(2);
  });

  it('leaves its LUN behind when it is killed', async () => {
    await serve();
    await on('hastctl role primary disk0');
    await on('service ctld onestart');
    expect((await on('pkill -KILL -x ctld')).code).toBe(0);
    expect((await on('service ctld onestatus')).code).toBe(1);
    expect((await on('ctladm remove -b block -l 0')).code).toBe(0);
    expect((await on('ctladm remove -b block -l 0')).code).toBe(1);
  });

  it('knows no other verbs and no other files', async () => {
    expect(await failed('ctladm devlist')).toContain('/dev/cam/ctl');
    await on('kldload ctl');
    expect(await failed('ctladm islist')).toContain('lab: not modelled: ctladm islist');
    await serve();
    await pair.write('hasta', '/usr/local/etc/hastconf/ctl.conf', 'target x {\n}\n');
    expect(await failed('service ctld onestart')).toContain('lab: not modelled: ctl.conf: target x');
  });
});

describe('mountd and nfsd', () => {
  it('export a directory with -alldirs only where a file system is mounted', async () => {
    await pair.write(
      'hasta',
      '/usr/local/etc/hastconf/exports',
      '/hast/disk0 -alldirs -network 192.168.50.0/24\n',
    );
    await pair.run('hasta', ['sysrc', 'mountd_flags=-r -S /etc/exports /usr/local/etc/hastconf/exports']);
    expect((await on('service nfsd onestart')).code).toBe(0);
    expect((await on('service mountd onestatus')).code).toBe(0);
    expect(machine().nfs.exports).toEqual([]);
    expect(await pair.read('hasta', '/var/log/messages')).toContain(
      'bad exports list line /hast/disk0 -alldirs',
    );
    await on('hastctl role primary disk0');
    await on('newfs -U /dev/hast/disk0');
    await machine().files.mkdir('/hast/disk0');
    expect((await on('mount /dev/hast/disk0 /hast/disk0')).code).toBe(0);
    await on('service mountd onereload');
    expect(machine().nfs.exports).toEqual(['/hast/disk0']);
    await on('service mountd onestop');
    expect(machine().nfs.exports).toEqual([]);
  });

  it('need a file of their own, and the module for their sysctls', async () => {
    expect((await on('sysctl -n vfs.nfsd.scope')).code).toBe(1);
    await on('kldload -n nfsd');
    expect(await on('sysctl vfs.nfsd.scope=pair1')).toMatchObject({
      code: 0,
      stdout: 'vfs.nfsd.scope:  -> pair1\n',
    });
    await machine().files.remove('/etc/exports');
    expect(await failed('service mountd onestart')).toContain('/etc/exports is not readable');
  });

  it('end only on the signals that end them', async () => {
    await on('service nfsd onestart');
    await on('pkill -x nfsd');
    expect((await on('service nfsd onestatus')).code).toBe(0);
    await on('pkill -KILL -x nfsd');
    expect((await on('service nfsd onestatus')).code).toBe(1);
  });
});

describe('jails', () => {
  it('start by name, and only with their files', async () => {
    await pair.write(
      'hasta',
      '/etc/jail.conf',
      'exec.start = "/bin/sh /etc/rc";\npath = "/hast/disk0/$name";\n\nweb {\n}\n',
    );
    const refused = await on('service jail onestart web');
    expect(refused).toMatchObject({ code: 0 });
    expect(refused.stdout).toContain('path /hast/disk0/web: No such file or directory');
    expect(await on('jls -j web jid')).toMatchObject({ code: 1, stderr: 'jls: jail "web" not found\n' });
    await machine().files.mkdir('/hast/disk0/web');
    await on('service jail onestart web');
    expect(await on('jls -j web jid')).toMatchObject({ code: 0, stdout: '1\n' });
    expect((await on('jail -R web')).code).toBe(0);
    expect((await on('jls -j web jid')).code).toBe(1);
    expect((await on('service jail onestop web')).code).toBe(0);
  });

  it('knows nothing of jails without a name', async () => {
    expect(await failed('jls')).toContain('lab: not modelled');
    expect(await failed('service jail onestart')).toContain('lab: not modelled');
    expect((await on('service jail onestart mail')).stdout).toContain('jail: "mail" not found');
  });
});
