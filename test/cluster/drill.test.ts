import { describe, expect, it } from 'vitest';
import { failedChecks } from '../../src/cluster/check.js';
import { decideDrill } from '../../src/cluster/drill.js';
import { nodeFacts, pairSpec } from '../report/pair.js';

const agent = (node: string, over: Record<string, unknown> = {}) => ({
  ...{ version: '1', node, state: node === 'hasta' ? 'serving' : 'standby', fresh: 'fresh', epoch: 4 },
  ...{ agreedEpoch: 4, reason: '', alarms: [], maintenanceUntil: null },
  ...over,
});
const ids = (a: Record<string, unknown>, b: Record<string, unknown>) => {
  const facts = {
    hasta: nodeFacts('hasta', { agent: agent('hasta', a) }),
    hastb: nodeFacts('hastb', { agent: agent('hastb', b) }),
  };
  return failedChecks(decideDrill(pairSpec(), facts).checks).map(({ id }) => id);
};

describe('a drill', () => {
  it('is for a pair at rest', () => {
    expect(ids({}, {})).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string[]]>([
    ['an alarm on the primary', { alarms: ['replication-lost'] }, {}, ['no-alarms']],
    ['an alarm on the standby', {}, { alarms: ['hastd-down'] }, ['no-alarms']],
    ['a primary that has gone on alone', { epoch: 5, agreedEpoch: 4 }, { epoch: 5 }, ['copies-agreed']],
    ['maintenance of the primary', { maintenanceUntil: 9e9 }, {}, ['no-maintenance-serving']],
    ['a stale standby', {}, { fresh: 'stale' }, ['target-fresh']],
  ])('is refused with %s', (_, a, b, expected) => {
    expect(ids(a, b)).toEqual(expected);
  });
});
