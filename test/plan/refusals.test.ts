import { describe, expect, it } from 'vitest';
import type { Problem } from '../../src/errors.js';
import { PAIR_YAML, provider } from './fixtures.js';
import { planOver, runningPair } from './running-pair.js';

const POOL = PAIR_YAML.replace(
  'storage:',
  '  disk1: { local: /dev/vtbd2 }\n  disk2: { local: /dev/vtbd3 }\nstorage:',
).concat('  - { type: zfs, pool: tank, layout: mirror, resources: [disk1, disk2] }\n');
const RAW = PAIR_YAML.replace(
  '{ type: ufs, resource: disk0, mountpoint: /hast/disk0 }',
  '{ type: raw, resource: disk0 }',
);

const TABLE: Readonly<Record<string, [before: string, edit: (yaml: string) => string, Partial<Problem>]>> = {
  'another provider for a primary': [
    PAIR_YAML,
    (yaml) => yaml.replace('local: /dev/vtbd1', 'local: { hasta: /dev/vtbd3, hastb: /dev/vtbd1 }'),
    { id: 'provider-of-primary', node: 'hasta', remedy: expect.stringContaining('carp-hast-switch demote') },
  ],
  'other providers on both nodes': [
    PAIR_YAML,
    (yaml) => yaml.replace('local: /dev/vtbd1', 'local: /dev/vtbd3'),
    { id: 'provider-of-primary', node: 'hasta' },
  ],
  'a file system on a raw device in service': [
    RAW,
    () => PAIR_YAML,
    { id: 'storage-not-there', remedy: expect.stringContaining('newfs -U -j /dev/hast/disk0') },
  ],
  'a pool on a raw device in service': [
    RAW,
    (yaml) =>
      yaml.replace(
        '{ type: raw, resource: disk0 }',
        '{ type: zfs, pool: tank, layout: stripe, resources: [disk0] }',
      ),
    { id: 'pool-not-there' },
  ],
  'another layout of a pool': [
    POOL,
    (yaml) => yaml.replace('layout: mirror', 'layout: stripe'),
    { id: 'pool-differs', message: expect.stringContaining('mirror of disk1, disk2') },
  ],
  'another name for a pool': [
    POOL,
    (yaml) => yaml.replace('pool: tank', 'pool: lake'),
    { id: 'pool-not-there', message: expect.stringContaining('where pool tank is') },
  ],
};

describe('a running pair', () => {
  it.each(Object.entries(TABLE))('refuses %s and says the way that is', (_, [before, edit, expected]) => {
    const { refusals } = planOver(edit(before), runningPair(before));
    expect(refusals).toMatchObject([expected]);
    expect(refusals?.every(({ remedy }) => remedy !== undefined)).toBe(true);
  });

  it('refuses to take an old copy of a resource for a new one', () => {
    const facts = runningPair();
    const old = provider('/dev/vtbd3', { hastMetadata: { resource: 'disk0' } });
    facts.hastb.providers = { ...facts.hastb.providers, '/dev/vtbd3': old };
    const yaml = PAIR_YAML.replace('local: /dev/vtbd1', 'local: { hasta: /dev/vtbd1, hastb: /dev/vtbd3 }');
    expect(planOver(yaml, facts).refusals).toMatchObject([{ id: 'provider-with-old-copy', node: 'hastb' }]);
  });

  it('refuses to give the last copy up', () => {
    const facts = runningPair();
    facts.hasta.hast = { ...facts.hasta.hast, resources: {} };
    const yaml = PAIR_YAML.replace('local: /dev/vtbd1', 'local: { hasta: /dev/vtbd1, hastb: /dev/vtbd3 }');
    expect(planOver(yaml, facts).refusals).toMatchObject([{ id: 'provider-of-last-copy', node: 'hastb' }]);
  });
});
