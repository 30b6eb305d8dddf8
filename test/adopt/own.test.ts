import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { adopt } from '../../src/adopt/adopt.js';
import type { NodeFacts } from '../../src/facts/types.js';
import { clusterSpec } from '../spec/arbitrary.js';
import { demoSpec } from '../spec/demo.js';
import { appliedFacts, connectionTo, PASSWORD } from './applied.js';

describe('a pair of our own', () => {
  it('gives the cluster file back that it was made from, whatever it was', () => {
    fc.assert(
      fc.property(
        clusterSpec,
        fc.boolean(),
        fc.constantFrom(0 as const, 1 as const),
        (spec, inNetwork, serving) => {
          const {
            spec: found,
            findings,
            carpPassword,
          } = adopt(appliedFacts(spec, { inNetwork, serving }), connectionTo(spec));
          expect({ found, findings }).toEqual({ found: spec, findings: [] });
          expect(carpPassword?.reveal()).toBe(PASSWORD);
        },
      ),
      { numRuns: 100 },
    );
  });

  it('does so whichever node is named first', () => {
    fc.assert(
      fc.property(clusterSpec, (spec) => {
        const [first, second] = appliedFacts(spec);
        const connection = connectionTo(spec);
        const swapped = { ...connection, ssh: [connection.ssh[1], connection.ssh[0]] as const };
        expect(adopt([second, first], swapped).spec).toEqual(spec);
      }),
      { numRuns: 50 },
    );
  });

  it('never shows the password', () => {
    const spec = demoSpec();
    expect(JSON.stringify(adopt(appliedFacts(spec), connectionTo(spec)))).not.toContain(PASSWORD);
  });

  it('works from one node’s agent.conf when the other has lost its own', () => {
    const spec = demoSpec();
    const [first, second] = appliedFacts(spec);
    const bare = without(second, '/usr/local/etc/hastconf/agent.conf');
    const { spec: found, findings } = adopt([first, bare], connectionTo(spec));
    expect(found).toEqual(spec);
    expect(findings.map(({ kind, message }) => [kind, message])).toEqual([
      ['differs', 'only one node has an agent.conf; hastb has none'],
    ]);
  });

  it('knows the shared address from agent.conf when rc.conf has lost it', () => {
    const spec = demoSpec((yaml) => yaml.replace('vhid: 1', 'vhid: 1\n  advbase: 3'));
    const lost = appliedFacts(spec).map((facts) => ({
      ...facts,
      rc: {},
      interfaces: facts.interfaces.map((one) => ({
        ...one,
        carp: [],
        addresses: one.addresses.filter(({ vhid }) => vhid === undefined),
      })),
    })) as unknown as readonly [NodeFacts, NodeFacts];
    const { spec: found, findings } = adopt(lost, connectionTo(spec));
    expect(found).toEqual(spec);
    expect(findings.map(({ kind, message }) => `${kind}: ${message}`)).toEqual([
      'differs: vhid 1 on vtnet1 of hasta is not in rc.conf and not live; agent.conf has it',
      'differs: vhid 1 on vtnet1 of hastb is not in rc.conf and not live; agent.conf has it',
      'assumed: CARP has no password in rc.conf; hastconf generates one',
    ]);
  });

  it('says where agent.conf was changed by hand', () => {
    const spec = demoSpec();
    const [first, second] = appliedFacts(spec);
    const path = '/usr/local/etc/hastconf/agent.conf';
    const file = second.files[path]!;
    const content = `${file.content.replace("settle='1'", "settle='5'")}echo $HOME\n`;
    const { findings } = adopt(
      [first, { ...second, files: { ...second.files, [path]: { ...file, content } } }],
      connectionTo(spec),
    );
    expect(findings.map(({ kind, node, message }) => [kind, node, message])).toEqual([
      ['differs', undefined, 'agent.conf says different things on hasta and hastb'],
      ['inexpressible', 'hastb', 'agent.conf of hastb has a line that hastconf does not write: echo $HOME'],
    ]);
  });
});

function without(facts: NodeFacts, path: string): NodeFacts {
  return {
    ...facts,
    files: Object.fromEntries(Object.entries(facts.files).filter(([name]) => name !== path)),
  };
}
