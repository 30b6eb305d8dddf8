import { describe, expect, it } from 'vitest';
import { ExitCode, HastconfError, type Problem } from '../../src/errors.js';
import { parseSpec } from '../../src/spec/load.js';
import { normalise } from '../../src/spec/normalise.js';
import type { RawCluster } from '../../src/spec/schema.js';
import { serializeSpec } from '../../src/spec/serialize.js';
import { draftOf } from '../../src/wizard/answers-to-draft.js';
import { askAll } from '../../src/wizard/ask-all.js';
import { NotMet } from '../../src/wizard/ports.js';
import { ADOPT, AGAIN } from '../../src/wizard/types.js';
import { contextOf, type Wizard } from '../../src/wizard/wizard.js';
import { hastResource, provider } from '../plan/fixtures.js';
import { BACK, EMPTY_PLAN, HELP, type Line, measuredPair, OTHER, played, SHORTEST } from './fixtures.js';

/** The spec that the answers mean, read back from the file's own text. */
function specFrom(wizard: Wizard) {
  const draft = draftOf(contextOf(wizard)) as RawCluster;
  return parseSpec(serializeSpec(normalise(draft, wizard.files)), 'cluster.yaml');
}

/** The shortest way with some lines in place of others. */
function way(change: Record<string, readonly Line[]>): Line[] {
  return SHORTEST.flatMap((line) => change[line[0]] ?? [line]);
}

describe('the conversation', () => {
  it('ends in a cluster file', async () => {
    const { wizard, rest, kept } = played(SHORTEST);
    expect(await askAll(wizard)).toBe('answered');
    expect(rest).toEqual([]);
    expect(kept.at(-1)).toEqual(wizard.progress);
    expect(specFrom(wizard)).toMatchObject({
      name: 'hasta-hastb',
      nodes: [
        {
          name: 'hasta',
          ssh: { host: '192.0.2.11', user: 'root' },
          replication: '10.77.0.1',
          interface: 'vtnet1',
        },
        { name: 'hastb', replication: '10.77.0.2' },
      ],
      carp: { address: '192.168.50.10', prefixLength: 24, vhid: 1 },
      resources: [{ name: 'disk0', local: { hasta: '/dev/vtbd1', hastb: '/dev/vtbd1' } }],
      storage: [{ type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' }],
      agent: { witness: ['192.168.50.1'] },
    });
  });

  it('tells what it did not have to ask', async () => {
    const { wizard, said } = played(SHORTEST);
    await askAll(wizard);
    expect(said).toContain('  VHID: 1, not in use there');
    expect(said).toContain('  CARP interfaces: 192.168.50.0/24 (vtnet1, other machines)');
    expect(said.filter((line) => line.includes('VHID:'))).toHaveLength(1);
  });

  it('explains a question, and asks it again', async () => {
    const { wizard, said } = played(way({ 'Which link': [['Which link', HELP], SHORTEST[2]!] }));
    await askAll(wizard);
    expect(said.join('\n')).toMatch(
      /Every write goes over this link.*In the cluster file: nodes\.NAME\.replication/s,
    );
  });

  it('goes back to where it was, and not before the start', async () => {
    const { wizard, said, rest } = played([
      ['First machine', BACK],
      SHORTEST[0]!,
      SHORTEST[1]!,
      ['Which link', BACK],
      ['Second machine', BACK],
      ...SHORTEST,
    ]);
    await askAll(wizard);
    expect(rest).toEqual([]);
    expect(said).toContain('This is the first question.');
  });

  it('builds a pool of disks and a new volume, with the services on it', async () => {
    const zfs = {
      loaded: true,
      pools: [{ name: 'tank', size: 2 ** 40, free: 2 ** 39, health: 'ONLINE' }],
      volumes: [],
    };
    const pair = measuredPair({ first: { zfs }, second: { zfs } });
    const { wizard, rest } = played(
      way({
        replicated: [
          ['replicated', ['/dev/vtbd1=/dev/vtbd1', 'new-zvol']],
          ['Name of the new volume', 'vol0'],
          ['Size', '16G'],
        ],
        'What should be on it': [
          ['What should be on it', 'zfs'],
          ['How should the pool use its 2', 'mirror'],
          ['Name of the pool', 'tank'],
          ['Name of the pool', 'shared'],
        ],
        'Mounted on': [],
        'storage for': [
          ['storage for', ['own']],
          ['services or jails', 'post gre$'],
          ['services or jails', 'postgresql, jail:web'],
        ],
      }),
      {},
      pair,
    );
    await askAll(wizard);
    expect(rest).toEqual([]);
    expect(specFrom(wizard)).toMatchObject({
      resources: [
        { name: 'disk0' },
        { name: 'vol0', zvol: { pool: { hasta: 'tank', hastb: 'tank' }, name: 'vol0', size: 2 ** 34 } },
      ],
      storage: [{ type: 'zfs', pool: 'shared', layout: 'mirror', resources: ['disk0', 'vol0'] }],
      services: [
        { type: 'rc', name: 'postgresql' },
        { type: 'jail', name: 'web' },
      ],
    });
  });

  it('shares files over NFS to the network of the clients, and over Samba', async () => {
    const { wizard, rest } = played(
      way({
        'storage for': [
          ['storage for', ['nfs', 'samba']],
          ['Which network may mount it', '192.168.50.0/24'],
          ['Which version of NFS', '3'],
          ['Name of the share', 'data'],
        ],
      }),
    );
    await askAll(wizard);
    expect(rest).toEqual([]);
    expect(specFrom(wizard).services).toEqual([
      { type: 'nfs', exports: ['/hast/disk0 -alldirs -network 192.168.50.0/24'] },
      { type: 'samba', share: 'data', path: '/hast/disk0' },
    ]);
  });

  it('takes other networks for NFS, and its fourth version', async () => {
    const { wizard, said } = played(
      way({
        'storage for': [
          ['storage for', ['nfs']],
          ['Which network may mount it', OTHER],
          ['Networks such as', 'everybody'],
          ['Networks such as', '192.168.50.0/24 192.168.60.0/24'],
          ['Which version of NFS', '4'],
        ],
      }),
    );
    await askAll(wizard);
    expect(said).toContain('! everybody is no network such as 192.168.50.0/24');
    expect(specFrom(wizard).services).toEqual([
      {
        type: 'nfs',
        version: 4,
        exports: [
          '/hast/disk0 -alldirs -network 192.168.50.0/24',
          '/hast/disk0 -alldirs -network 192.168.60.0/24',
        ],
      },
    ]);
  });

  it('gives every bare device to another server, under names that it proposes', async () => {
    const { wizard, rest } = played(
      way({
        'What should be on it': [['What should be on it', 'raw']],
        'Mounted on': [],
        'storage for': [
          ['storage for', ['iscsi']],
          ['Name of the target', 'disk0'],
          ['Name of the target', 'iqn.2026-01.org.example:disk0'],
        ],
      }),
    );
    await askAll(wizard);
    expect(rest).toEqual([]);
    expect(specFrom(wizard).services).toEqual([
      { type: 'iscsi', target: 'iqn.2026-01.org.example:disk0', resource: 'disk0' },
    ]);
  });

  it('makes a volume for another server in the pool', async () => {
    const { wizard, said } = played(
      way({
        'What should be on it': [
          ['What should be on it', 'zfs'],
          ['Name of the pool', 'shared'],
        ],
        'Mounted on': [],
        'storage for': [
          ['storage for', ['iscsi']],
          ['Volume in the pool', 'tank/lun0 64M'],
          ['Volume in the pool', 'shared/lun0 64M'],
          ['Name of the target', 'iqn.2026-01.org.example:lun0'],
        ],
      }),
    );
    await askAll(wizard);
    expect(said).toContain('! it must be in the pool: shared/NAME');
    expect(specFrom(wizard).services).toEqual([
      { type: 'iscsi', target: 'iqn.2026-01.org.example:lun0', volume: 'shared/lun0', size: 2 ** 26 },
    ]);
  });

  it('takes partitions that no list offers, and different things on each', async () => {
    const { wizard } = played(
      way({
        replicated: [
          ['replicated', ['typed']],
          ['Device on', '/dev/ada0p4 /dev/ada1p4 /dev/gpt/b'],
          ['Device on', '/dev/ada0p4 /dev/ada1p4 /dev/gpt/b /dev/gpt/b'],
        ],
        'What should be on it': [
          ['What should be on it', 'each'],
          ['ufs, zfs or raw', 'raw ext4'],
          ['ufs, zfs or raw', 'raw ufs'],
        ],
        'Mounted on': [['Mounted on', '/data']],
      }),
    );
    await askAll(wizard);
    expect(specFrom(wizard)).toMatchObject({
      resources: [
        { local: { hasta: '/dev/ada0p4', hastb: '/dev/ada1p4' } },
        { local: { hasta: '/dev/gpt/b' } },
      ],
      storage: [
        { type: 'raw', resource: 'disk0' },
        { type: 'ufs', resource: 'disk1', mountpoint: '/data' },
      ],
    });
  });
});

describe('an answer is refused at once', () => {
  const refused: readonly [string, Record<string, readonly Line[]>, RegExp][] = [
    ['a login', { 'First machine': [['First machine', 'nas1 nas2'], SHORTEST[0]!] }, /name one machine/],
    [
      'this machine, where it runs no FreeBSD',
      { 'First machine': [['First machine', 'local'], SHORTEST[0]!] },
      /does not run FreeBSD/,
    ],
    [
      'the same machine twice',
      { 'Second machine': [['Second machine', 'root@192.0.2.11'], SHORTEST[1]!] },
      /reaches the same machine/,
    ],
    [
      'a CARP address outside of the network',
      { Address: [['Address', '10.1.1.1/24'], SHORTEST[3]!] },
      /is not in 192\.168\.50\.0\/24/,
    ],
    ['the broadcast address', { Address: [['Address', '192.168.50.255'], SHORTEST[3]!] }, /broadcast/],
    [
      'no address at all',
      { Address: [['Address', 'storage'], SHORTEST[3]!] },
      /must be an address and a prefix length/,
    ],
    [
      'a mount point of the system',
      { 'Mounted on': [['Mounted on', '/etc/hast'], SHORTEST[7]!] },
      /belongs to the system/,
    ],
    ['no provider', { replicated: [['replicated', []], SHORTEST[5]!] }, /mark at least one/],
  ];

  it.each(refused)('%s', async (_, change, reason) => {
    const { wizard, said, rest } = played(way(change));
    await askAll(wizard);
    expect(rest).toEqual([]);
    expect(said.find((line) => line.startsWith('! '))).toMatch(reason);
  });

  it('addresses in two families', async () => {
    const { wizard, said } = played(
      way({
        'Which link': [
          ['Which link', OTHER],
          ['Replication addresses', '10.0.0.1 2001:db8::1'],
          ['Replication addresses', BACK],
          ['Which link', OTHER],
          ['Replication addresses', '10.0.0.1 10.0.0.2'],
          ['In which network', 'vtnet1 vtnet1'],
        ],
      }),
    );
    await askAll(wizard);
    expect(said).toContain('! must be of the same family (IPv4 or IPv6) as the other node’s');
  });

  it('what both machines object to, by the same checks as apply', async () => {
    const problem: Problem = {
      id: 'carp-address-in-use',
      message: 'another machine answers at 192.168.50.10',
    };
    const other: Problem = { id: 'mountpoint-not-empty', message: 'of no concern here' };
    const asked: string[] = [];
    const { wizard, said } = played(way({ Address: [SHORTEST[3]!, ['Address', '192.168.50.20']] }), {
      inspect: async ({ carp }) => {
        asked.push(carp.address);
        return { ...EMPTY_PLAN, problems: carp.address === '192.168.50.10' ? [problem, other] : [] };
      },
    });
    await askAll(wizard);
    expect(said).toContain('! another machine answers at 192.168.50.10');
    expect(said.join('\n')).not.toContain('of no concern');
    expect(asked).toContain('192.168.50.20');
    expect(contextOf(wizard).answers.address).toBe('192.168.50.20/24');
  });
});

describe('the machines', () => {
  it('that cannot be reached open their login again, with the reason and the way out', async () => {
    let tries = 0;
    const failure = new HastconfError(ExitCode.Unreachable, '192.0.2.12: no route to host', {
      remedy: 'ssh 192.0.2.12',
    });
    const { wizard, said, rest } = played([SHORTEST[0]!, SHORTEST[1]!, ...SHORTEST.slice(1)], {
      meet: async () => {
        tries += 1;
        if (tries === 1) throw new NotMet([undefined, failure]);
        return measuredPair();
      },
    });
    await askAll(wizard);
    expect(rest).toEqual([]);
    expect(said).toContain('! 192.0.2.12: no route to host');
    expect(said).toContain('  -> ssh 192.0.2.12');
  });

  it('with problems of their own can be mended and looked at again', async () => {
    const clock: Problem = {
      id: 'clock-skew',
      message: 'the clocks are 40 s apart',
      remedy: 'set both clocks',
    };
    const pairs = [{ ...measuredPair(), problems: [clock] }, measuredPair()];
    const { wizard, said, rest } = played(
      [SHORTEST[0]!, SHORTEST[1]!, ['would stop', AGAIN], ...SHORTEST.slice(2)],
      { meet: async () => pairs.shift()! },
    );
    await askAll(wizard);
    expect(rest).toEqual([]);
    expect(said.join('\n')).toContain('! the clocks are 40 s apart\n    -> set both clocks');
  });

  it('that have HAST already are offered to be adopted', async () => {
    const hast = {
      running: true,
      metadata: {},
      resources: { mail: hastResource('mail', { role: 'primary' }) },
    };
    const pair = measuredPair({ first: { hast } });
    const { wizard, said } = played(
      [SHORTEST[0]!, SHORTEST[1]!, ['HAST on these machines', ADOPT]],
      {},
      pair,
    );
    expect(await askAll(wizard)).toBe('adopt');
    expect(said.join('\n')).toContain('hasta has running resources mail (primary).');
  });

  it('keep the names that HAST has for their disks', async () => {
    const disks = [provider('/dev/vtbd1', { hastMetadata: { resource: 'mail' } }), provider('/dev/vtbd2')];
    const pair = measuredPair({ first: { disks }, second: { disks } });
    const { wizard } = played(
      [
        SHORTEST[0]!,
        SHORTEST[1]!,
        ['HAST on these machines', 'new'],
        ...SHORTEST.slice(2, 5),
        ['replicated', ['/dev/vtbd2=/dev/vtbd2', '/dev/vtbd1=/dev/vtbd1']],
        SHORTEST[6]!,
        ['Mounted on', '/hast/a /hast/b'],
        SHORTEST[8]!,
      ],
      {},
      pair,
    );
    await askAll(wizard);
    expect(contextOf(wizard).answers.names).toEqual(['disk0', 'mail']);
  });

  it('that nobody could listen on are asked for a VHID', async () => {
    const { wizard, rest } = played(
      way({
        Address: [SHORTEST[3]!, ['VHID', 'seven'], ['VHID', '300'], ['VHID', '7']],
      }),
      { survey: async () => ({ taken: ['192.168.50.10'], vhids: [], deaf: 'tcpdump is not installed' }) },
    );
    await askAll(wizard);
    expect(rest).toEqual([]);
    expect(contextOf(wizard).answers.vhid).toBe('7');
  });

  it('say which VHIDs and addresses are taken', async () => {
    const { wizard, said } = played(SHORTEST, { survey: async () => ({ taken: [], vhids: [1, 2] }) });
    await askAll(wizard);
    expect(said).toContain('  VHID: 3, not in use there');
  });

  it('that go away in the middle end the conversation, with the answers kept', async () => {
    const gone = new HastconfError(ExitCode.Unreachable, 'hasta: the connection was lost');
    const { wizard, kept } = played(SHORTEST, { inspect: () => Promise.reject(gone) });
    await expect(askAll(wizard)).rejects.toBe(gone);
    expect(kept.at(-1)?.trail).toEqual(['login1', 'login2']);
  });
});
