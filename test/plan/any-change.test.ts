import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { PHASES, type Plan, type Step } from '../../src/plan/types.js';

import { PAIR_YAML } from './fixtures.js';
import { planOver, runningPair } from './running-pair.js';

const BASE = `${PAIR_YAML.replace('storage:', '  disk1: { local: /dev/vtbd2 }\nhast: { timeout: 10 }\nstorage:')}  - { type: ufs, resource: disk1, mountpoint: /hast/disk1 }
services:
  - { type: rc, name: postgresql }
agent: { settle: 1s }
`;

/** Changes of different places of the file, so that any of them go together. */
const EDITS: readonly ((yaml: string) => string)[] = [
  (yaml) => yaml.replace('timeout: 10', 'timeout: 15'),
  (yaml) => yaml.replace('vhid: 1', 'vhid: 12'),
  (yaml) => yaml.replace('192.168.50.10/24', '192.168.50.20/24'),
  (yaml) => yaml.replaceAll('interface: vtnet1', 'interface: vtnet0'),
  (yaml) => yaml.replace('replication: 10.77.0.2', 'replication: 192.168.50.12'),
  (yaml) => yaml.replace('/hast/disk0', '/data'),
  (yaml) =>
    yaml
      .replace('  disk1: { local: /dev/vtbd2 }\n', '')
      .replace(/ {2}- \{ type: ufs, resource: disk1.*\n/, ''),
  (yaml) =>
    yaml
      .replace('hast: {', '  disk2: { local: /dev/vtbd3 }\nhast: {')
      .replace('services:', '  - { type: raw, resource: disk2 }\nservices:'),
  (yaml) => yaml.replace('services:\n  - { type: rc, name: postgresql }\n', ''),
  (yaml) => yaml.replace('name: pair1', 'name: store'),
  (yaml) =>
    yaml.replace('settle: 1s', 'settle: 1s, failback: auto').replace('carp:', 'preferred: hastb\ncarp:'),
];

const edits = fc.subarray([...EDITS], { minLength: 1 });
const passwords = fc.constantFrom('pw', 'another');

function planned(chosen: readonly ((yaml: string) => string)[], password: string): Plan {
  const yaml = chosen.reduce((text, edit) => edit(text), BASE);
  return planOver(yaml, runningPair(BASE), { password });
}

const last = (steps: readonly Step[], test: (step: Step) => boolean) => steps.findLastIndex(test);
const first = (steps: readonly Step[], test: (step: Step) => boolean) => {
  const at = steps.findIndex(test);
  return at === -1 ? Number.POSITIVE_INFINITY : at;
};

describe('whatever changes together', () => {
  it('changes something', () => {
    for (const edit of EDITS) expect(edit(BASE)).not.toBe(BASE);
  });

  it('is planned, in the order of the phases, each step once', () => {
    fc.assert(
      fc.property(edits, passwords, (chosen, password) => {
        const { steps, problems, refusals } = planned(chosen, password);
        expect([problems, refusals]).toEqual([[], []]);
        const phases = steps.map(({ phase }) => PHASES.indexOf(phase));
        expect(phases).toEqual(phases.toSorted((a, b) => a - b));
        expect(new Set(steps.map(({ id }) => id)).size).toBe(steps.length);
      }),
      { numRuns: 100 },
    );
  });

  it('never shows the two nodes to each other with different CARP settings', () => {
    fc.assert(
      fc.property(edits, passwords, (chosen, password) => {
        const { steps } = planned(chosen, password);
        const changes = (node: string) => (step: Step) =>
          step.node === node && step.action.kind === 'script' && step.phase === 'carp';
        const serving = first(steps, changes('hasta'));
        if (serving === Number.POSITIVE_INFINITY) return;
        expect(first(steps, ({ phase }) => phase === 'withdraw')).toBeLessThan(serving);
        expect(first(steps, ({ phase }) => phase === 'rejoin')).toBeGreaterThan(serving);
        expect(first(steps, changes('hastb'))).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: 100 },
    );
  });

  it('lets go of what goes before anybody hears of it, with agents that keep still meanwhile', () => {
    fc.assert(
      fc.property(edits, passwords, (chosen, password) => {
        const { steps } = planned(chosen, password);
        const released = last(steps, ({ phase }) => phase === 'release');
        const heard = first(steps, ({ id }) =>
          /\/(files|agent|carp|withdraw)\/.*(agent|hast)\.conf$/.test(id),
        );
        if (released !== -1) expect(released).toBeLessThan(heard);
        const nodes = (id: string) =>
          steps
            .filter((step) => step.id.endsWith(id))
            .map(({ node }) => node)
            .toSorted();
        expect(nodes('/pause/agent')).toEqual(nodes('/agent/resume'));
        const disturbing = first(steps, ({ impact }) =>
          ['roles-drop', 'interruption'].includes(impact?.kind ?? ''),
        );
        const moves = steps[disturbing]?.id.includes('agent.conf') === true;
        if (disturbing !== Number.POSITIVE_INFINITY && !moves)
          expect(first(steps, ({ phase }) => phase === 'pause')).toBeLessThan(disturbing);
      }),
      { numRuns: 100 },
    );
  });
});
