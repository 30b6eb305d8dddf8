import { describe, expect, it } from 'vitest';
import { hintsFor } from '../../src/plan/hints.js';
import { plan } from '../../src/plan/plan.js';
import { render } from '../../src/render/render.js';
import { Secret } from '../../src/spec/secret.js';
import { freshFacts, PAIR_YAML, pairSpec } from './fixtures.js';

function planFor(storage: string, resources = '  disk0: { local: /dev/vtbd1 }\n') {
  const yaml = PAIR_YAML.replace(/^resources:[\s\S]*/m, `resources:\n${resources}storage:\n  - ${storage}\n`);
  const spec = pairSpec(yaml);
  const facts = { hasta: freshFacts('hasta'), hastb: freshFacts('hastb') };
  const files = render(spec, { carpPassword: new Secret('pw') }, hintsFor(spec, facts));
  const made = plan({ spec, facts, files, destroy: [], ignoredChecks: [] });
  const step = made.steps.find(({ id }) => id.startsWith('hasta/format/'));
  return { ...made, diff: step?.diff, script: step?.action.kind === 'script' ? step.action.script : '' };
}

describe('file systems as the cluster file wants them', () => {
  it('UFS with a journal, or without', () => {
    expect(planFor('{ type: ufs, resource: disk0, mountpoint: /a }').diff).toContain('newfs -U -j /dev/');
    const without = planFor('{ type: ufs, resource: disk0, mountpoint: /a, journal: false }');
    expect(without.diff).toBe('+ newfs -U /dev/hast/disk0 (for /a)');
    expect(without.script).toContain('newfs -U "$device"');
  });

  it('pools with properties', () => {
    const { diff, script } = planFor(
      '{ type: zfs, pool: failover, layout: stripe, resources: [disk0], properties: [compression=lz4, atime=off] }',
    );
    const call = 'zpool create -o cachefile=none -O compression=lz4 -O atime=off failover /dev/hast/disk0';
    expect(diff).toBe(`+ ${call}`);
    expect(script.replaceAll("'", '')).toContain(call);
  });

  it('encrypted pools, whose key is looked for first and said to belong on both nodes', () => {
    const { diff, script, notes } = planFor(
      '{ type: zfs, pool: failover, layout: stripe, resources: [disk0], keyFile: /root/failover.key, keyFormat: hex }',
    );
    expect(diff).toContain('-O encryption=on -O keyformat=hex -O keylocation=file:///root/failover.key');
    expect(script.indexOf('[ -r /root/failover.key ]')).toBeLessThan(script.indexOf('zpool create'));
    expect(notes.join()).toContain('its key has to be in /root/failover.key on both nodes');
  });

  it('volumes with room of their own, or sparse', () => {
    const volume = (more: string) =>
      planFor(
        '{ type: raw, resource: vol0 }',
        `  vol0: { zvol: { pool: tank, name: vol0, size: 256M${more} } }\n`,
      ).steps.find(({ phase }) => phase === 'volumes');
    expect(volume('')?.diff).toBe('+ zvol tank/vol0 of 268435456 bytes');
    const sparse = volume(', sparse: true');
    expect(sparse?.diff).toBe('+ sparse zvol tank/vol0 of 268435456 bytes');
    expect(JSON.stringify(sparse?.action)).toContain('zfs create -s -V 268435456');
  });

  it('warns of a pool on volumes of another pool', () => {
    const { notes } = planFor(
      '{ type: zfs, pool: failover, layout: mirror, resources: [disk0, vol0] }',
      '  disk0: { local: /dev/vtbd1 }\n  vol0: { zvol: { pool: tank, name: vol0, size: 256M } }\n',
    );
    expect(notes.join()).toContain('pool failover lies on volumes of another pool (vol0)');
  });
});
