import { describe, expect, it } from 'vitest';
import { ExitCode, HastconfError } from '../../src/errors.js';
import { clusterStatus } from '../../src/report/status.js';
import { statusText } from '../../src/report/status-text.js';
import type { NodeReading } from '../../src/report/status-types.js';
import { resource } from '../sync/samples.js';
import { hast, nodeFacts, pairSpec, type Shape } from './pair.js';

const TIME = new Date('2026-11-20T12:00:00Z');
const MB = 1024 * 1024;
const two: Shape = { resources: ['disk0', 'disk1'] };
const many = Array.from({ length: 64 }, (_, index) => `disk${index}`);
const refused = new HastconfError(
  ExitCode.Unreachable,
  'cannot connect to hastb at 10.0.2.2 port 22: Connection refused',
  { remedy: 'ssh -p 22 root@10.0.2.2' },
);

const degraded = ['disk0', 'disk1'].map((name) => resource(name, 'primary', 'degraded', 4 * MB));
const noHastd = {
  ...hast([], false),
  error: 'Unable to connect to hastd via /var/run/hastctl: Connection refused.',
};
const partly = many.map((name, index) =>
  resource(name, 'primary', index === 7 ? 'degraded' : 'complete', index === 7 ? 9 * MB : 0),
);
const partlyBack = many.map((name, index) =>
  resource(name, 'secondary', index === 7 ? undefined : 'complete'),
);
const { agent: _agent, ...bare } = nodeFacts('hasta', {
  interfaces: [],
  files: {},
  mounts: [],
  hast: hast([], false),
});

const agentSays = (node: string, over: object) => ({
  version: '1',
  node,
  state: 'standby',
  fresh: 'fresh',
  epoch: 2,
  agreedEpoch: 2,
  reason: '',
  peerState: 'standby',
  ...over,
});

const extras = {
  rates: new Map([['disk0', 4 * MB]]),
  lastSeen: { hasta: '2026-11-20T11:00:00.000Z', hastb: '2026-11-20T11:59:18.000Z' },
};

const cases: [string, readonly string[], NodeReading, NodeReading][] = [
  [
    'healthy',
    ['disk0', 'disk1'],
    { node: 'hasta', facts: nodeFacts('hasta', {}, two) },
    { node: 'hastb', facts: nodeFacts('hastb', {}, two) },
  ],
  [
    'hastd-stopped',
    ['disk0', 'disk1'],
    { node: 'hasta', facts: nodeFacts('hasta', { hast: hast(degraded) }, two) },
    { node: 'hastb', facts: nodeFacts('hastb', { hast: noHastd }, two) },
  ],
  [
    'unreachable',
    ['disk0', 'disk1'],
    { node: 'hasta', facts: nodeFacts('hasta', {}, two) },
    { node: 'hastb', error: refused },
  ],
  [
    'many-resources',
    many,
    { node: 'hasta', facts: nodeFacts('hasta', { hast: hast(partly) }, { resources: many }) },
    { node: 'hastb', facts: nodeFacts('hastb', { hast: hast(partlyBack) }, { resources: many }) },
  ],
  [
    'copying',
    ['disk0', 'disk1'],
    {
      node: 'hasta',
      facts: nodeFacts(
        'hasta',
        {
          hast: hast([
            resource('disk0', 'primary', 'complete', 478 * MB),
            { ...resource('disk1', 'primary', 'complete'), queues: { local: 0, send: 3, recv: 12 } },
          ]),
          sysctls: { 'net.inet.carp.demotion': '240' },
          agent: agentSays('hasta', {
            state: 'serving',
            since: 1_795_169_400,
            lastTransition: { from: 'standby', to: 'serving', reason: 'peer-dead', seconds: 3 },
            alarms: [],
          }),
        },
        two,
      ),
    },
    {
      node: 'hastb',
      facts: nodeFacts(
        'hastb',
        {
          hast: hast([
            { ...resource('disk0', 'secondary', 'complete'), queues: { local: 92, send: 0, recv: 0 } },
            {
              ...resource('disk1', 'secondary', 'complete'),
              localErrors: { read: 1, write: 2, delete: 0, flush: 0 },
            },
          ]),
          agent: agentSays('hastb', {
            state: 'maintenance',
            fresh: 'stale',
            maintenanceUntil: 1_795_178_700,
            alarms: ['stale-copy', 'local-errors'],
            alarmsSince: { 'stale-copy': 1_795_169_400, 'local-errors': 0 },
          }),
        },
        two,
      ),
    },
  ],
  [
    'both-unreachable',
    ['disk0', 'disk1'],
    { node: 'hasta', error: new HastconfError(ExitCode.Unreachable, 'cannot connect to hasta') },
    { node: 'hastb', error: refused },
  ],
  [
    'not-set-up',
    ['disk0'],
    { node: 'hasta', facts: bare },
    { node: 'hastb', facts: { ...bare, node: 'hastb' } },
  ],
];

describe('statusText', () => {
  it.each(cases)('%s', async (name, resources, a, b) => {
    const spec = pairSpec(resources);
    const storage = resources.length > 8 ? [] : spec.storage;
    const status = clusterStatus({ ...spec, storage }, [a, b], TIME, extras);
    const text = statusText(status, { color: false, width: 80 });
    await expect(`${text}\n`).toMatchFileSnapshot(`golden/status-${name}.txt`);
    for (const line of text.split('\n')) {
      expect(line.length).toBeLessThanOrEqual(80);
      expect(line).toMatch(/^[\x20-\x7e]*$/);
    }
    const coloured = statusText(status, { color: true, width: 80 });
    expect(coloured.replace(/\x1b\[\d+m/g, '')).toBe(text);
    expect(coloured).not.toBe(text);
  });
});
