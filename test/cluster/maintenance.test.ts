import { describe, expect, it } from 'vitest';
import { maintenanceOff, maintenanceOn } from '../../src/cluster/maintenance.js';
import { nodeFacts } from '../report/pair.js';

const NOW = 1_795_169_126;
const at = (until: number | null) =>
  nodeFacts('hasta', {
    agent: {
      version: '1',
      node: 'hasta',
      state: 'serving',
      fresh: 'fresh',
      epoch: 1,
      maintenanceUntil: until,
    },
  });

describe('maintenance', () => {
  it('is turned on where it is not, or ends at another time', () => {
    expect(maintenanceOn(at(null), 7200)).toMatchObject([
      { id: 'hasta/maintenance/on', diff: '+ carp-hast-switch maintenance on 7200' },
    ]);
    expect(maintenanceOn(at(NOW + 600), 7200)).toHaveLength(1);
  });

  it('that ends when it is to end is left alone', () => {
    expect(maintenanceOn(at(NOW + 7180), 7200)).toEqual([]);
  });

  it('is turned off where it is on', () => {
    expect(maintenanceOff(at(null))).toEqual([]);
    expect(maintenanceOff(at(NOW + 5))).toMatchObject([{ id: 'hasta/maintenance/off' }]);
  });
});
