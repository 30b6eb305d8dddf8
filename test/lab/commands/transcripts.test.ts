import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import { HAST_CONF, type Pair, pass, startHastPair, startPair } from '../node-double.js';

let pair: Pair;
afterEach(() => pair.stop());

const transcript = (name: string): string =>
  normalise(readFileSync(new URL(`../../facts/transcripts/${name}.txt`, import.meta.url), 'utf8'));

/** Takes out what differs from run to run: pids, stamps, ports and random ids. */
function normalise(text: string): string {
  return text
    .replace(/^[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d /gm, 'STAMP ')
    .replace(/\b(hastd|newsyslog|ctld|carp-hast-switch)\[\d+\]/g, '$1[PID]')
    .replace(/\bpid[= ]\d+/g, 'pid PID')
    .replace(/pids?=\d+/g, 'pid=PID')
    .replace(/workerpid: \d+/g, 'workerpid: PID')
    .replace(/PIDS: [\d ]+\./g, 'PIDS: PID.')
    .replace(/resuid: [1-9]\d*/g, 'resuid: ID')
    .replace(/(tcp:\/\/[\d.]+):\d{4,5}(?= to|\.)/g, '$1:PORT')
    .replace(/(role .*)\n {2}provname/g, '$1\n  provname');
}

/** The program's whole output stands literally in the transcript. */
async function said(name: string, node: string, words: string | readonly string[]): Promise<void> {
  const { stdout, stderr } = await pair.run(node, words);
  const output = normalise(stdout + stderr);
  expect(output).not.toBe('');
  expect(transcript(name)).toContain(output);
}

/** Lines that a log file got, in the transcript's words. */
async function logged(name: string, node: string, path: string, lines: RegExp): Promise<void> {
  const own = normalise(await pair.read(node, path))
    .split('\n')
    .filter((line) => lines.test(line));
  expect(own.length).toBeGreaterThan(0);
  const known = new Set(transcript(name).split('\n'));
  for (const line of own) expect(known, line).toContain(line);
}

describe('01 first setup', () => {
  it('says what the measured pair said, from create to complete', async () => {
    pair = await startPair();
    for (const node of ['hasta', 'hastb']) {
      await pair.write(node, '/etc/hast.conf', HAST_CONF);
      await pair.world.boot(node);
      expect(await pair.run(node, 'hastctl create disk0')).toEqual({ code: 0, stdout: '', stderr: '' });
      await said('01-first-setup', node, 'sysrc hastd_enable=YES');
      await said('01-first-setup', node, 'service hastd start');
    }
    await said('01-first-setup', 'hasta', 'service hastd status');
    expect((await pair.run('hasta', 'service hastd start')).code).toBe(1);
    await said('01-first-setup', 'hasta', 'service hastd start');
    await said('01-first-setup', 'hasta', 'hastctl status');
    await said('01-first-setup', 'hasta', 'hastctl list disk0');
    await pair.run('hastb', 'hastctl role secondary disk0');
    await said('01-first-setup', 'hastb', 'hastctl status');
    await said('01-first-setup', 'hastb', 'hastctl list');
    await pair.run('hasta', 'hastctl role primary disk0');
    await said('01-first-setup', 'hasta', 'hastctl status');
    await pass(pair, 1);
    for (const node of ['hasta', 'hastb']) {
      await said('01-first-setup', node, 'hastctl status');
      await said('01-first-setup', node, 'hastctl list');
      await said('01-first-setup', node, 'hastctl dump disk0');
      await logged('01-first-setup', node, '/var/log/daemon.log', /hastd/);
    }
  });
});

describe('03 and 12 carp', () => {
  it('elects with the measured words and events', async () => {
    pair = await startPair();
    for (const node of ['hasta', 'hastb']) await pair.world.boot(node);
    await pair.run('hasta', 'kldload carp');
    await said('03-carp', 'hasta', 'sysctl net.inet.carp');
    await pair.run('hasta', 'ifconfig vtnet1 vhid 1 advskew 0 pass MyPassword alias 192.168.50.10/32');
    await said('03-carp', 'hasta', 'ifconfig vtnet1');
    await pass(pair, 5);
    expect((await pair.run('hasta', 'ifconfig vtnet1')).stdout).toContain('carp: MASTER vhid 1');
    await logged('03-carp', 'hasta', '/var/log/messages', /carp:/);
    await pair.run('hastb', 'kldload carp');
    await pair.run('hastb', 'ifconfig vtnet1 vhid 1 advskew 100 pass MyPassword alias 192.168.50.10/32');
    await pass(pair, 5);
    await said('03-carp', 'hastb', 'ifconfig vtnet1');
    expect((await pair.run('hastb', 'ifconfig -k vtnet1')).stdout).toContain(
      'advskew 100 key "MyPassword"\n',
    );
    await pair.world.powerCut('hasta');
    await pass(pair, 4);
    expect(await pair.read('hastb', '/var/log/messages')).toContain('BACKUP -> MASTER (master timed out)');
  });

  it('goes to INIT without carrier, demotes by 240 and undoes it', async () => {
    pair = await startPair();
    await pair.world.boot('hasta');
    await pair.run('hasta', 'kldload carp');
    await pair.run('hasta', 'ifconfig vtnet1 vhid 1 advskew 0 pass MyPassword alias 192.168.50.10/32');
    await pass(pair, 4);
    await pair.world.fault('cut-link', ['lan', 'hasta']);
    expect((await pair.run('hasta', 'sysctl -n net.inet.carp.demotion')).stdout).toBe('240\n');
    expect((await pair.run('hasta', 'ifconfig vtnet1')).stdout).toContain('status: no carrier');
    await pair.world.fault('restore-link', ['lan', 'hasta']);
    await pass(pair, 8);
    expect((await pair.run('hasta', 'sysctl -n net.inet.carp.demotion')).stdout).toBe('0\n');
    await logged('12-carp-devd-services', 'hasta', '/var/log/messages', /carp:/);
  });

  it('has two masters when the passwords differ', async () => {
    pair = await startPair();
    for (const [node, password] of [
      ['hasta', 'MyPassword'],
      ['hastb', 'Other'],
    ] as const) {
      await pair.world.boot(node);
      await pair.run(node, 'kldload carp');
      await pair.run(node, `ifconfig vtnet1 vhid 1 advskew 20 pass ${password} alias 192.168.50.10/32`);
    }
    await pass(pair, 6);
    for (const node of ['hasta', 'hastb']) {
      expect((await pair.run(node, 'ifconfig vtnet1')).stdout).toContain('carp: MASTER');
    }
    expect((await pair.run('hastb', 'netstat -sp carp')).stdout).toMatch(
      /\t\t[1-9]\d* discarded for bad authentication/,
    );
  });
});

describe('08 facts', () => {
  it('describes the machine as it was measured', async () => {
    pair = await startPair();
    await pair.world.boot('hasta');
    const words = [
      'hostname',
      'sysctl -n kern.hostuuid kern.hostid kern.osreldate',
      'freebsd-version',
      'uname -UK',
      'uname -m',
      'ifconfig -l',
      'netstat -rn -f inet',
      'sysctl net.inet.carp.preempt',
      'ifconfig vtnet1 vhid 1 pass x alias 192.168.50.10/32',
      'sysctl -n kern.disks',
      'diskinfo vtbd0 vtbd1 vtbd2 vtbd3',
      'gpart show -p',
      'gpart show vtbd1',
      'mount -p',
      'swapinfo -k',
      'glabel status -s',
      'geom disk list vtbd1',
      'sysrc -a',
      'sysrc -n hastd_enable',
      'sysrc -n nosuch',
      'service hastd rcvar',
      'service hastd status',
      'service devd status',
      'service hastd extracommands',
      'pw usershow root',
    ];
    for (const one of words) await said('08-facts', 'hasta', one);
    const all = (await pair.run('hasta', 'ifconfig -a inet')).stdout;
    expect(transcript('08-facts')).toContain(all);
    expect((await pair.run('hasta', 'kldstat -q -m carp')).code).toBe(1);
  });
});

describe('09 errors', () => {
  it('refuses bad configuration in hastctl’s words and codes', async () => {
    pair = await startPair();
    await pair.write('hasta', '/etc/hast.conf', HAST_CONF);
    await pair.world.boot('hasta');
    await pair.run('hasta', 'hastctl create disk0');
    await said('09-errors', 'hasta', 'hastctl create nosuch');
    const files: [string, number][] = [
      ['resource disk0 {\n on other {\n local /dev/vtbd1\n remote 10.77.0.2\n }\n}\n', 78],
      ['resource "disk0" {\n on hasta {\n local /dev/vtbd1\n remote 10.77.0.2\n }\n}\n', 0],
      ['resource disk0 {\n on hasta {\n local /dev/vtbd1\n }\n}\n', 78],
      ['resource disk0 \n on hasta {\n', 78],
    ];
    for (const [text, code] of files) {
      await pair.write('hasta', '/tmp/x.conf', text);
      await said('09-errors', 'hasta', 'hastctl dump -c /tmp/x.conf disk0');
      expect((await pair.run('hasta', 'hastctl dump -c /tmp/x.conf disk0')).code).toBe(code);
    }
    await said('09-errors', 'hasta', 'hastctl dump -c /nonexistent disk0');
    expect((await pair.run('hasta', 'hastctl dump -c /nonexistent disk0')).code).toBe(72);
    await said('09-errors', 'hasta', 'hastctl role primary nosuch');
    expect((await pair.run('hasta', 'hastctl dump -c /etc/hast.conf __nosuch__')).code).toBe(65);
    expect(await pair.run('hasta', 'hastctl create -m 9999g disk0')).toMatchObject({ code: 65 });
  });

  it('shows metadata lost under a role, and create on what is mounted', async () => {
    pair = await startHastPair();
    await pair.run('hasta', 'hastctl role primary disk0');
    await pass(pair, 1);
    await said('09-errors', 'hasta', 'hastctl status');
    await pair.run('hasta', 'hastctl role init disk0');
    await writeFile(`${pair.dir}/hasta/root/dev/vtbd1`, Buffer.alloc(1024 * 1024), { flag: 'r+' });
    await pair.run('hasta', 'hastctl role primary disk0');
    await pass(pair, 2);
    await said('09-errors', 'hasta', 'hastctl status');
    await logged('09-errors', 'hasta', '/var/log/messages', /hastd.*\(primary\)/);
    await pair.run('hasta', 'newfs -U /dev/vtbd1');
    expect(await pair.run('hasta', 'mount /dev/vtbd1 /mnt')).toMatchObject({ code: 0 });
    await said('09-errors', 'hasta', 'hastctl create disk0');
    await pair.run('hasta', 'umount /mnt');
    expect(await pair.run('hasta', 'hastctl create disk0')).toMatchObject({ code: 0 });
    await said('09-errors', 'hasta', 'service hastd stop');
    await said('09-errors', 'hasta', 'hastctl status');
  });

  it('does not start devd over a syntax error', async () => {
    pair = await startPair();
    await pair.world.boot('hasta');
    await pair.write(
      'hasta',
      '/usr/local/etc/devd/bad.conf',
      'notify 10 { match "system" "CARP" action "true"; };\n',
    );
    await said('09-errors', 'hasta', 'service devd restart');
    await said('09-errors', 'hasta', 'service devd status');
  });
});

describe('11 base tools', () => {
  it('answers as base does', async () => {
    pair = await startHastPair();
    for (const [words, code] of [
      ['ping -q -c1 -t1 10.77.0.2', 0],
      ['ping -q -c1 -t1 10.77.0.99', 2],
      ['ping -c1 -W300 10.77.0.99', 2],
      ['route -q add -host 10.77.0.9 127.0.0.1 -reject', 0],
      ['route -q add -host 10.77.0.9 127.0.0.1 -reject', 1],
      ['route -q delete -host 10.77.0.9', 0],
      ['kldload -n carp', 0],
      ['kldstat -q -n carp', 0],
      ['kldstat -q -m carp', 0],
    ] as const) {
      expect((await pair.run('hasta', words)).code, words).toBe(code);
    }
    await said('11-base-tools', 'hasta', 'route -q delete -host 10.77.0.9');
    await said('11-base-tools', 'hasta', 'kldload carp');
    await said('11-base-tools', 'hasta', 'date -r 0 -u');
    expect(
      (
        await pair.run('hasta', [
          'pw',
          'useradd',
          'hastpeer',
          '-d',
          '/var/db/hastconf',
          '-s',
          '/bin/sh',
          '-w',
          'no',
          '-c',
          'hastconf peer',
        ])
      ).code,
    ).toBe(0);
    await said('11-base-tools', 'hasta', 'pw usershow hastpeer');
    await said('11-base-tools', 'hasta', 'pw useradd hastpeer');
    await pair.run('hasta', ['logger', '-p', 'local0.notice', '-t', 'carp-hast-switch', 'hello']);
    await logged('11-base-tools', 'hasta', '/var/log/messages', /carp-hast-switch/);
  });

  it('keeps a busy file system mounted', async () => {
    pair = await startHastPair();
    await pair.run('hasta', 'hastctl role primary disk0');
    const { stderr } = await pair.run('hasta', 'newfs -U -j /dev/hast/disk0');
    expect(transcript('11-base-tools')).toContain(stderr);
    await (await import('node:fs/promises')).mkdir(`${pair.dir}/hasta/root/hast/disk0`, { recursive: true });
    await pair.run('hasta', 'mount /dev/hast/disk0 /hast/disk0');
    const user = pair.run('hasta', 'sleep 300', { cwd: '/hast/disk0' });
    await said('11-base-tools', 'hasta', 'umount /hast/disk0');
    await said('11-base-tools', 'hasta', ['fuser', '-k', '-TERM', '-c', '/hast/disk0']);
    await said('11-base-tools', 'hasta', ['fsck', '-p', '-t', 'ufs', '/dev/hast/disk0']);
    await said('11-base-tools', 'hasta', 'mount /dev/hast/disk0 /hast/disk0');
    await pair.run('hasta', 'fuser -k -s TERM -c /hast/disk0');
    expect((await user).code).toBe(143);
    expect((await pair.run('hasta', 'umount /hast/disk0')).code).toBe(0);
  });
});

describe('07 zfs on hast', () => {
  const two =
    HAST_CONF.replaceAll('disk0', 'disk1').replaceAll('vtbd1', 'vtbd2') +
    HAST_CONF.replaceAll('disk0', 'vol0').replaceAll('vtbd1', 'zvol/tank/vol0');

  async function pools(): Promise<void> {
    pair = await startPair();
    for (const node of ['hasta', 'hastb']) {
      await pair.write(node, '/etc/hast.conf', two);
      await pair.world.boot(node);
      await pair.run(node, 'sysrc zfs_enable=YES');
      await pair.run(node, 'kldload zfs');
      expect(await pair.run(node, 'zpool create -f tank vtbd3')).toMatchObject({ code: 0, stderr: '' });
      expect(await pair.run(node, 'zfs create -V 200M tank/vol0')).toMatchObject({ code: 0, stderr: '' });
      await pair.run(node, 'hastctl create disk1 vol0');
      await pair.run(node, 'sysrc hastd_enable=YES');
      await pair.run(node, 'service hastd start');
    }
    await pair.run('hastb', 'hastctl role secondary disk1 vol0');
    await pair.run('hasta', 'hastctl role primary disk1 vol0');
    await pass(pair, 1);
  }

  it('makes, moves and forces a pool with the measured words', async () => {
    await pools();
    await said('07-zfs-on-hast', 'hasta', 'hastctl status');
    await said(
      '07-zfs-on-hast',
      'hasta',
      'zpool create -o cachefile=none failover mirror /dev/hast/disk1 /dev/hast/vol0',
    );
    await said('07-zfs-on-hast', 'hasta', 'zpool list');
    expect(
      await pair.run(
        'hasta',
        'zpool create -f -o cachefile=none failover mirror /dev/hast/disk1 /dev/hast/vol0',
      ),
    ).toMatchObject({ code: 0, stderr: '' });
    await said('07-zfs-on-hast', 'hasta', 'zpool status failover');
    await pair.write('hasta', '/failover/x', 'kept');
    expect((await pair.run('hasta', 'fsync /failover/x')).code).toBe(0);
    expect((await pair.run('hasta', 'zpool export failover')).code).toBe(0);
    await said('07-zfs-on-hast', 'hasta', 'zpool status failover');
    await pair.run('hasta', 'hastctl role secondary disk1 vol0');
    await pair.run('hastb', 'hastctl role primary disk1 vol0');
    const imported = await pair.run('hastb', 'zpool import -N -o cachefile=none -d /dev/hast failover');
    expect(imported).toMatchObject({ code: 0, stderr: '' });
    await pair.run('hastb', 'zfs mount failover');
    expect(await pair.read('hastb', '/failover/x')).toBe('kept');
    await pair.write('hastb', '/failover/y', 'newer');
    await pair.run('hastb', 'fsync /failover/y');
    await pair.world.powerCut('hastb');
    await pair.run('hasta', 'route -q add -host 10.77.0.2 127.0.0.1 -reject');
    await pair.run('hasta', 'hastctl role primary disk1 vol0');
    const refused = await pair.run('hasta', 'zpool import -N -o cachefile=none -d /dev/hast failover');
    expect(refused.code).toBe(1);
    expect(refused.stderr).toContain(
      "cannot import 'failover': pool was previously in use from another system.\nLast accessed by hastb (hostid=7d89d44c) at ",
    );
    expect((await pair.run('hasta', 'zpool import -f -N -o cachefile=none -d /dev/hast failover')).code).toBe(
      0,
    );
    await pair.run('hasta', 'zfs mount failover');
    expect(await pair.read('hasta', '/failover/y')).toBe('newer');
  });

  it('brings the local pool and its zvol back at boot, but no pool without a cache file', async () => {
    await pools();
    await pair.run('hasta', 'zpool create -f -o cachefile=none failover /dev/hast/disk1');
    await pair.world.powerCut('hasta');
    await pair.world.boot('hasta');
    expect((await pair.run('hasta', 'zpool list -H -o name')).stdout).toBe('tank\n');
    expect((await pair.run('hasta', 'hastctl dump vol0')).stdout).toContain('resource: vol0');
  });

  it('makes no device node with volmode=dev', async () => {
    await pools();
    await pair.run('hasta', 'zfs create -V 48M -o volmode=dev tank/vd');
    expect((await pair.run('hasta', 'diskinfo /dev/zvol/tank/vd')).code).toBe(1);
    expect((await pair.run('hasta', 'zfs list -Hp -t volume -o name,volsize')).stdout).toBe(
      `tank/vol0\t${200 * 1024 * 1024}\ntank/vd\t${48 * 1024 * 1024}\n`,
    );
  });
});

describe('what is not modelled', () => {
  it.each([
    'hastctl frobnicate',
    'ifconfig vtnet1 promisc',
    'netstat -an',
    'mount -t nfs a:/b /mnt',
    'zpool scrub tank',
    'service -R',
    'geom stripe list',
  ])('%s fails loudly', async (words) => {
    pair = await startPair();
    await pair.world.boot('hasta');
    const { code, stderr } = await pair.run('hasta', words);
    expect(code).not.toBe(0);
    expect(stderr).not.toBe('');
  });
});
