import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Bench, expectClear, type Outcome } from './bench.js';

/** A pair that runs, with two resources; every file below is one that somebody could have by mistake. */
let bench: Bench;
type Change = Parameters<Bench['clusterFile']>[0];

const twoDisks: Change = (file) => {
  file.resources = { disk0: { local: '/dev/vtbd1' }, disk1: { local: '/dev/vtbd2' } };
  file.storage = [
    { type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' },
    { type: 'ufs', resource: 'disk1', mountpoint: '/hast/disk1' },
  ];
};

beforeAll(async () => {
  bench = await Bench.start();
  const { code, stderr } = await bench.apply('-f', await bench.clusterFile(twoDisks));
  expect(code, stderr).toBe(0);
  await bench.on(
    'hasta',
    'for n in 0 1; do echo precious >/hast/disk$n/marker; fsync /hast/disk$n/marker; done',
  );
  await still();
});
afterAll(() => bench.stop());

/** What was written goes on to both disks for a while. */
async function still(): Promise<void> {
  for (let before = '', tries = 0; tries < 40; tries += 1) {
    const now = JSON.stringify(configured());
    if (now === before) return;
    before = now;
    await sleep(1_500);
  }
  throw new Error('the disks do not come to rest');
}

/** Both nodes, without what the agents themselves write down while they run. */
function configured(): string[] {
  const own = /^\/var\/db\/hastconf\/(?!applied|backups|journal|lock)/;
  return ['hasta', 'hastb'].flatMap((node) => bench.state(node).filter((line) => !own.test(line)));
}

/** Every consent that a refusal has asked for. */
function consentsIn({ message }: Outcome): string[] {
  return message.match(/--destroy \S+/g)?.flatMap((words) => words.split(' ')) ?? [];
}

/** What is refused changes nothing, whatever is consented to; both copies are what they were. */
async function refused(change: Change, ...more: string[]): Promise<Outcome> {
  const file = await bench.clusterFile((own) => {
    twoDisks(own);
    change(own);
  });
  const before = configured();
  const outcome = await bench.apply('-f', file, ...more);
  expect(configured()).toEqual(before);
  expect(await bench.on('hasta', 'cat /hast/disk0/marker /hast/disk1/marker')).toBe('precious\nprecious\n');
  return outcome;
}

describe('a cluster file in which something is exchanged', () => {
  it('the providers of two resources: hastd would take the devices from under their file systems', async () => {
    const exchange: Change = ({ resources }) => {
      [resources.disk0, resources.disk1] = [resources.disk1, resources.disk0];
    };
    const outcome = await refused(exchange);
    expectClear(
      outcome,
      5,
      'disk0 is primary on hasta with /dev/vtbd1',
      'disk1 is primary on hasta with /dev/vtbd2',
    );
  });

  it('the providers of two resources on the standby alone: their copies are the other resource’s', async () => {
    const exchange: Change = ({ resources }) => {
      resources.disk0 = { local: { hasta: '/dev/vtbd1', hastb: '/dev/vtbd2' } };
      resources.disk1 = { local: { hasta: '/dev/vtbd2', hastb: '/dev/vtbd1' } };
    };
    const outcome = await refused(exchange);
    expect([3, 5]).toContain(outcome.code);
    expect(outcome.message).toContain('hastb');
  });

  it('the hosts behind the names', async () => {
    const outcome = await refused(({ nodes: { hasta, hastb } }) => {
      [hasta.ssh, hastb.ssh] = [hastb.ssh, hasta.ssh];
    });
    expectClear(
      outcome,
      3,
      'the machine behind hasta calls itself hastb',
      'the machine behind hastb calls itself hasta',
    );
  });

  it('the names of the nodes', async () => {
    const outcome = await refused((file) => {
      file.nodes = { hasta: file.nodes.hastb, hastb: file.nodes.hasta };
    });
    expectClear(outcome, 3, 'the machine behind hasta calls itself hastb');
  });

  it('the replication addresses', async () => {
    const outcome = await refused(({ nodes: { hasta, hastb } }) => {
      [hasta.replication, hastb.replication] = [hastb.replication, hasta.replication];
    });
    expectClear(outcome, 3, 'hasta has no address');
  });
});

describe('a cluster file of another pair', () => {
  const another: Change = (file) => {
    file.name = 'pair2';
    file.carp = { ...file.carp, address: '192.168.50.77/24', vhid: 77 };
    file.resources = { archive: { local: '/dev/vtbd3' } };
    file.storage = [{ type: 'ufs', resource: 'archive', mountpoint: '/hast/archive' }];
  };

  it('on the same nodes wants consent, by name, for what would go', async () => {
    const outcome = await refused(another);
    expectClear(outcome, 5, '/etc/hast.conf on hasta', 'another pair, ');
    for (const name of ['disk0', 'disk1']) expect(outcome.message).toContain(name);
  });

  it('on the same nodes is refused as long as one of these consents is missing', async () => {
    const consents = consentsIn(await refused(another));
    expect(consents.length).toBeGreaterThan(4);
    for (const words of [consents.slice(2), consents.slice(0, -2)]) {
      const outcome = await refused(another, ...words);
      expectClear(outcome, 5, 'refused: this would destroy data');
      expect(consentsIn(outcome)).toHaveLength(2);
    }
  });

  it('with the same resources on other disks', async () => {
    const outcome = await refused((file) => {
      file.name = 'pair2';
      file.resources.disk0 = { local: '/dev/vtbd3' };
    });
    expectClear(
      outcome,
      5,
      'disk0 is primary on hasta with /dev/vtbd1, and the cluster file says /dev/vtbd3',
    );
  });

  it('with nodes that are other machines', async () => {
    const outcome = await refused((file) => {
      file.nodes = { hastx: file.nodes.hasta, hasty: file.nodes.hastb };
      file.preferred = 'hastx';
    });
    expectClear(outcome, 3, 'the machine behind hastx calls itself hasta');
  });
});
