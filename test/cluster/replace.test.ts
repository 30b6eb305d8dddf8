import { describe, expect, it } from 'vitest';
import { ownCopies, planReplacement, type Replacement, wrongConsents } from '../../src/cluster/replace.js';
import { survivorProblems } from '../../src/cluster/survivor.js';
import type { HastMetadataFacts, NodeFacts } from '../../src/facts/types.js';
import { metadata, provider } from '../plan/fixtures.js';
import { hast, mountOf, nodeFacts, pairSpec } from '../report/pair.js';
import { resource } from '../sync/samples.js';

const spec = pairSpec();
const PATH = '/dev/vtbd1';
const wish: Replacement = { spec, node: 'hastb', resource: 'disk0', destroy: [] };
const used = metadata('disk0', { resuid: '7', localcnt: 1, prevrole: 'primary' });

/** hasta serves alone; hastb's disk was exchanged for a blank one under its hastd. */
function pair(own: Partial<NodeFacts> = {}, good: Partial<NodeFacts> = {}) {
  const primary = hast([resource('disk0', 'primary', 'degraded', 4_194_304)]);
  return {
    hasta: nodeFacts('hasta', {
      providers: { [PATH]: provider(PATH, { hastMetadata: { resource: 'disk0' } }) },
      hast: { ...primary, metadata: { disk0: used } },
      ...good,
    }),
    hastb: nodeFacts('hastb', {
      providers: { [PATH]: provider(PATH, { ends: 'blank' }) },
      hast: hast([resource('disk0', 'secondary')]),
      ...own,
    }),
  };
}

/** hastb's provider holds a copy of disk0 with this metadata. */
function holding(dump: HastMetadataFacts, running = resource('disk0', 'init')): Partial<NodeFacts> {
  return {
    providers: { [PATH]: provider(PATH, { hastMetadata: { resource: 'disk0' } }) },
    hast: { ...hast([running]), metadata: { disk0: dump } },
  };
}

const agent = (node: string, over: Record<string, unknown>) => ({
  ...{ version: '1', node, state: 'serving', fresh: 'fresh', epoch: 3 },
  ...over,
});
const ids = (all: readonly { id: string }[]) => all.map(({ id }) => id);
const plan = (facts = pair(), destroy: readonly string[] = []) =>
  planReplacement({ ...wish, destroy }, facts);
const scriptOf = (made: ReturnType<typeof plan>) => {
  const action = made.steps[0]?.action;
  if (action?.kind !== 'script') throw new Error('not a script');
  return action.script;
};

describe('a blank disk in place of a dead one', () => {
  it('gets a copy, and the agent starts again', () => {
    expect(plan()).toMatchObject({ problems: [], destructions: [] });
    expect(ids(plan().steps)).toEqual(['hastb/metadata/disk0', 'hastb/rejoin-copy']);
  });

  it('is never touched on the node that serves', () => {
    for (const { node } of plan().steps) expect(node).toBe('hastb');
  });

  it('is looked at again, and the roles are read again, right before it is created', () => {
    const script = scriptOf(plan());
    const create = script.indexOf('hastctl create');
    expect(script.indexOf('ends_mark "$provider" provider')).toBeLessThan(create);
    const before = script.slice(script.indexOf('service carp_hast stop'), create);
    expect(before.slice(before.indexOf('mark=')).match(/^nothing_serves$/gm)).toHaveLength(1);
    expect(before).toMatch(/rm -f .*record/);
  });

  it('is not wiped', () => {
    expect(scriptOf(plan())).not.toMatch(/^wipe_ends /m);
    expect(plan().steps[0]?.risk).toBe('none');
  });
});

describe('a disk that holds something', () => {
  const content = provider(PATH, {
    uses: [{ kind: 'filesystem', detail: 'ufs' }],
    ends: '123-456',
  });

  it('wants consent that names it', () => {
    const made = plan(pair({ providers: { [PATH]: content } }));
    expect(made.destructions).toEqual([{ node: 'hastb', what: PATH, loses: ['ufs'], consented: false }]);
    expect(plan(pair({ providers: { [PATH]: content } }), [`hastb:${PATH}`]).destructions).toMatchObject([
      { consented: true },
    ]);
  });

  it('is overwritten only while it holds what was shown', () => {
    const made = plan(pair({ providers: { [PATH]: content } }));
    expect(scriptOf(made)).toMatch(/\[ "\$mark" != 123-456 \]/);
    expect(made.steps[0]?.risk).toBe('destroys');
  });

  it('an older copy of the resource, is named as one', () => {
    const made = plan(pair(holding(used)));
    expect(made.destructions[0]?.loses[0]).toBe('an older copy of disk0');
    expect(scriptOf(made)).toContain('[ "$(dump_value "$resource" resuid)" = 7 ]');
  });

  it('an older copy of the resource, is not given up for one whose own disk fails', () => {
    const [running] = Object.values(pair().hasta.hast.resources);
    const bad = { ...running!, localErrors: { read: 3, write: 0, delete: 0, flush: 0 } };
    const failing = { ...pair().hasta.hast, resources: { disk0: bad } };
    expect(ids(plan(pair(holding(used), { hast: failing })).problems)).toEqual(['survivor-disk']);
    expect(plan(pair({}, { hast: failing })).problems).toEqual([]);
  });

  it('a copy that no primary has met, is what a run that broke off has left', () => {
    const made = plan(pair(holding(metadata('disk0'))));
    expect(made).toMatchObject({ problems: [], destructions: [] });
    expect(ids(made.steps)).toEqual(['hastb/metadata/disk0', 'hastb/rejoin-copy']);
    expect(scriptOf(made)).not.toContain('hastctl create');
  });

  it('a copy that HAST keeps, is left alone', () => {
    const kept = holding(metadata('disk0', { resuid: '7' }), resource('disk0', 'secondary', 'complete'));
    expect(plan(pair(kept)).steps).toEqual([]);
    const stopped = { carp_hast: { exists: true, enabled: true, running: false } };
    expect(ids(plan(pair({ ...kept, services: stopped })).steps)).toEqual(['hastb/rejoin-copy']);
    const failing = resource('disk0', 'secondary', 'complete');
    const bad = { ...failing, localErrors: { read: 0, write: 1, delete: 0, flush: 0 } };
    expect(plan(pair(holding(used, bad))).destructions).toHaveLength(1);
  });
});

describe('a disk that cannot be used', () => {
  const on = (more: Parameters<typeof provider>[1]) => ({ providers: { [PATH]: provider(PATH, more) } });

  it.each<[string, Partial<NodeFacts>, string]>([
    ['missing', on({ exists: false }), 'provider-missing'],
    ['in use', on({ ends: 'blank', uses: [{ kind: 'mounted', detail: 'ufs on /data' }] }), 'provider-in-use'],
    ['not readable', on({}), 'provider-unread'],
    ['too small', on({ ends: 'blank', mediaSize: 1024 }), 'provider-too-small'],
    ['too large', on({ ends: 'blank', mediaSize: 2 ** 40 }), 'provider-too-large'],
    ['of other sectors', on({ ends: 'blank', sectorSize: 4096 }), 'sector-sizes-differ'],
    [
      'another one for hastd',
      { hast: hast([{ ...resource('disk0', 'secondary'), localPath: '/dev/da9' }]) },
      'provider-moved',
    ],
    ['unknown', { unanswered: [{ subject: 'provider', message: 'no answer in time' }] }, 'unanswered'],
    ['without hastd', { hast: hast([], false) }, 'hastd-down'],
    [
      'under maintenance',
      { agent: agent('hastb', { state: 'maintenance', epoch: 1, maintenanceUntil: 9 }) },
      'no-maintenance',
    ],
  ])('%s', (_, own, id) => {
    const made = plan(pair(own));
    expect(ids(made.problems)).toEqual([id]);
    expect(made.steps).toEqual([]);
  });

  it('says both sizes', () => {
    const [problem] = plan(pair(on({ ends: 'blank', mediaSize: 1024 }))).problems;
    expect(problem?.message).toContain('1024 bytes');
    expect(problem?.message).toContain('536870912');
  });
});

describe('the copy that stays', () => {
  const problems = (facts: ReturnType<typeof pair>) => survivorProblems(spec, 'hastb', facts);
  const primary = hast([resource('disk0', 'primary', 'degraded')]);

  it('is the other one, in service and fresh', () => {
    expect(problems(pair())).toEqual([]);
  });

  it.each<[string, Partial<NodeFacts>, Partial<NodeFacts>, string]>([
    ['hastd down there', {}, { hast: hast([], false) }, 'hastd-down'],
    ['not primary there', {}, { hast: hast([resource('disk0', 'secondary')]) }, 'survivor-serves'],
    ['not serving there', {}, { agent: agent('hasta', { state: 'holding' }) }, 'survivor-serves'],
    ['stale there', {}, { agent: agent('hasta', { fresh: 'stale' }) }, 'survivor-fresh'],
    ['not known to be fresh', {}, { agent: agent('hasta', { fresh: 'unknown' }) }, 'survivor-fresh'],
    [
      'served by the node itself',
      { hast: primary },
      { hast: hast([resource('disk0', 'init')]) },
      'node-serves',
    ],
    ['claimed by the node itself', { agent: agent('hastb', {}) }, {}, 'node-serves'],
    ['primary on both', { hast: primary }, {}, 'copies-parted'],
    ['split', { agent: agent('hastb', { state: 'split-brain' }) }, {}, 'copies-parted'],
    ['mounted on the node', { mounts: [mountOf('disk0')] }, {}, 'in-use'],
    [
      'imported on the node',
      {
        zfs: {
          loaded: true,
          pools: [
            {
              ...{ name: 'failover', size: 1, free: 1, health: 'ONLINE' },
              vdevs: [{ kind: 'disk', devices: ['/dev/hast/disk0'] }],
            },
          ],
          volumes: [],
        },
      },
      {},
      'in-use',
    ],
    [
      'older than what the node knows',
      { agent: agent('hastb', { state: 'standby', epoch: 9 }) },
      {},
      'node-ahead',
    ],
  ])('%s', (_, own, good, id) => {
    expect(ids(problems(pair(own, good)))).toEqual([id]);
  });

  it('on the other side of a node that serves, is reached by a switchover first', () => {
    const [problem] = problems(pair({ hast: primary }, { hast: hast([resource('disk0', 'init')]) }));
    expect(problem?.remedy).toContain('hastconf switchover --to hasta');
  });

  it('cannot be named in a consent', () => {
    const destroy = [`hasta:${PATH}`, `hastb:${PATH}`, 'hastb:/etc/hast.conf'];
    expect(wrongConsents({ ...wish, destroy })).toEqual([`hasta:${PATH}`, 'hastb:/etc/hast.conf']);
  });
});

describe('an empty machine', () => {
  const copies = (own: Partial<NodeFacts>) => ids(ownCopies(spec, 'hastb', pair(own)));
  const unread = { ...holding(used), hast: hast([], false) };

  it('has no copy, or one that has always been a secondary', () => {
    expect(copies({})).toEqual([]);
    expect(copies(holding(metadata('disk0')))).toEqual([]);
    expect(copies(holding(metadata('disk0', { resuid: '7', prevrole: 'secondary' })))).toEqual([]);
  });

  it.each<[string, Partial<NodeFacts>]>([
    ['was written alone', holding(metadata('disk0', { localcnt: 1, prevrole: 'secondary' }))],
    ['was primary', holding(metadata('disk0', { prevrole: 'primary' }))],
    ['nobody can ask about', unread],
  ])('has none that %s', (_, own) => {
    expect(copies(own)).toEqual(['not-empty']);
  });
});
