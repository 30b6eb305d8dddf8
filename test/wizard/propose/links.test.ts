import { describe, expect, it } from 'vitest';
import type { InterfaceFacts } from '../../../src/facts/types.js';
import {
  carpLinks,
  commonLinks,
  isPrivate,
  likelyGateways,
  replicationLinks,
} from '../../../src/wizard/propose/links.js';
import { freshFacts } from '../../plan/fixtures.js';
import { measuredPair } from '../fixtures.js';

function nic(
  name: string,
  address: string,
  more: Partial<InterfaceFacts> = {},
  prefixLength = 24,
): InterfaceFacts {
  const family = address.includes(':') ? 6 : 4;
  return {
    name,
    up: true,
    carrier: true,
    mtu: 1500,
    addresses: [{ family, address, prefixLength }],
    carp: [],
    ...more,
  };
}

function linksOf(
  first: InterfaceFacts[],
  second: InterfaceFacts[],
  more: { gateway?: string; reached?: string } = {},
) {
  const gateway = more.gateway === undefined ? {} : { defaultGateway: more.gateway };
  return commonLinks({
    facts: [
      freshFacts('hasta', { interfaces: first, ...gateway }),
      freshFacts('hastb', { interfaces: second }),
    ],
    reached: [more.reached, undefined],
    answering: [],
  });
}

describe('the measured pair', () => {
  const links = commonLinks(measuredPair());

  it('is together in the LAN and on the cable; the management network only looks like one', () => {
    expect(links.map(({ network, interfaces }) => [network, ...interfaces])).toEqual([
      ['192.168.50.0/24', 'vtnet1', 'vtnet1'],
      ['10.77.0.0/24', 'vtnet2', 'vtnet2'],
    ]);
  });

  it('replicates over the cable, where nobody else answers', () => {
    const [best] = replicationLinks(links);
    expect(best).toMatchObject({ addresses: ['10.77.0.1', '10.77.0.2'], others: false });
    expect(isPrivate(best!)).toBe(true);
  });

  it('serves clients in the LAN, and only there', () => {
    expect(carpLinks(links, ['10.77.0.1', '10.77.0.2']).map(({ network }) => network)).toEqual([
      '192.168.50.0/24',
    ]);
  });

  it('looks for routers at both ends of each network, not at addresses of its own', () => {
    expect(likelyGateways(measuredPair().facts)).toEqual(['192.168.50.1', '192.168.50.254', '10.77.0.254']);
  });
});

describe('common networks', () => {
  it.each([
    ['different prefix lengths', nic('em0', '10.0.0.1', {}, 24), nic('em0', '10.0.0.2', {}, 16)],
    ['different networks', nic('em0', '10.0.0.1'), nic('em0', '10.0.1.2')],
    ['no carrier', nic('em0', '10.0.0.1', { carrier: false }), nic('em0', '10.0.0.2')],
    ['down', nic('em0', '10.0.0.1', { up: false }), nic('em0', '10.0.0.2')],
    ['loopback', nic('lo0', '127.0.0.1', {}, 8), nic('lo0', '127.0.0.2', {}, 8)],
    ['link-local', nic('em0', 'fe80::1', {}, 64), nic('em0', 'fe80::2', {}, 64)],
    ['the same address twice', nic('em0', '10.0.0.1'), nic('em0', '10.0.0.1')],
    ['a family each', nic('em0', '10.0.0.1'), nic('em0', '2001:db8::1', {}, 24)],
  ])('are not there with %s', (_, first, second) => {
    expect(linksOf([first], [second])).toEqual([]);
  });

  it('are found across different interface names, in IPv6 and on a cable of two addresses', () => {
    const links = linksOf(
      [nic('em0', '2001:db8::1', {}, 64), nic('ix0', '10.9.9.1', {}, 30)],
      [nic('igb3', '2001:db8::2', {}, 64), nic('ix1', '10.9.9.2', {}, 30)],
    );
    expect(links.map(({ network, interfaces }) => [network, ...interfaces])).toEqual([
      ['2001:db8::/64', 'em0', 'igb3'],
      ['10.9.9.0/30', 'ix0', 'ix1'],
    ]);
  });

  it('leaves out an address that CARP moves', () => {
    const moving = nic('em0', '10.0.0.10');
    const withVhid = { ...moving, addresses: moving.addresses.map((one) => ({ ...one, vhid: 1 })) };
    expect(linksOf([withVhid], [nic('em0', '10.0.0.2')])).toEqual([]);
  });
});

describe('the order', () => {
  const first = [nic('em0', '10.0.0.1'), nic('em1', '10.1.0.1'), nic('em2', '10.2.0.1')];
  const second = [nic('em0', '10.0.0.2'), nic('em1', '10.1.0.2'), nic('em2', '10.2.0.2')];

  it('keeps replication off the default route and off the network that SSH came in by', () => {
    const links = linksOf(first, second, { gateway: '10.0.0.254', reached: '10.1.0.1' });
    expect(replicationLinks(links).map(({ network }) => network)).toEqual([
      '10.2.0.0/24',
      '10.1.0.0/24',
      '10.0.0.0/24',
    ]);
  });

  it('serves clients where the default gateway is', () => {
    const links = linksOf(first, second, { gateway: '10.1.0.254' });
    expect(carpLinks(links, ['10.2.0.1', '10.2.0.2'])[0]).toMatchObject({
      network: '10.1.0.0/24',
      gateway: true,
    });
  });

  it('shares the only link there is', () => {
    const links = linksOf(first.slice(0, 1), second.slice(0, 1));
    expect(carpLinks(links, ['10.0.0.1', '10.0.0.2'])).toHaveLength(1);
  });

  it('offers CARP no interface that it does not work on', () => {
    expect(carpLinks(linksOf([nic('tun0', '10.0.0.1')], [nic('tun0', '10.0.0.2')]), [])).toEqual([]);
  });
});
