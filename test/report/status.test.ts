import { describe, expect, it } from 'vitest';
import { ExitCode, HastconfError } from '../../src/errors.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { clusterStatus } from '../../src/report/status.js';
import type { NodeReading } from '../../src/report/status-types.js';
import { resource } from '../sync/samples.js';
import { hast, nodeFacts, pairSpec, vtnet1 } from './pair.js';

const TIME = new Date('2026-11-20T12:00:00Z');
const MB = 1024 * 1024;

type Side = Partial<NodeFacts> | 'unreachable';

function reading(node: 'hasta' | 'hastb', side: Side): NodeReading {
  if (side !== 'unreachable') return { node, facts: nodeFacts(node, side) };
  const error = new HastconfError(ExitCode.Unreachable, `cannot connect to ${node}`, {
    remedy: 'ssh root@x',
  });
  return { node, error };
}

function statusOf(a: Side, b: Side, spec = pairSpec()) {
  return clusterStatus(spec, [reading('hasta', a), reading('hastb', b)], TIME);
}

const nothing: Partial<NodeFacts> = {
  hast: hast([], false),
  interfaces: [],
  mounts: [],
  hastDevices: [],
  files: {},
  services: {},
};
const bare = (): Partial<NodeFacts> => {
  const facts = { ...nothing };
  return Object.defineProperty(facts, 'agent', { value: undefined, enumerable: true });
};
const agent = (state: string, fresh = 'fresh'): Partial<NodeFacts> => ({
  agent: { version: '1', node: 'x', state, fresh, epoch: 1 },
});
const stopped = { exists: true, enabled: true, running: false };

describe('the verdict', () => {
  const cases: [string, Side, Side, string, string[]][] = [
    ['all is well', {}, {}, 'healthy', []],
    [
      'writes in flight on a fresh pair',
      { hast: hast([resource('disk0', 'primary', 'complete', 2 * MB)]) },
      {},
      'healthy',
      [],
    ],
    [
      'the first synchronisation',
      { hast: hast([resource('disk0', 'primary', 'complete', 478 * MB)]) },
      agent('standby', 'unknown'),
      'synchronising',
      ['synchronising'],
    ],
    [
      'the replication link is down',
      { hast: hast([resource('disk0', 'primary', 'degraded', 4 * MB)]) },
      { hast: hast([resource('disk0', 'secondary')]) },
      'degraded',
      ['not-replicated'],
    ],
    [
      'a primary that has not noticed that its secondary is gone',
      {},
      { hast: hast([resource('disk0', 'secondary')]) },
      'degraded',
      ['secondary-not-connected'],
    ],
    [
      'two primaries',
      {},
      { hast: hast([resource('disk0', 'primary', 'degraded')]) },
      'split',
      ['two-primaries'],
    ],
    ['the agent found a split-brain', agent('split-brain'), {}, 'split', ['split-brain']],
    [
      'after boot every role is init',
      { hast: hast([resource('disk0', 'init')]), mounts: [], hastDevices: [] },
      { hast: hast([resource('disk0', 'init')]) },
      'down',
      ['no-primary', 'storage-not-served'],
    ],
    ['not mounted', { mounts: [] }, {}, 'down', ['storage-not-served']],
    [
      'role secondary under a mounted file system',
      { hast: hast([resource('disk0', 'secondary')]), hastDevices: [] },
      {},
      'down',
      ['no-primary', 'storage-without-device'],
    ],
    ['nobody is MASTER', { interfaces: [vtnet1('BACKUP', 240)] }, {}, 'down', ['no-master']],
    [
      'the address is on the wrong node',
      { interfaces: [vtnet1('BACKUP', 240)] },
      { interfaces: [vtnet1('MASTER', 20)] },
      'down',
      ['address-elsewhere'],
    ],
    ['both are MASTER', {}, { interfaces: [vtnet1('MASTER', 20)] }, 'degraded', ['two-masters']],
    ['no carrier on the standby', {}, { interfaces: [vtnet1('INIT', 20)] }, 'degraded', ['carp-init']],
    ['no CARP on the standby', {}, { interfaces: [] }, 'degraded', ['carp-missing']],
    [
      'hastd stopped on the standby',
      { hast: hast([resource('disk0', 'primary', 'degraded')]) },
      { hast: hast([], false) },
      'degraded',
      ['hastd-stopped', 'not-replicated'],
    ],
    [
      'the agent’s daemon stopped',
      {},
      { services: { ...nodeFacts('hastb').services, carp_hast: stopped } },
      'degraded',
      ['carp_hast-stopped'],
    ],
    ['maintenance', agent('maintenance'), {}, 'degraded', ['maintenance']],
    ['the standby is stale', {}, agent('standby', 'stale'), 'degraded', ['not-fresh']],
    [
      'a stale primary’s device hangs',
      { hastDevices: [{ name: 'disk0', hung: true }] },
      {},
      'down',
      ['device-hung'],
    ],
    [
      'something was not answered',
      { unanswered: [{ subject: 'zpool list', message: 'no answer in time' }] },
      {},
      'degraded',
      ['unanswered'],
    ],
    [
      'hastd hangs under storage that works: nothing is called gone',
      { hast: hast([], false), unanswered: [{ subject: 'hastctl list', message: 'no answer in time' }] },
      {},
      'degraded',
      ['hastd-hung', 'unanswered'],
    ],
    [
      'hastd does not answer on the standby',
      {},
      { hast: hast([], false), unanswered: [{ subject: 'hastctl list', message: 'no answer in time' }] },
      'degraded',
      ['hastd-silent', 'unanswered'],
    ],
    [
      'a split-brain: what would not help before it is resolved is not advised',
      agent('split-brain'),
      { ...agent('split-brain', 'stale'), interfaces: [vtnet1('MASTER', 20)] },
      'split',
      ['split-brain', 'split-brain'],
    ],
    ['nothing is set up', bare(), bare(), 'not set up', ['not-set-up']],
    [
      'only one node is set up',
      {},
      bare(),
      'degraded',
      ['hastd-stopped', 'agent-missing', 'carp-missing', 'secondary-not-connected'],
    ],
    ['the standby cannot be reached', {}, 'unreachable', 'degraded', ['unreachable']],
    [
      'the primary cannot be reached, but its secondary is connected',
      'unreachable',
      {},
      'degraded',
      ['unreachable'],
    ],
    [
      'the primary cannot be reached and nobody took over',
      'unreachable',
      { hast: hast([resource('disk0', 'secondary')]) },
      'down',
      ['no-primary', 'storage-not-served', 'unreachable'],
    ],
    ['no node can be reached', 'unreachable', 'unreachable', 'down', ['unreachable', 'unreachable']],
  ];

  it.each(cases)('%s', (_name, a, b, verdict, ids) => {
    const status = statusOf(a, b);
    expect(status.problems.map((problem) => problem.id)).toEqual(ids);
    expect(status.verdict).toBe(verdict);
  });

  it('gives every problem but a gap in the facts something to do', () => {
    for (const [, a, b] of cases) {
      for (const problem of statusOf(a, b).problems) {
        if (problem.id !== 'unanswered') expect(problem.remedy, problem.id).toMatch(/\w/);
      }
    }
  });

  it('counts I/O errors of the local disks', () => {
    const broken = { ...resource('disk0', 'secondary', 'complete') };
    broken.localErrors = { read: 1, write: 2, delete: 0, flush: 0 };
    const status = statusOf({}, { hast: hast([broken]) });
    expect(status.resources[0]?.localErrors).toEqual({ hasta: 0, hastb: 3 });
    expect(status.problems[0]).toMatchObject({ id: 'local-errors', node: 'hastb' });
  });

  it('looks for a service only where the storage is', () => {
    const spec = { ...pairSpec(), services: [{ type: 'rc', name: 'nfsd' }] as const };
    const nfs = (running: boolean) => ({
      services: { ...nodeFacts('hasta').services, nfsd: { exists: true, enabled: false, running } },
    });
    expect(statusOf(nfs(true), nfs(false), spec).verdict).toBe('healthy');
    const down = statusOf(nfs(false), nfs(false), spec);
    expect(down.problems).toEqual([
      expect.objectContaining({
        id: 'service-stopped',
        node: 'hasta',
        remedy: 'on hasta: service nfsd onestart',
      }),
    ]);
  });

  it('asks for the servers behind what is served', () => {
    const spec = { ...pairSpec(), services: [{ type: 'nfs', exports: ['/hast/disk0'] }] as const };
    const stopped = {
      services: { ...nodeFacts('hasta').services, nfsd: { exists: true, enabled: false, running: false } },
    };
    const status = statusOf(stopped, stopped, spec);
    expect(status.verdict).toBe('degraded');
    expect(status.reasons).toEqual(['service-stopped']);
    expect(status.nodes[0]?.services.nfsd).toBe('stopped');
  });
});

describe('the document', () => {
  it('has stable keys, null where nothing is known', () => {
    const status = statusOf({}, 'unreachable');
    expect(Object.keys(status)).toEqual([
      'version',
      'cluster',
      'time',
      'verdict',
      'reasons',
      'problems',
      'serving',
      'dirty',
      'carp',
      'resources',
      'storage',
      'nodes',
    ]);
    expect(status.nodes[1]).toEqual({
      node: 'hastb',
      reachable: false,
      error: 'cannot connect to hastb',
      lastSeen: null,
      release: null,
      hastd: null,
      roles: {},
      carp: null,
      agent: null,
      services: {},
    });
    expect(status).toMatchObject({ serving: 'hasta', dirty: 0, carp: { masters: ['hasta'] } });
    expect(JSON.parse(JSON.stringify(status))).toEqual(status);
  });

  it('knows imported pools and raw devices', () => {
    const spec = pairSpec(['disk0', 'disk1']);
    const storage = [
      { type: 'zfs', pool: 'failover', layout: 'mirror', resources: ['disk0'] },
      { type: 'raw', resource: 'disk1' },
    ] as const;
    const facts = nodeFacts('hasta', {}, { resources: ['disk0', 'disk1'] });
    const pool = { name: 'failover', size: 1, free: 1, health: 'ONLINE' };
    const serving = { ...facts, mounts: [], zfs: { loaded: true, pools: [pool], volumes: [] } };
    const standby = nodeFacts('hastb', {}, { resources: ['disk0', 'disk1'] });
    const readings = [
      { node: 'hasta', facts: serving },
      { node: 'hastb', facts: standby },
    ];
    const status = clusterStatus({ ...spec, storage }, readings, TIME);
    expect(status.verdict).toBe('healthy');
    expect(status.storage).toEqual([
      { type: 'zfs', name: 'failover', on: ['hasta'] },
      { type: 'raw', name: 'disk1', on: ['hasta'] },
    ]);
  });
});
