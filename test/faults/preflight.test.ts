import { afterAll, beforeAll, describe, it } from 'vitest';
import { Bench, expectClear, type Outcome } from './bench.js';

let bench: Bench;
beforeAll(async () => {
  bench = await Bench.start();
});
afterAll(() => bench.stop());

/** `apply -y` with a change of the cluster file, which must leave both nodes as they are. */
async function refused(change: Parameters<Bench['clusterFile']>[0], ...more: string[]): Promise<Outcome> {
  const file = await bench.clusterFile(change);
  const outcome = await bench.unchanged(() => bench.apply('-f', file, ...more));
  return outcome;
}
const asIs = () => undefined;

describe('what is wrong with the machines', () => {
  it('a node that is another machine: hastd would not find its part of hast.conf', async () => {
    const outcome = await refused(({ nodes: { hasta, hastb } }) => {
      [hasta.ssh.port, hastb.ssh.port] = [hastb.ssh.port, hasta.ssh.port];
    });
    expectClear(outcome, 3, 'the machine behind hasta calls itself hastb', 'ssh.host');
  });

  it('clocks that differ', async () => {
    await bench.lab.fault('clock-skew', ['hastb', '95']);
    const outcome = await refused(asIs);
    await bench.lab.fault('clock-skew', ['hastb', '0']);
    expectClear(outcome, 3, /clocks of hasta and hastb are 9\d s apart/, 'ntpd');
  });
});

describe('a question that a node does not answer', () => {
  it.each(['hastctl', 'ifconfig'])('is no "no": nothing is planned over it (%s)', async (program) => {
    await bench.lab.fault('hang-command', ['hastb', program]);
    const outcome = await refused(asIs);
    await bench.lab.fault('heal-command', ['hastb', program]);
    expectClear(outcome, 5, 'hastb could not determine', 'no answer in time');
  });
});

describe('what is wrong with the network', () => {
  it('an interface that is not there', async () => {
    const outcome = await refused(({ nodes }) => {
      nodes.hastb.interface = 'em7';
    });
    expectClear(outcome, 3, 'hastb has no interface em7', 'one of: vtnet0, vtnet1, vtnet2\n');
  });

  it('an address that is not the node’s', async () => {
    const outcome = await refused(({ nodes }) => {
      nodes.hasta.replication = '10.77.0.9';
    });
    expectClear(outcome, 3, 'hasta has no address 10.77.0.9', '10.77.0.1');
  });

  it('a CARP address that another machine has', async () => {
    const outcome = await refused(({ carp }) => {
      carp.address = '192.168.50.1/24';
    });
    expectClear(outcome, 3, 'another machine answers at the CARP address 192.168.50.1', 'carp.address');
  });

  it('a VHID that another pair advertises', async () => {
    await bench.lab.fault('foreign-carp', ['1']);
    const outcome = await refused(asIs);
    await bench.lab.fault('no-foreign-carp', ['1']);
    expectClear(outcome, 3, 'vtnet1 (hasta) and vtnet1 (hastb) already advertises VHID 1', 'carp.vhid');
  });

  it('a replication link that is cut', async () => {
    await bench.lab.fault('cut-link', ['replication']);
    const outcome = await refused(asIs);
    await bench.lab.fault('restore-link', ['replication']);
    expectClear(outcome, 3, 'hasta cannot reach hastb at 10.77.0.2', 'hastb cannot reach hasta at 10.77.0.1');
  });
});

describe('what is wrong with the providers', () => {
  it('one that is not there', async () => {
    const outcome = await refused(({ resources }) => {
      resources.disk1.local = { hasta: '/dev/vtbd2', hastb: '/dev/da9' };
    });
    expectClear(outcome, 3, 'hastb has no /dev/da9 (resource disk1)', '/dev/vtbd1');
  });

  it('sizes that differ', async () => {
    await bench.lab.fault('resize-disk', ['hastb', 'vtbd2', '48M']);
    const outcome = await refused(asIs);
    await bench.lab.fault('resize-disk', ['hastb', 'vtbd2', '64M']);
    expectClear(outcome, 3, 'disk1', '/dev/vtbd2 on hasta has 67108864 bytes', '50331648');
  });

  it('one that is swapped on', async () => {
    await bench.lab.fault('foreign-use', ['hasta', 'vtbd3', 'swap']);
    const outcome = await refused(({ resources }) => {
      resources.disk1.local = '/dev/vtbd3';
    });
    expectClear(outcome, 5, '/dev/vtbd3 on hasta is in use: swap space', 'swapoff');
  });

  it('one that is mounted, also with consent to lose it', async () => {
    await bench.lab.fault('foreign-use', ['hastb', 'vtbd2', 'ufs']);
    await bench.on('hastb', 'mkdir -p /mnt && mount /dev/vtbd2 /mnt');
    const outcome = await refused(asIs, '--destroy', 'hastb:/dev/vtbd2');
    await bench.on('hastb', 'umount /mnt');
    expectClear(outcome, 5, '/dev/vtbd2 on hastb is in use: ufs mounted on /mnt', 'umount');
  });

  it.each([
    ['ufs', 'hasta', 'ufs file system'],
    ['gpt', 'hastb', 'GPT with 1 partition'],
    ['zpool', 'hasta', 'ZFS pool'],
    ['hast', 'hastb', 'HAST metadata of resource other'],
  ])('one that holds %s: refused, naming what would be lost', async (kind, node, loses) => {
    await bench.on(node, 'dd if=/dev/zero of=/dev/vtbd2 bs=64k count=3 conv=notrunc 2>/dev/null');
    await bench.lab.fault('foreign-use', [node, 'vtbd2', kind]);
    const outcome = await refused(asIs);
    expectClear(outcome, 5, `/dev/vtbd2 on ${node}`, loses, `--destroy ${node}:/dev/vtbd2`);
    await bench.on(node, 'dd if=/dev/zero of=/dev/vtbd2 bs=64k count=3 conv=notrunc 2>/dev/null');
  });
});

describe('a provider that is a link', () => {
  it('to a file of the system is refused, and the file is what it was', async () => {
    await bench.on('hasta', 'ln -s /etc/rc.conf /dev/evil');
    const file = await bench.clusterFile(({ resources }) => {
      resources.disk0 = { local: { hasta: '/dev/evil', hastb: '/dev/vtbd1' } };
    });
    const outcome = await bench.unchanged(() => bench.apply('-f', file, '--destroy', 'hasta:/dev/evil'));
    expectClear(outcome, 5, '/dev/evil on hasta leads to /etc/rc.conf, which is no disk');
    await bench.on('hasta', 'rm /dev/evil');
  });
});
