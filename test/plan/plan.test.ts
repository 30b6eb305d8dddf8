import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../src/facts/types.js';
import { plan } from '../../src/plan/plan.js';
import { type PairFacts, PHASES, type PlanRequest } from '../../src/plan/types.js';

import { freshFacts, freshPair, hastResource, metadata, PAIR_YAML, pairSpec, provider } from './fixtures.js';

function planFor(facts: PairFacts, more: Partial<PlanRequest> = {}) {
  return plan({ spec: pairSpec(), facts, files: [], destroy: [], ignoredChecks: [], ...more });
}

const ids = (made: ReturnType<typeof planFor>) => made.steps.map((step) => step.id);
const problems = (made: ReturnType<typeof planFor>) => made.problems.map((problem) => problem.id);

function withProvider(facts: NodeFacts, more: Parameters<typeof provider>[1]): NodeFacts {
  return { ...facts, providers: { '/dev/vtbd1': provider('/dev/vtbd1', more) } };
}

describe('plan of a fresh pair', () => {
  const made = planFor(freshPair());

  it('finds nothing wrong and nothing to destroy', () => {
    expect(made.problems).toEqual([]);
    expect(made.destructions).toEqual([]);
    expect(made.primary).toBe('hasta');
  });

  it('gives the secondary role before the primary one, and writes only once connected', () => {
    const order = ids(made).filter((id) => /secondary|primary|connect|format|carp\/|agent/.test(id));
    expect(order.slice(0, 4)).toEqual([
      'hastb/secondary/disk0',
      'hasta/primary/disk0',
      'hasta/connect/disk0',
      'hasta/format/disk0',
    ]);
  });

  it('keeps the phases in order', () => {
    const seen = made.steps.map((step) => PHASES.indexOf(step.phase));
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
  });

  it('names every step once', () => {
    expect(new Set(ids(made)).size).toBe(made.steps.length);
  });

  it('starts hastd before it creates metadata, on both nodes', () => {
    for (const node of ['hasta', 'hastb']) {
      expect(ids(made).indexOf(`${node}/hastd/start`)).toBeLessThan(
        ids(made).indexOf(`${node}/metadata/disk0`),
      );
    }
  });
});

describe('hastctl create', () => {
  it('is planned only where the resource has no metadata', () => {
    const hasta = freshFacts('hasta', {
      hast: { running: false, resources: {}, metadata: { disk0: metadata('disk0') } },
    });
    expect(
      ids(planFor({ hasta, hastb: freshFacts('hastb') })).filter((id) => id.includes('metadata')),
    ).toEqual(['hastb/metadata/disk0']);
  });

  it('is not planned where the provider carries it though hast.conf is gone', () => {
    const hasta = withProvider(freshFacts('hasta'), { hastMetadata: { resource: 'disk0' } });
    expect(ids(planFor({ hasta, hastb: freshFacts('hastb') }))).not.toContain('hasta/metadata/disk0');
  });

  it.each([
    ['filesystem', 'ufs file system'],
    ['partition-table', 'GPT with 2 partitions'],
    ['zpool', 'member of pool tank'],
    ['label', 'glabel data'],
  ] as const)('over a %s wants consent that names it', (kind, detail) => {
    const facts = {
      hasta: withProvider(freshFacts('hasta'), { uses: [{ kind, detail }] }),
      hastb: freshFacts('hastb'),
    };
    expect(planFor(facts).destructions).toEqual([
      { node: 'hasta', what: '/dev/vtbd1', loses: [detail], consented: false },
    ]);
    const consented = planFor(facts, { destroy: ['hasta:/dev/vtbd1'] });
    expect(consented.destructions.map((one) => one.consented)).toEqual([true]);
    expect(consented.steps.find((step) => step.id === 'hasta/metadata/disk0')?.risk).toBe('destroys');
  });

  it('over the metadata of another resource wants consent, too', () => {
    const hasta = withProvider(freshFacts('hasta'), { hastMetadata: { resource: 'other' } });
    expect(planFor({ hasta, hastb: freshFacts('hastb') }).destructions[0]?.loses).toEqual([
      'HAST metadata of resource other',
    ]);
  });

  it('consent for one node is none for the other', () => {
    const used = { uses: [{ kind: 'filesystem', detail: 'ufs' }] } as const;
    const facts = {
      hasta: withProvider(freshFacts('hasta'), used),
      hastb: withProvider(freshFacts('hastb'), used),
    };
    const made = planFor(facts, { destroy: ['hasta:/dev/vtbd1'] });
    expect(made.destructions.map(({ node, consented }) => [node, consented])).toEqual([
      ['hasta', true],
      ['hastb', false],
    ]);
  });
});

describe('the primary', () => {
  const hast = (role: 'primary' | 'secondary' | 'init', more: Parameters<typeof metadata>[1] = {}) => ({
    running: true,
    configExit: 65,
    resources: { disk0: hastResource('disk0', { role }) },
    metadata: { disk0: metadata('disk0', more) },
  });

  it('stays where it is, whatever the file prefers', () => {
    const facts = {
      hasta: freshFacts('hasta', { hast: hast('secondary') }),
      hastb: freshFacts('hastb', { hast: hast('primary') }),
    };
    expect(planFor(facts).primary).toBe('hastb');
  });

  it('is the node that has data when the other one is blank', () => {
    const facts = {
      hasta: freshFacts('hasta'),
      hastb: freshFacts('hastb', { hast: hast('init', { resuid: '42', prevrole: 'primary' }) }),
    };
    expect(planFor(facts).primary).toBe('hastb');
  });

  it('is the former primary when both carry the same counters', () => {
    const facts = {
      hasta: freshFacts('hasta', { hast: hast('init', { resuid: '42', prevrole: 'secondary' }) }),
      hastb: freshFacts('hastb', { hast: hast('init', { resuid: '42', prevrole: 'primary' }) }),
    };
    expect(planFor(facts).primary).toBe('hastb');
  });

  it('is nobody’s business here when both are primary', () => {
    const facts = {
      hasta: freshFacts('hasta', { hast: hast('primary') }),
      hastb: freshFacts('hastb', { hast: hast('primary') }),
    };
    expect(problems(planFor(facts))).toContain('two-primaries');
  });

  it('roles are left to the agent once a copy was written to alone', () => {
    const facts = {
      hasta: freshFacts('hasta', { hast: hast('init', { resuid: '42', localcnt: 1 }) }),
      hastb: freshFacts('hastb', { hast: hast('init', { resuid: '42' }) }),
    };
    expect(ids(planFor(facts)).filter((id) => /\/(secondary|primary|connect|format)\//.test(id))).toEqual([]);
  });
});

describe('preflight', () => {
  it.each<[string, Partial<NodeFacts>, string]>([
    ['no root rights', { uid: 1001 }, 'no-root'],
    ['another hostname', { identity: { hostname: 'www', hostuuid: 'u', hostid: '1' } }, 'hostname-mismatch'],
    ['no such interface', { interfaces: [] }, 'interface-missing'],
    [
      'no such replication address',
      { interfaces: freshFacts('hastb').interfaces },
      'replication-address-missing',
    ],
    ['a peer that does not answer', { ping: { '10.77.0.2': false } }, 'peer-unreachable'],
    ['a CARP address that answers', { ping: { '192.168.50.10': true } }, 'carp-address-in-use'],
    ['a missing provider', { providers: {} }, 'provider-missing'],
    [
      'a mounted provider',
      {
        providers: {
          '/dev/vtbd1': provider('/dev/vtbd1', { uses: [{ kind: 'mounted', detail: 'ufs on /data' }] }),
        },
      },
      'provider-in-use',
    ],
    [
      'a provider held open exclusively',
      { providers: { '/dev/vtbd1': provider('/dev/vtbd1', { open: { read: 1, write: 1, exclusive: 1 } }) } },
      'provider-in-use',
    ],
    [
      'unequal sizes',
      { providers: { '/dev/vtbd1': provider('/dev/vtbd1', { mediaSize: 1024 }) } },
      'provider-sizes-differ',
    ],
    [
      'unequal sectors',
      { providers: { '/dev/vtbd1': provider('/dev/vtbd1', { sectorSize: 4096 }) } },
      'sector-sizes-differ',
    ],
    [
      'a clock that is off',
      { clock: { epoch: 1795172200, askedAtMs: 1795172149000, answeredAtMs: 1795172149400 } },
      'clock-skew',
    ],
    ['FreeBSD 9', { os: { release: '9.3-RELEASE', osreldate: 903000, arch: 'amd64' } }, 'release-too-old'],
    [
      'FreeBSD 15',
      { os: { release: '15.0-RELEASE', osreldate: 1500068, arch: 'amd64' } },
      'release-broken-hast',
    ],
    ['no hastd', { programs: { hastd: false, hastctl: true } }, 'hast-missing'],
    ['a full disk', { directories: { '/': { empty: false, available: 100 } } }, 'no-space'],
    [
      'a mount point with files',
      { directories: { '/hast/disk0': { empty: false, available: 1e9 } } },
      'mountpoint-not-empty',
    ],
    [
      'a question that was not answered',
      { unanswered: [{ subject: 'file /etc/rc.conf', message: 'no answer in time' }] },
      'unanswered',
    ],
  ])('finds %s', (_what, more, id) => {
    const made = planFor({ hasta: freshFacts('hasta', more), hastb: freshFacts('hastb') });
    expect(problems(made)).toContain(id);
    expect(made.problems.every((problem) => problem.remedy !== undefined)).toBe(true);
  });

  it('reports everything together', () => {
    const made = planFor({
      hasta: freshFacts('hasta', { uid: 1001, providers: {} }),
      hastb: freshFacts('hastb', { ping: { '10.77.0.1': false } }),
    });
    expect(problems(made)).toEqual(
      expect.arrayContaining(['no-root', 'provider-missing', 'peer-unreachable']),
    );
  });

  it('gives both nodes the smaller size where that is consented to, and does not ask again', () => {
    const small = provider('/dev/vtbd1', { mediaSize: 268435456 });
    const facts = {
      hasta: freshFacts('hasta'),
      hastb: freshFacts('hastb', { providers: { '/dev/vtbd1': small } }),
    };
    const made = planFor(facts, { ignoredChecks: ['provider-sizes-differ'] });
    expect(problems(made)).toEqual([]);
    expect(made.steps.filter(({ phase }) => phase === 'metadata').map(({ diff }) => diff)).toEqual([
      '+ hastctl create -m 268435456 disk0',
      '+ hastctl create -m 268435456 disk0',
    ]);
    const alike = {
      hast: { ...facts.hasta.hast, metadata: { disk0: metadata('disk0', { datasize: 268000000 }) } },
    };
    const later = {
      hasta: freshFacts('hasta', alike),
      hastb: freshFacts('hastb', { ...alike, providers: { '/dev/vtbd1': small } }),
    };
    expect(problems(planFor(later))).not.toContain('provider-sizes-differ');
  });

  it('does not take a smaller provider beside a larger one that is in use', () => {
    const small = provider('/dev/vtbd1', { mediaSize: 268435456 });
    const used = { ...freshFacts('hasta').hast, metadata: { disk0: metadata('disk0') } };
    const facts = {
      hasta: freshFacts('hasta', { hast: used }),
      hastb: freshFacts('hastb', { providers: { '/dev/vtbd1': small } }),
    };
    expect(problems(planFor(facts, { ignoredChecks: ['provider-sizes-differ'] }))).toEqual([
      'provider-too-small',
    ]);
  });

  it('says where a shutdown would not wait for the services', () => {
    const spec = { ...pairSpec(), services: [{ type: 'rc', name: 'db', stopWithin: 120 }] as const };
    const notes = planFor(freshPair(), { spec }).notes.filter((note) => note.includes('rcshutdown_timeout'));
    expect(notes).toHaveLength(2);
    expect(notes[0]).toContain(
      'hasta: the services may take 120 s to stop, and a shutdown ends everything after 90 s',
    );
    const raised = { rc: { rcshutdown_timeout: '200' } };
    const facts = { hasta: freshFacts('hasta', raised), hastb: freshFacts('hastb', raised) };
    expect(planFor(facts, { spec }).notes.join()).not.toContain('rcshutdown_timeout');
  });

  it('lets a named check be ignored, and only that one', () => {
    const facts = {
      hasta: freshFacts('hasta', { ping: { '10.77.0.2': false }, providers: {} }),
      hastb: freshFacts('hastb'),
    };
    expect(problems(planFor(facts, { ignoredChecks: ['peer-unreachable'] }))).toEqual(['provider-missing']);
  });

  it('hears a stranger’s VHID', () => {
    expect(problems(planFor(freshPair(), { foreignVhids: [1, 7] }))).toContain('vhid-in-use');
    expect(problems(planFor(freshPair(), { foreignVhids: [7] }))).toEqual([]);
  });

  it('does not call a slow answer a wrong clock', () => {
    const slow = { clock: { epoch: 1795172153, askedAtMs: 1795172149000, answeredAtMs: 1795172155000 } };
    expect(problems(planFor({ hasta: freshFacts('hasta', slow), hastb: freshFacts('hastb') }))).toEqual([]);
  });
});

describe('a provider', () => {
  const withHasta = (own: NodeFacts) => planFor({ hasta: own, hastb: freshFacts('hastb') });

  it.each([
    ['a file of the system', '/etc/master.passwd'],
    ['a HAST device', '/dev/hast/other'],
    ['nothing that could be a disk', '/dev/null'],
  ])('that is a link to %s is refused, whatever is consented to', (_what, linkTo) => {
    const hasta = withProvider(freshFacts('hasta'), { linkTo });
    const made = planFor({ hasta, hastb: freshFacts('hastb') }, { destroy: ['hasta:/dev/vtbd1'] });
    expect(problems(made)).toEqual(['provider-no-disk']);
    expect(made.problems[0]?.message).toContain(linkTo);
  });

  it('that is a link to a disk is that disk', () => {
    expect(problems(withHasta(withProvider(freshFacts('hasta'), { linkTo: '/dev/da7' })))).toEqual([]);
  });

  it('that has no size is no disk', () => {
    const { mediaSize: _, ...rest } = provider('/dev/vtbd1');
    expect(problems(withHasta({ ...freshFacts('hasta'), providers: { '/dev/vtbd1': rest } }))).toContain(
      'provider-no-disk',
    );
  });

  it('may not serve two resources under two names', () => {
    const yaml = PAIR_YAML.replace('resources:', 'resources:\n  disk9: { local: /dev/link9 }');
    const both = (node: 'hasta' | 'hastb') => {
      const linked = provider('/dev/link9', node === 'hastb' ? { linkTo: '/dev/vtbd1' } : {});
      return freshFacts(node, { providers: { '/dev/vtbd1': provider('/dev/vtbd1'), '/dev/link9': linked } });
    };
    const facts = { hasta: both('hasta'), hastb: both('hastb') };
    const made = planFor(facts, { spec: pairSpec(yaml) });
    expect(made.problems).toEqual([
      expect.objectContaining({
        id: 'provider-twice',
        node: 'hastb',
        message: expect.stringContaining('/dev/link9'),
      }),
    ]);
  });
});
