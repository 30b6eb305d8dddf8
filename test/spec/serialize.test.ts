import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSpec } from '../../src/spec/load.js';
import { serializeSpec } from '../../src/spec/serialize.js';
import { clusterSpec } from './arbitrary.js';
import { DEMO_YAML, demoSpec } from './demo.js';

describe('serializeSpec', () => {
  it('writes what parseSpec reads back as the same spec', () => {
    fc.assert(
      fc.property(clusterSpec, (spec) => {
        expect(parseSpec(serializeSpec(spec), 'cluster.yaml')).toEqual(spec);
      }),
      { numRuns: 200 },
    );
  });

  it('is stable: writing what was read back gives the same text', () => {
    fc.assert(
      fc.property(clusterSpec, (spec) => {
        const text = serializeSpec(spec);
        expect(serializeSpec(parseSpec(text, 'cluster.yaml'))).toBe(text);
      }),
      { numRuns: 50 },
    );
  });

  it('leaves out what is the default', () => {
    const text = serializeSpec(demoSpec());
    for (const key of [
      'hast:',
      'agent:',
      'services:',
      'preferred:',
      'advbase',
      'unicast',
      'become',
      'password',
    ]) {
      expect(DEMO_YAML).not.toContain(key);
      expect(text).not.toContain(key);
    }
  });
});
