import { expect, it } from 'vitest';
import { nodeNames } from '../../../src/wizard/propose/names.js';
import { freshFacts } from '../../plan/fixtures.js';

function named(first: string, second: string) {
  const machine = (hostname: string, hostuuid: string) =>
    freshFacts('hasta', { identity: { hostname, hostuuid, hostid: '1' } });
  return nodeNames([
    machine(first, 'F0FCEE35-56b7-426d-86f7-6df55d5a877c'),
    machine(second, '2a6f1c0e-8d34-4c1b-9a57-3b1f6e0d9c42'),
  ]);
}

it.each([
  ['hasta', 'hastb', ['hasta', 'hastb']],
  ['nas1.example.org', 'nas2.example.org', ['nas1', 'nas2']],
  // Two machines of one name in two domains: hastd would match either with the first part alone.
  ['nas.a.example', 'nas.b.example', ['nas.a.example', 'nas.b.example']],
  // hast.conf reads digits as a number, and `secondary` is none of its words, but `on` is.
  ['1.example.org', '2.example.org', ['1.example.org', '2.example.org']],
  ['on.example.org', 'off.example.org', ['on.example.org', 'off.example.org']],
  ['freebsd', 'freebsd', ['f0fcee35-56b7-426d-86f7-6df55d5a877c', '2a6f1c0e-8d34-4c1b-9a57-3b1f6e0d9c42']],
])('%s and %s', (first, second, names) => {
  expect(named(first, second)).toEqual(names);
});
