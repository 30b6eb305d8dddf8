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
    const status = clusterStatus({ ...spec, storage }, [a, b], TIME);
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
