import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressCandidates, freeVhid, ownVhids } from '../../../src/wizard/propose/carp.js';
import { commonLinks, inNetwork, type Link } from '../../../src/wizard/propose/links.js';
import { freshFacts } from '../../plan/fixtures.js';
import { measuredPair } from '../fixtures.js';

const lan = commonLinks(measuredPair())[0]!;

function link(network: string): Link {
  return { ...lan, network, prefixLength: Number(network.split('/')[1]) };
}

describe('addresses for CARP', () => {
  it('are round numbers of the network, without those that are taken by the nodes', () => {
    expect(addressCandidates(lan, measuredPair().facts).slice(0, 3)).toEqual([
      '192.168.50.10',
      '192.168.50.20',
      '192.168.50.50',
    ]);
    const facts = [
      freshFacts('hasta', {
        interfaces: [
          {
            ...freshFacts('hasta').interfaces[1]!,
            addresses: [{ family: 4, address: '192.168.50.10', prefixLength: 24 }],
          },
        ],
      }),
    ];
    expect(addressCandidates(lan, facts)).not.toContain('192.168.50.10');
  });

  it('are the highest but one in a small network, where a gateway may be the highest', () => {
    expect(addressCandidates(link('10.0.0.16/29'), [])).toEqual([
      '10.0.0.21',
      '10.0.0.20',
      '10.0.0.19',
      '10.0.0.18',
      '10.0.0.17',
    ]);
    expect(addressCandidates(link('10.0.0.0/30'), [])).toEqual(['10.0.0.1']);
    expect(addressCandidates(link('10.0.0.0/31'), [])).toEqual([]);
  });

  it('are found in IPv6 and in networks that are not cut at a byte', () => {
    expect(addressCandidates(link('2001:db8:0:1::/64'), [])[0]).toBe('2001:db8:0:1::a');
    expect(addressCandidates(link('172.16.252.0/22'), [])[6]).toBe('172.16.252.250');
  });

  it('never leave the network, nor are its ends', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8, max: 30 }), fc.integer({ min: 0, max: 255 }), (bits, byte) => {
        const network = `10.${byte & ~(bits < 16 ? 2 ** (16 - bits) - 1 : 0)}.0.0/${bits}`;
        const found = addressCandidates(link(network), []);
        expect(found.length).toBeGreaterThan(0);
        for (const address of found) {
          expect(inNetwork(address, network)).toBe(true);
          expect(address).not.toBe(network.split('/')[0]);
        }
      }),
    );
  });
});

describe('VHIDs', () => {
  it('are the lowest that nobody uses', () => {
    expect(freeVhid([])).toBe(1);
    expect(freeVhid([1, 3, 2, 7])).toBe(4);
    expect(freeVhid(Array.from({ length: 255 }, (_, index) => index + 1))).toBeUndefined();
  });

  it('of the nodes count on the interfaces that are to carry CARP', () => {
    const nic = freshFacts('hasta').interfaces[1]!;
    const carp = [{ vhid: 9, state: 'MASTER' as const, advbase: 1, advskew: 0 }];
    const facts = [freshFacts('hasta', { interfaces: [{ ...nic, carp }] }), freshFacts('hastb')];
    expect(ownVhids(facts, ['vtnet1', 'vtnet1'])).toEqual([9]);
    expect(ownVhids(facts, ['vtnet2', 'vtnet1'])).toEqual([]);
  });
});
