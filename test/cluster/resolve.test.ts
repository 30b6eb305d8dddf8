import { describe, expect, it } from 'vitest';
import { evidenceOf, evidenceRows, partedBecause } from '../../src/cluster/evidence.js';
import { consentProblems, giveUpSteps, handOverSteps, resolveProblems } from '../../src/cluster/resolve.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { table } from '../../src/report/text.js';
import { nodeFacts, pairSpec } from '../report/pair.js';
import { resource } from '../sync/samples.js';

const spec = pairSpec();
const metadata = {
  ...{ resource: 'disk0', datasize: 5e8, extentsize: 2_097_152, keepdirty: 64, localoff: 4096 },
  ...{ resuid: '1', localcnt: 1, remotecnt: 1, prevrole: 'primary' as const },
};
const split = (node: string, over: Record<string, unknown> = {}) => ({
  ...{
    version: '1',
    node,
    state: 'split-brain',
    fresh: 'fresh',
    epoch: 5,
    agreedEpoch: 3,
    reason: 'split-brain',
  },
  ...{ alarms: ['split-brain'], maintenanceUntil: null, since: 1_795_169_000 },
  lastTransition: { from: 'serving', to: 'down', reason: 'isolated', seconds: 2 },
  ...over,
});
const hast = (role: 'init' | 'primary', localcnt: number): NodeFacts['hast'] => ({
  running: true,
  resources: { disk0: resource('disk0', role, role === 'init' ? undefined : 'degraded', 4_194_304) },
  metadata: { disk0: { ...metadata, localcnt } },
  configExit: 65,
});
const facts = (over: Partial<NodeFacts> = {}) => ({
  hasta: nodeFacts('hasta', { agent: split('hasta'), hast: hast('init', 1), mounts: [], hastDevices: [] }),
  hastb: nodeFacts(
    'hastb',
    { agent: split('hastb'), hast: hast('primary', 2), ...over },
    { serving: 'hastb' },
  ),
});
const toHastb = { spec, winner: 'hastb', id: 'run1' };
const toHasta = { spec, winner: 'hasta', id: 'run1' };
const ids = (steps: readonly { id: string }[]) => steps.map(({ id }) => id);

describe('the evidence', () => {
  it('is shown side by side', async () => {
    const both = Object.values(facts()).map((own) => evidenceOf(spec, own, []));
    await expect(`${table(evidenceRows(both)).join('\n')}\n`).toMatchFileSnapshot('golden/evidence.txt');
  });

  it('is of copies that have parted, and says by whose word', () => {
    expect(partedBecause(spec, Object.values(facts()))).toEqual([
      'hasta says split-brain',
      'hastb says split-brain',
    ]);
    expect(partedBecause(spec, [nodeFacts('hasta'), nodeFacts('hastb')])).toEqual([]);
    const two = [nodeFacts('hasta'), nodeFacts('hastb', {}, { serving: 'hastb' })];
    expect(partedBecause(spec, two)).toEqual(['both nodes are primary']);
  });
});

describe('the repair', () => {
  it('with the winner serving only gives the other copy up', () => {
    expect(handOverSteps(toHastb, facts())).toEqual([]);
    expect(ids(giveUpSteps(toHastb, facts()))).toEqual(['hasta/retire', 'hasta/rejoin-copy']);
  });

  it('with the loser serving moves the storage first, and keeps its agent from taking it back', () => {
    expect(ids(handOverSteps(toHasta, facts()))).toEqual(['hastb/maintenance/demote', 'hasta/move/force']);
  });

  it('never touches the winner once the storage is there', () => {
    for (const resolution of [toHasta, toHastb])
      for (const step of giveUpSteps({ ...resolution, keep: '/var/tmp/old' }, facts()))
        expect(step.node).not.toBe(resolution.winner);
  });

  it('looks at the role and the mounts again right before it creates anything', () => {
    const retire = giveUpSteps(toHastb, facts()).find(({ phase }) => phase === 'retire')!;
    if (retire.action.kind !== 'script') throw new Error('not a script');
    const script = retire.action.script;
    expect(retire.risk).toBe('destroys');
    expect(script.indexOf('refuse')).toBeLessThan(script.indexOf('hastctl create'));
    expect(script.lastIndexOf('is primary on hasta')).toBeGreaterThan(
      script.indexOf('service carp_hast stop'),
    );
  });

  it('keeps the losing copy in a file that is not there yet', () => {
    const [keep] = giveUpSteps({ ...toHastb, keep: '/var/tmp/old' }, facts());
    expect(keep).toMatchObject({
      id: 'hasta/keep/disk0',
      title: expect.stringContaining('/var/tmp/old.disk0'),
    });
  });

  it('keeps a zvol in a snapshot', () => {
    const [disk0] = spec.resources;
    const zvol = { pool: { hasta: 'tank', hastb: 'zdata' }, name: 'vol0', size: 5e8 };
    const steps = giveUpSteps({ ...toHastb, spec: { ...spec, resources: [{ ...disk0!, zvol }] } }, facts());
    expect(steps[0]).toMatchObject({ title: 'Keep the copy of disk0 as tank/vol0@hastconf-run1' });
  });

  it('is refused when the winner has no copy, or somebody does not answer', () => {
    expect(resolveProblems(toHasta, facts())).toEqual([]);
    const empty = { ...facts(), hasta: nodeFacts('hasta', { hast: { ...hast('init', 0), metadata: {} } }) };
    expect(ids(resolveProblems(toHasta, empty))).toEqual(['winner-without-copy']);
    const down = facts({ hast: { ...hast('primary', 1), running: false } });
    expect(ids(resolveProblems(toHasta, down))).toEqual(['hastd-down']);
  });
});

describe('consent', () => {
  it('names the losing copy, resource by resource', () => {
    expect(consentProblems(toHastb, ['hasta:disk0'])).toEqual({ missing: [], wrong: [] });
    expect(consentProblems(toHastb, [])).toEqual({ missing: ['hasta:disk0'], wrong: [] });
    expect(consentProblems(toHasta, ['hasta:disk0'])).toEqual({
      missing: ['hastb:disk0'],
      wrong: ['hasta:disk0'],
    });
  });
});
