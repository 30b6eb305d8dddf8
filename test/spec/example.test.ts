import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { templateDirectory } from '../../src/render/engine.js';
import { DEFAULT_AGENT, DEFAULT_CARP, DEFAULT_HAST } from '../../src/spec/defaults.js';
import { parseSpec } from '../../src/spec/load.js';
import { clusterSchema } from '../../src/spec/schema.js';
import { allKeys } from '../../src/spec/schema-walk.js';

const text = readFileSync(join(templateDirectory(), 'cluster.example.yaml'), 'utf8');

/** Dotted paths of everything in a value; every map below nodes and resources, and every list, counts as `*`. */
function pathsOf(value: unknown, prefix = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, below]) => {
    const named = Array.isArray(value) || ['nodes.', 'resources.'].includes(prefix);
    const path = `${prefix}${named ? '*' : key}`;
    return [path, ...pathsOf(below, `${path}.`)];
  });
}

describe('templates/cluster.example.yaml', () => {
  it('is a valid cluster file that names the defaults', () => {
    const spec = parseSpec(text, 'cluster.example.yaml');
    expect(spec.hast).toEqual(DEFAULT_HAST);
    expect({ ...spec.agent, witness: [] }).toEqual(DEFAULT_AGENT);
    expect(spec.carp).toMatchObject(DEFAULT_CARP);
    expect(spec.storage.map((entry) => entry.type)).toEqual(['ufs', 'zfs', 'raw']);
    expect(spec.services.map((service) => service.type)).toEqual([
      'nfs',
      'iscsi',
      'iscsi',
      'samba',
      'rc',
      'jail',
    ]);
  });

  it('shows every key of the schema, a local node as a comment', () => {
    const present = new Set(pathsOf(parse(text)));
    const missing = [...new Set(allKeys(clusterSchema))].filter((key) => !present.has(key));
    expect(missing.sort()).toEqual(['nodes.*.local', 'nodes.*.ssh.local']);
    expect(text).toMatch(/^ +# local: true .*ssh: \{ local: true \}/m);
  });

  it('names every accepted word', () => {
    for (const word of [
      'none | sudo | doas | su',
      'memsync | fullsync | async',
      'hole | lzf | none',
      'none | crc32 | sha256',
      'stripe | mirror | raidz | raidz2 | raidz3',
      'reboot | alert',
      'manual | auto',
    ]) {
      expect(text).toContain(word);
    }
  });
});
