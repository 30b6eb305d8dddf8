import { describe, expect, it } from 'vitest';
import { complaints, specOf } from '../../src/wizard/draft.js';

const context = { home: '/home/me' };

const draft = (more: object = {}) => ({
  version: 1 as const,
  name: 'pair1',
  nodes: {
    hasta: { ssh: { host: '192.0.2.11' }, replication: '10.77.0.1', interface: 'vtnet1' },
    hastb: { ssh: { host: '192.0.2.12' }, replication: '10.77.0.2', interface: 'vtnet1' },
  },
  carp: { address: '192.168.50.10/24', vhid: 1 },
  resources: { disk0: { local: '/dev/vtbd1' } },
  ...more,
});

describe('complaints', () => {
  it('are those of the cluster file, about the places that were asked for', () => {
    const wrong = draft({ carp: { address: '192.168.50.10', vhid: 300 } });
    expect(complaints(wrong, [['carp', 'vhid']])).toEqual([
      expect.objectContaining({ message: 'must be a whole number from 1 to 255, not "300"' }),
    ]);
    expect(complaints(wrong, [['name']])).toEqual([]);
  });

  it('come from what two values say together only when each alone is good', () => {
    const wrong = draft({ carp: { address: '10.77.0.1/24', vhid: 1 } });
    expect(complaints(wrong, [['nodes', 'hasta']])[0]?.message).toContain('is the CARP address');
  });

  it('never are about what is still missing', () => {
    expect(complaints({ nodes: { hasta: {}, hastb: {} } }, [['nodes'], ['carp'], ['resources']])).toEqual([]);
  });
});

describe('a spec', () => {
  it('is made of a whole draft', () => {
    expect(specOf(draft(), context)).toMatchObject({ name: 'pair1', preferred: 'hasta' });
  });

  it('is made without a proposal that contradicts an answer', () => {
    const spec = specOf(draft({ agent: { witness: ['192.168.50.10'] } }), context);
    expect(spec?.carp.address).toBe('192.168.50.10');
    expect(spec?.agent.witness).toEqual([]);
  });

  it('is not made of a part', () => {
    expect(specOf({ version: 1, name: 'pair1' }, context)).toBeUndefined();
    expect(specOf(draft({ carp: { address: '10.77.0.1/24', vhid: 1 } }), context)).toBeUndefined();
  });
});
