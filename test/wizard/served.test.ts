import { describe, expect, it } from 'vitest';
import { exportsTo } from '../../src/wizard/questions/exports.js';
import { served } from '../../src/wizard/questions/served.js';
import { lun, targets } from '../../src/wizard/questions/targets.js';
import type { Answers, Context, Pair } from '../../src/wizard/types.js';
import { ANSWERS, HERE, measuredPair } from './fixtures.js';

function at(answers: Answers, pair: Pair = measuredPair()): Context {
  return {
    answers: { ...ANSWERS, names: 'disk0', carpLink: ['vtnet1', 'vtnet1'], ...answers },
    pair,
    here: HERE,
  };
}

function values(context: Context, question = served): string[] {
  const ask = question.ask(context);
  return ask.kind === 'type' ? [ask.default ?? ''] : ask.choices.map(({ value }) => value);
}

describe('what the storage is for', () => {
  it.each([
    ['files', { use: 'ufs' }, ['nfs', 'samba', 'own']],
    ['a bare device', { use: 'raw' }, ['iscsi', 'own']],
    ['a pool', { use: 'zfs', pool: 'shared' }, ['nfs', 'iscsi', 'samba', 'own']],
    [
      'different things',
      { names: 'disk0 disk1', use: 'each', uses: 'ufs raw' },
      ['nfs', 'iscsi', 'samba', 'own'],
    ],
  ])('%s: only what that can do', (_, answers, ways) => {
    expect(values(at(answers))).toEqual(ways);
  });

  it('is shown in words', () => {
    expect(served.show?.(['nfs', 'own'], at({}))).toBe(
      'share files with Unix machines, run something of your own',
    );
    expect(served.show?.([], at({}))).toBe('nothing yet');
  });
});

describe('proposals', () => {
  it('export to the network of the shared address, never to the replication link', () => {
    const networks = values(at({ served: ['nfs'] }), exportsTo);
    expect(networks[0]).toBe('192.168.50.0/24');
    expect(networks.some((network) => network.startsWith('10.77.'))).toBe(false);
  });

  it('name targets by the domain of the machines', () => {
    const pair = measuredPair();
    const [first, second] = pair.facts;
    const identity = { ...first.identity, hostname: 'hasta.example.org' };
    const known = { ...pair, facts: [{ ...first, identity }, second] as const };
    const raw = { names: 'disk0 disk1', use: 'raw', served: ['iscsi'] };
    expect(values(at(raw, known), targets)).toEqual([
      'iqn.2000-01.org.example:disk0 iqn.2000-01.org.example:disk1',
    ]);
    expect(values(at(raw), targets)[0]).toMatch(/^iqn\.2000-01\.internal\.hasta:disk0 /);
  });

  it('make a volume of half of the smallest disk', () => {
    const context = at({
      use: 'zfs',
      pool: 'shared',
      served: ['iscsi'],
      providers: ['/dev/vtbd1=/dev/vtbd1'],
    });
    const size = measuredPair().facts[0].disks[0]!.mediaSize!;
    expect(values(context, lun)).toEqual([`shared/lun0 ${Math.floor(size / 2 ** 21)}M`]);
  });
});
