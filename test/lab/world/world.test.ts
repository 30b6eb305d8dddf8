import { afterEach, describe, expect, it } from 'vitest';
import { type Pair, pass, startHastPair, startPair } from '../node-double.js';

let pair: Pair;
afterEach(() => pair.stop());

const ran = (node: string): string[] =>
  pair.execs.filter((one) => one.node === node).map((one) => one.words.join(' '));

describe('devd', () => {
  const rule = (priority: number, action: string): string =>
    `notify ${priority} {\n\tmatch "system" "CARP";\n\tmatch "subsystem" "1@vtnet1";\n\tmatch "type" "(MASTER|BACKUP|INIT)";\n\taction "${action}";\n};\n`;

  async function elect(): Promise<void> {
    await pair.run('hasta', 'kldload carp');
    await pair.run('hasta', 'ifconfig vtnet1 vhid 1 advskew 0 pass x alias 192.168.50.10/32');
    await pass(pair, 4);
  }

  it('runs the first matching rule only, highest priority first, with its variables', async () => {
    pair = await startPair();
    await pair.write('hasta', '/usr/local/etc/devd/a.conf', rule(10, 'low $type'));
    await pair.write('hasta', '/usr/local/etc/devd/b.conf', rule(100, 'high $subsystem $type'));
    await pair.world.boot('hasta');
    await elect();
    expect(ran('hasta')).toEqual([
      "/bin/sh -c high '1@vtnet1' 'BACKUP'",
      "/bin/sh -c high '1@vtnet1' 'MASTER'",
    ]);
  });

  it('waits for an action before it looks at the next event', async () => {
    pair = await startPair();
    await pair.write('hasta', '/usr/local/etc/devd/a.conf', rule(10, 'slow'));
    await pair.world.boot('hasta');
    pair.answer = async () => {
      await pair.clock.sleep(10_000);
      return { code: 0, stdout: '', stderr: '' };
    };
    await elect();
    expect(ran('hasta')).toHaveLength(1);
    await pass(pair, 10);
    expect(ran('hasta')).toHaveLength(2);
  });
});

describe('boot and shutdown', () => {
  const script = '#!/bin/sh\n# KEYWORD: nojail shutdown\nname=carp_hast\nrcvar=carp_hast_enable\n';

  it('starts local scripts after hastd when they are enabled, and stops them before it', async () => {
    pair = await startHastPair();
    await pair.write('hasta', '/usr/local/etc/rc.d/carp_hast', script);
    await pair.run('hasta', 'sysrc carp_hast_enable=YES');
    let hastd = '';
    pair.answer = async (record) => {
      hastd = (await pair.run(record.node, 'service hastd status')).stdout;
      return { code: 0, stdout: '', stderr: '' };
    };
    await pair.world.shutdown('hasta');
    expect(ran('hasta')).toEqual(['/bin/sh /usr/local/etc/rc.d/carp_hast faststop']);
    expect(hastd).toContain('is running');
    await pair.world.boot('hasta');
    expect(ran('hasta')[1]).toBe('/bin/sh /usr/local/etc/rc.d/carp_hast faststart');
    expect(hastd).toContain('is running');
    expect((await pair.run('hasta', 'hastctl status')).stdout).toContain('init');
  });

  it('sets aliases, modules and sysctls from the files', async () => {
    pair = await startPair();
    const rc = await pair.read('hasta', '/etc/rc.conf');
    await pair.write(
      'hasta',
      '/etc/rc.conf',
      `${rc}ifconfig_vtnet1_alias0="inet vhid 1 advskew 240 pass x alias 192.168.50.10/32"
`,
    );
    await pair.write('hasta', '/boot/loader.conf', 'carp_load="YES"\n');
    await pair.write('hasta', '/etc/sysctl.conf', 'net.inet.carp.preempt=1\n');
    await pair.world.boot('hasta');
    await pass(pair, 5);
    expect((await pair.run('hasta', 'ifconfig vtnet1')).stdout).toContain(
      'carp: MASTER vhid 1 advbase 1 advskew 240',
    );
    expect((await pair.run('hasta', 'sysctl -n net.inet.carp.preempt')).stdout).toBe('1\n');
  });
});

describe('carp with preempt on both', () => {
  it('hands the address over within a second when the master raises its skew', async () => {
    pair = await startPair();
    for (const [node, skew] of [
      ['hasta', 0],
      ['hastb', 20],
    ] as const) {
      await pair.world.boot(node);
      await pair.run(node, 'kldload carp');
      await pair.run(node, 'sysctl net.inet.carp.preempt=1');
      await pair.run(node, `ifconfig vtnet1 vhid 1 advskew ${skew} pass x alias 192.168.50.10/32`);
      await pass(pair, 4);
    }
    await pair.run('hasta', 'ifconfig vtnet1 vhid 1 advskew 240');
    await pass(pair, 1.1);
    expect((await pair.run('hastb', 'ifconfig vtnet1')).stdout).toContain('carp: MASTER');
    expect((await pair.run('hasta', 'ifconfig vtnet1')).stdout).toContain('carp: BACKUP');
  });
});

describe('faults', () => {
  it('names the known ones when it is asked for another', async () => {
    pair = await startPair();
    await expect(pair.world.fault('earthquake', [])).rejects.toThrow(
      /unknown fault: earthquake \(known: .*power-cut/,
    );
    await expect(pair.world.fault('power-cut', ['hastc'])).rejects.toThrow(/no node named hastc/);
  });

  it('makes a command fail so often, then work again', async () => {
    pair = await startPair();
    await pair.world.boot('hasta');
    await pair.world.fault('fail-command', ['hasta', 'hostname', '9', '2']);
    expect((await pair.run('hasta', 'hostname')).code).toBe(9);
    expect((await pair.run('hasta', 'hostname')).code).toBe(9);
    expect((await pair.run('hasta', 'hostname')).code).toBe(0);
  });

  it('refuses writes on a full disk and keeps the old file', async () => {
    pair = await startPair();
    await pair.world.boot('hasta');
    await pair.world.fault('fill-disk', ['hasta']);
    const before = await pair.read('hasta', '/etc/rc.conf');
    const { code, stderr } = await pair.run('hasta', 'sysrc hastd_enable=YES');
    expect(code).toBe(1);
    expect(stderr).toContain('No space left on device');
    expect(await pair.read('hasta', '/etc/rc.conf')).toBe(before);
    expect(pair.world.diskFull('hasta')).toBe(true);
  });

  it('slows a running synchronisation down', async () => {
    pair = await startHastPair({ syncBytesPerSecond: 64 * 1024 * 1024 });
    await pair.run('hastb', 'hastctl role secondary disk0');
    await pair.run('hasta', 'hastctl role primary disk0');
    await pass(pair, 1);
    await pair.run('hastb', 'hastctl role init disk0');
    await pair.run('hastb', 'hastctl create disk0');
    await pair.run('hastb', 'hastctl role secondary disk0');
    await pass(pair, 11);
    const dirty = (): number => pair.world.describe().nodes.hasta?.hast[0]?.dirty ?? 0;
    await pair.world.fault('slow-sync', ['1m']);
    const before = dirty();
    expect(before).toBeGreaterThan(0);
    await pass(pair, 10);
    expect(before - dirty()).toBeLessThanOrEqual(10 * 1024 * 1024);
  });

  it('is heard as a foreign vhid by tcpdump, and only that one', async () => {
    pair = await startPair();
    await pair.world.boot('hasta');
    await pair.world.fault('foreign-carp', ['7']);
    const { stdout } = await pair.run('hasta', 'tcpdump -n -i vtnet1 proto 112');
    expect(stdout).toMatch(/vhid=7 /);
    await pair.world.fault('no-foreign-carp', ['7']);
    expect((await pair.run('hasta', 'tcpdump -n -i vtnet1 proto 112')).stdout).not.toMatch(/vhid/);
  });

  it('shows what a foreign use left on a disk', async () => {
    pair = await startPair();
    await pair.world.boot('hasta');
    await pair.world.fault('foreign-use', ['hasta', 'vtbd1', 'ufs']);
    expect((await pair.run('hasta', 'fstyp /dev/vtbd1')).stdout).toBe('ufs\n');
    await pair.world.fault('foreign-use', ['hasta', 'vtbd2', 'gpt']);
    expect((await pair.run('hasta', 'gpart show -p vtbd2')).stdout).toContain('GPT');
    await pair.world.fault('foreign-use', ['hasta', 'vtbd3', 'swap']);
    expect((await pair.run('hasta', 'swapinfo -k')).stdout).toContain('/dev/vtbd3');
    expect((await pair.run('hasta', 'geom disk list vtbd3')).stdout).toContain('r1w1e1');
  });
});

describe('ssh between the nodes', () => {
  async function keys(): Promise<void> {
    pair = await startPair();
    for (const node of ['hasta', 'hastb']) await pair.world.boot(node);
    await pair.run('hasta', ['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', '/root/k', '-C', 'agent']);
    const host = (await pair.read('hastb', '/etc/ssh/ssh_host_ed25519_key.pub'))
      .split(' ')
      .slice(0, 2)
      .join(' ');
    await pair.write('hasta', '/root/known', `10.77.0.2 ${host}\n`);
    await pair.run('hastb', [
      'pw',
      'useradd',
      'hastpeer',
      '-d',
      '/home/hastpeer',
      '-s',
      '/bin/sh',
      '-w',
      'no',
    ]);
  }
  const words = [
    'ssh',
    '-i',
    '/root/k',
    '-o',
    'BatchMode=yes',
    '-o',
    'ConnectTimeout=2',
    '-o',
    'StrictHostKeyChecking=yes',
    '-o',
    'UserKnownHostsFile=/root/known',
    'hastpeer@10.77.0.2',
    'peer',
    'status',
  ];

  async function authorize(options: string): Promise<void> {
    const key = await pair.read('hasta', '/root/k.pub');
    await pair.write('hastb', '/home/hastpeer/.ssh/authorized_keys', `${options} ${key}`);
  }

  it('runs the forced command with the original words at hand', async () => {
    await keys();
    await authorize('no-pty,from="10.77.0.1",command="/usr/local/sbin/carp-hast-switch peer"');
    pair.answer = async () => ({ code: 0, stdout: 'serving\n', stderr: '' });
    expect(await pair.run('hasta', words)).toEqual({ code: 0, stdout: 'serving\n', stderr: '' });
    const [call] = pair.execs;
    expect(call?.words).toEqual(['/bin/sh', '-c', '/usr/local/sbin/carp-hast-switch peer']);
    expect(call?.options.env?.SSH_ORIGINAL_COMMAND).toBe('peer status');
  });

  it('is refused from another address, without the key, and with a changed host key', async () => {
    await keys();
    expect((await pair.run('hasta', words)).stderr).toContain('Permission denied');
    await authorize('from="10.77.0.9"');
    expect((await pair.run('hasta', words)).stderr).toContain('Permission denied');
    await authorize('from="10.77.0.1"');
    expect((await pair.run('hasta', words)).code).toBe(0);
    await pair.write('hasta', '/root/known', '10.77.0.2 ssh-ed25519 AAAA\n');
    expect((await pair.run('hasta', words)).stderr).toContain('Host key verification failed.');
  });

  it('takes its connect timeout when the peer is dead', async () => {
    await keys();
    await pair.world.powerCut('hastb');
    const start = pair.clock.now();
    const { code, stderr } = await pair.run('hasta', words);
    expect(code).toBe(255);
    expect(stderr).toContain('Operation timed out');
    expect(pair.clock.now() - start).toBeGreaterThanOrEqual(1990);
  });
});
