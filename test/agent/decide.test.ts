import { beforeAll, describe, expect, test } from 'vitest';
import { DecisionTable, type Observation, type Verdict } from './table.js';

let table: DecisionTable;
beforeAll(async () => {
  table = await DecisionTable.tabulate();
});

const HEALTHY: Observation = {
  carp: 'BACKUP',
  roles: 'all-secondary',
  mounts: 'none',
  fresh: 'fresh',
  epoch: 'equal',
  peer: 'serving',
  connected: 'yes',
  mode: 'off',
  phase: 'run',
  request: 'none',
  preferred: 'no',
};
const SERVING = { roles: 'all-primary', mounts: 'all', carp: 'MASTER', peer: 'standby' } as const;
const BOOTED = { roles: 'all-init', phase: 'boot' } as const;
const ALONE = { roles: 'all-init', phase: 'alone', peer: 'dead', epoch: 'ahead' } as const;

/** Rows that break the rule; a few of them are enough for a message. */
function breaking(rule: (seen: Observation, verdict: Verdict) => boolean): string[] {
  const broken: string[] = [];
  table.each((seen, verdict) => {
    if (broken.length < 3 && !rule(seen, verdict))
      broken.push(`${JSON.stringify(seen)} -> ${JSON.stringify(verdict)}`);
  });
  return broken;
}

describe('named situations', () => {
  const rows: [string, Partial<Observation>, string][] = [
    ['a fresh standby beside a serving peer stays ready', {}, 'none standby 20'],
    ['a stale standby does not hold the address', { fresh: 'stale' }, 'none standby 240'],
    ['a standby that the peer has left behind is not ready', { epoch: 'behind' }, 'none standby 240'],
    ['a serving node goes on', SERVING, 'none serving 0'],
    ['a serving node needs nobody', { ...SERVING, peer: 'unasked' }, 'none serving 0'],
    ['a serving node without its peer goes on', { ...SERVING, peer: 'dead' }, 'none serving 0'],
    ['the primary lost power', { carp: 'MASTER', peer: 'dead' }, 'promote peer-dead 0'],
    ['the address came, nobody asked yet', { carp: 'MASTER', peer: 'unasked' }, 'ask carp-master keep'],
    ['the address came while the peer serves', { carp: 'MASTER' }, 'none peer-serving 240'],
    ['the peer hands over', { carp: 'MASTER', peer: 'down' }, 'promote carp-master 0'],
    ['the peer is about to hand over', { carp: 'MASTER', peer: 'leaving' }, 'wait peer-leaving keep'],
    ['a hung peer is not dead', { carp: 'MASTER', peer: 'silent' }, 'none peer-silent 240'],
    ['a stale copy is refused', { carp: 'MASTER', peer: 'dead', fresh: 'stale' }, 'none not-fresh 240'],
    [
      'an isolated standby stays down',
      { carp: 'MASTER', peer: 'dead', connected: 'no' },
      'none isolated 240',
    ],
    ['an unknown copy is refused', { carp: 'MASTER', peer: 'dead', fresh: 'unknown' }, 'none not-fresh 240'],
    ['an isolated primary steps down', { ...SERVING, peer: 'dead', connected: 'no' }, 'demote isolated 240'],
    ['a primary without carrier hands over', { ...SERVING, carp: 'INIT' }, 'demote disconnected 240'],
    [
      'a primary without carrier keeps what nobody can take',
      { ...SERVING, carp: 'INIT', peer: 'down' },
      'none disconnected 0',
    ],
    ['both power on: roles first', { ...BOOTED, peer: 'down' }, 'secondary returning 240'],
    [
      'a returning node is secondary first',
      { ...BOOTED, epoch: 'behind', fresh: 'stale' },
      'secondary returning 240',
    ],
    [
      'both power on: the preferred one serves',
      { phase: 'boot', peer: 'standby', preferred: 'yes' },
      'promote boot-preferred 0',
    ],
    [
      'both power on: the other one waits',
      { phase: 'boot', peer: 'standby', carp: 'MASTER' },
      'none boot-peer-first 240',
    ],
    [
      'both power on: not for ever',
      { phase: 'alone', peer: 'standby', carp: 'MASTER' },
      'promote carp-master 0',
    ],
    ['one boots: waits for the peer', { ...ALONE, phase: 'boot', carp: 'MASTER' }, 'none waiting-peer 240'],
    ['one boots: goes on with the last data', { ...ALONE, carp: 'MASTER' }, 'promote alone 0'],
    ['one boots: takes the address first', ALONE, 'none standby-alone 20'],
    [
      'one boots: may not be the last copy',
      { ...ALONE, epoch: 'unknown', carp: 'MASTER' },
      'none last-data-unknown 240',
    ],
    [
      'one boots: forced',
      { ...ALONE, epoch: 'unknown', fresh: 'unknown', request: 'force' },
      'promote forced 0',
    ],
    ['force does not overrule a primary', { request: 'force', fresh: 'stale' }, 'none not-fresh 240'],
    ['planned move', { request: 'promote' }, 'takeover requested keep'],
    ['planned move, the peer has let go', { request: 'promote', peer: 'down' }, 'promote requested 0'],
    ['planned move, from the serving side', { ...SERVING, request: 'demote' }, 'demote requested 240'],
    [
      'no move to a peer that is not ready',
      { ...SERVING, request: 'demote', peer: 'down' },
      'none peer-not-ready 0',
    ],
    ['split-brain: a secondary would be overwritten', { epoch: 'diverged' }, 'retire split-brain 240'],
    ['split-brain: nothing by itself', { ...BOOTED, epoch: 'diverged' }, 'none split-brain 240'],
    [
      'split-brain: the one with the address goes on',
      { ...SERVING, epoch: 'diverged', peer: 'primary' },
      'none split-brain 0',
    ],
    ['maintenance: no fail-over', { carp: 'MASTER', peer: 'dead', mode: 'on' }, 'none maintenance 240'],
    ['maintenance: what runs goes on', { ...SERVING, mode: 'on' }, 'none serving 0'],
    ['hastd restarted under a mount', { roles: 'all-init', mounts: 'all' }, 'retire roles-lost 240'],
    ['a role lost under a mount', { mounts: 'some' }, 'demote mounted-secondary 240'],
    ['hastd silent, devices there', { roles: 'no-hastd', mounts: 'all' }, 'none hastd-silent keep'],
    ['hastd gone with the devices', { roles: 'no-hastd', mounts: 'some' }, 'demote hastd-lost 240'],
    ['two of three resources promoted', { roles: 'mixed', peer: 'standby' }, 'demote mixed-roles 240'],
    ['first set-up', { roles: 'all-primary', fresh: 'unknown', peer: 'down' }, 'promote half-promoted 0'],
    [
      'stale and primary: reads would hang',
      { roles: 'all-primary', fresh: 'stale', peer: 'down' },
      'demote not-fresh 240',
    ],
    [
      'a failed promotion is not repeated at once',
      { carp: 'MASTER', peer: 'dead', mode: 'hold' },
      'none hold 240',
    ],
  ];
  test.each(rows)('%s', (_name, seen, expected) => {
    const verdict = table.decide({ ...HEALTHY, ...seen });
    expect(`${verdict.action} ${verdict.reason} ${verdict.skew}`).toBe(expected);
  });
});

describe('over every combination', () => {
  test('no promotion unless the peer is known not to be primary', () => {
    const safe = ['standby', 'down', 'dead'];
    expect(
      breaking(
        (seen, { action }) =>
          action !== 'promote' ||
          safe.includes(seen.peer) ||
          (seen.peer === 'silent' && seen.request === 'force'),
      ),
    ).toEqual([]);
  });

  test('no promotion of a copy that is stale, behind or diverged, or may not be the last, unless forced', () => {
    expect(
      breaking((seen, { action }) => {
        if (action !== 'promote' || seen.request === 'force') return true;
        const known = seen.epoch === 'equal' || seen.epoch === 'ahead' || seen.roles === 'all-primary';
        const answered = seen.peer === 'standby' || seen.peer === 'down';
        const first = seen.roles === 'all-primary' && seen.fresh === 'unknown' && answered;
        return (
          known && seen.epoch !== 'behind' && seen.epoch !== 'diverged' && (seen.fresh === 'fresh' || first)
        );
      }),
    ).toEqual([]);
  });

  test('no promotion without carrier and witness, unless forced', () => {
    const cut = (seen: Observation) =>
      seen.connected === 'no' || seen.carp === 'INIT' || seen.carp === 'none';
    expect(
      breaking((seen, { action }) => action !== 'promote' || seen.request === 'force' || !cut(seen)),
    ).toEqual([]);
  });

  test('a diverged copy is never made secondary', () => {
    expect(
      breaking(
        (seen, { action }) =>
          seen.epoch !== 'diverged' || seen.roles === 'no-hastd' || !['demote', 'secondary'].includes(action),
      ),
    ).toEqual([]);
  });

  test('roles are given after a boot only when the epochs were compared', () => {
    const compared = ['equal', 'ahead', 'behind'];
    expect(breaking((seen, { action }) => action !== 'secondary' || compared.includes(seen.epoch))).toEqual(
      [],
    );
  });

  test('storage never stays mounted under a role that is not primary', () => {
    expect(
      breaking(
        (seen, { action }) =>
          !['all-init', 'all-secondary'].includes(seen.roles) ||
          seen.mounts === 'none' ||
          ['demote', 'retire', 'promote'].includes(action),
      ),
    ).toEqual([]);
  });

  test('in maintenance nothing is promoted unless asked for', () => {
    expect(
      breaking(
        (seen, { action }) =>
          action !== 'promote' || seen.mode !== 'on' || ['promote', 'force'].includes(seen.request),
      ),
    ).toEqual([]);
  });

  test('the address: 0 only with the storage, 20 only with a fresh copy', () => {
    expect(
      breaking((seen, { action, skew }) => {
        if (skew === '0') return action === 'promote' || ['all-primary', 'mixed'].includes(seen.roles);
        if (skew === '20') return seen.fresh === 'fresh' && seen.epoch !== 'behind' && seen.mode === 'off';
        return ['240', 'keep'].includes(skew);
      }),
    ).toEqual([]);
  });

  test('asking ends once the peer was asked, and waiting is for a peer that leaves', () => {
    expect(
      breaking((seen, { action }) => {
        if (action === 'ask') return seen.peer === 'unasked';
        return action !== 'wait' || seen.peer === 'leaving';
      }),
    ).toEqual([]);
  });

  test('two standbys that see each other and both hold the address: not both go at boot', () => {
    const other = { ...HEALTHY, carp: 'MASTER', peer: 'standby', phase: 'boot' } as const;
    expect(table.decide({ ...other, preferred: 'yes' }).action).toBe('promote');
    expect(table.decide({ ...other, preferred: 'no' }).action).toBe('none');
  });

  test('two serving nodes: exactly one goes on, wherever the address is', () => {
    for (const epoch of ['equal', 'diverged', 'unknown'] as const) {
      for (const [mine, its] of [
        ['MASTER', 'BACKUP'],
        ['MASTER', 'MASTER'],
        ['BACKUP', 'BACKUP'],
        ['BACKUP', 'MASTER'],
      ] as const) {
        const view = (carp: 'MASTER' | 'BACKUP', peerCarp: string, preferred: 'yes' | 'no') =>
          table.decide({
            ...HEALTHY,
            ...SERVING,
            epoch,
            carp,
            preferred,
            peer: peerCarp === 'MASTER' ? 'serving' : 'primary',
          }).action;
        const actions = [view(mine, its, 'yes'), view(its, mine, 'no')].sort();
        expect([mine, its, epoch, ...actions]).toEqual([mine, its, epoch, 'none', 'retire']);
      }
    }
  });

  test('the reason codes are these', () => {
    expect(table.reasons()).toMatchSnapshot();
  });
});
