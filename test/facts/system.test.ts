import { describe, expect, it } from 'vitest';
import { parseInterfaces } from '../../src/facts/interfaces.js';
import { parseMounts } from '../../src/facts/mounts.js';
import { parsePing } from '../../src/facts/ping.js';
import { parseDefaultGateway } from '../../src/facts/route.js';
import type { FactsRequest } from '../../src/facts/types.js';
import { blockOf, excerpt } from './transcript.js';

describe('ifconfig -a', () => {
  it('reads interfaces and addresses of 13.2', () => {
    const { output } = blockOf('08-facts.txt', 'hasta', 'ifconfig -a inet');
    const interfaces = parseInterfaces(excerpt(output, /^vtnet0: flags/, /^Routing tables/));
    expect(interfaces.map((one) => one.name)).toEqual(['vtnet0', 'vtnet1', 'vtnet2', 'lo0']);
    expect(interfaces[1]).toEqual({
      name: 'vtnet1',
      up: true,
      mtu: 1500,
      addresses: [{ family: 4, address: '192.168.50.11', prefixLength: 24 }],
      carp: [],
    });
    expect(interfaces[3]!.addresses).toEqual([{ family: 4, address: '127.0.0.1', prefixLength: 8 }]);
  });

  it('reads CARP, the carrier and which address belongs to the vhid', () => {
    const { output } = blockOf('03-carp.txt', 'hastb', 'ifconfig -k vtnet1');
    const [vtnet1] = parseInterfaces(excerpt(output, /^vtnet1:/));
    expect(vtnet1).toMatchObject({
      up: true,
      carrier: true,
      addresses: [
        { family: 4, address: '192.168.50.12', prefixLength: 24 },
        { family: 4, address: '192.168.50.10', prefixLength: 32, vhid: 1 },
      ],
    });
    expect(vtnet1!.carp[0]).toEqual({ vhid: 1, state: 'BACKUP', advbase: 1, advskew: 100 });
    expect(vtnet1!.addresses[0]).not.toHaveProperty('vhid');
  });

  it('reads a lost carrier as INIT and carrier false', () => {
    const text =
      'vtnet1: flags=8963<UP,BROADCAST> metric 0 mtu 1500\n\tcarp: INIT vhid 1 advbase 1 advskew 0\n\tstatus: no carrier\n';
    expect(parseInterfaces(text)[0]).toMatchObject({ carrier: false, carp: [{ vhid: 1, state: 'INIT' }] });
  });

  it('reads several vhids and the peer line of 14', () => {
    const text = `em0: flags=1008963<UP,BROADCAST,RUNNING,PROMISC,SIMPLEX,MULTICAST,LOWER_UP> metric 0 mtu 9000
\toptions=4e524bb<RXCSUM,TXCSUM>
\tether 58:9c:fc:00:00:01
\tinet 192.0.2.11 netmask 0xfffffe00 broadcast 192.0.3.255
\tinet 192.0.2.1 netmask 0xffffffff broadcast 192.0.2.1 vhid 7
\tinet6 fe80::5a9c:fcff:fe00:1%em0 prefixlen 64 scopeid 0x1
\tinet6 2001:db8::1 prefixlen 64 vhid 8
\tcarp: MASTER vhid 7 advbase 1 advskew 0
\t      peer 224.0.0.18 peer6 ff02::12
\tcarp: BACKUP vhid 8 advbase 2 advskew 240
\t      peer 224.0.0.18 peer6 ff02::12
\tmedia: Ethernet autoselect (1000baseT <full-duplex>)
\tstatus: active
`;
    expect(parseInterfaces(text)).toEqual([
      {
        name: 'em0',
        up: true,
        carrier: true,
        mtu: 9000,
        addresses: [
          { family: 4, address: '192.0.2.11', prefixLength: 23 },
          { family: 4, address: '192.0.2.1', prefixLength: 32, vhid: 7 },
          { family: 6, address: 'fe80::5a9c:fcff:fe00:1', prefixLength: 64 },
          { family: 6, address: '2001:db8::1', prefixLength: 64, vhid: 8 },
        ],
        carp: [
          { vhid: 7, state: 'MASTER', advbase: 1, advskew: 0 },
          { vhid: 8, state: 'BACKUP', advbase: 2, advskew: 240 },
        ],
      },
    ]);
  });

  it('reads the vrrp line of 15 as a taken number', () => {
    const text = 'em0: flags=1<UP> metric 0 mtu 1500\n\tvrrp: MASTER vrid 9 prio 100 interval 100\n';
    expect(parseInterfaces(text)[0]!.carp).toEqual([
      { vhid: 9, state: 'MASTER', advbase: 0, advskew: 0, vrrp: { priority: 100, interval: 100 } },
    ]);
  });

  it('reads the pseudo-interface of 9.x: its addresses are the vhid', () => {
    const text =
      'carp0: flags=49<UP,LOOPBACK,RUNNING> metric 0 mtu 1500\n\tinet 192.0.2.1 netmask 0xffffff00\n\tcarp: MASTER vhid 3 advbase 1 advskew 0\n';
    expect(parseInterfaces(text)[0]).toMatchObject({
      name: 'carp0',
      addresses: [{ address: '192.0.2.1', prefixLength: 24, vhid: 3 }],
    });
  });

  it('reads point-to-point, CIDR, VLAN names, an interface that is down', () => {
    const text =
      'em0.12: flags=8802<BROADCAST,SIMPLEX,MULTICAST> metric 0 mtu 1496\n\tinet 192.0.2.5/25 broadcast 192.0.2.127\ntun0: flags=8051<UP,POINTOPOINT> metric 0 mtu 1400\n\tinet 10.0.0.1 --> 10.0.0.2 netmask 0xffffffff\n';
    const [vlan, tun] = parseInterfaces(text);
    expect(vlan).toMatchObject({ name: 'em0.12', up: false, addresses: [{ prefixLength: 25 }] });
    expect(vlan).not.toHaveProperty('carrier');
    expect(tun!.addresses).toEqual([{ family: 4, address: '10.0.0.1', prefixLength: 32 }]);
  });

  it('finds nothing in an error', () => {
    expect(parseInterfaces('ifconfig: SIOCGVH: Protocol not supported\n')).toEqual([]);
  });
});

describe('default route', () => {
  it('is the gateway of the default line', () => {
    const { output } = blockOf('08-facts.txt', 'hasta', 'netstat -rn -f inet');
    expect(parseDefaultGateway(excerpt(output, /^Routing tables/, /^1$/))).toBe('10.0.2.2');
  });

  it.each([
    [
      'none',
      'Routing tables\n\nInternet:\nDestination Gateway Flags Netif Expire\n10.0.2.0/24 link#1 U vtnet0\n',
    ],
    ['a link', 'default            link#1             US       tun0\n'],
  ])('is undefined for %s', (_, text) => {
    expect(parseDefaultGateway(text)).toBeUndefined();
  });
});

describe('mount -p', () => {
  it('reads the six fields', () => {
    const { output } = blockOf('08-facts.txt', 'hasta', 'mount -p; swapinfo');
    expect(parseMounts(excerpt(output, /^\/dev\/vtbd0p2/, /^Device/))).toEqual([
      { device: '/dev/vtbd0p2', mountpoint: '/', type: 'ufs', options: 'rw' },
      { device: 'devfs', mountpoint: '/dev', type: 'devfs', options: 'rw' },
      { device: 'tmpfs', mountpoint: '/tmp', type: 'tmpfs', options: 'rw' },
    ]);
  });

  it('decodes blanks', () => {
    expect(parseMounts('/dev/da1\t\t/my\\040disk\tufs\trw,noatime\t2 2\n')[0]).toEqual({
      device: '/dev/da1',
      mountpoint: '/my disk',
      type: 'ufs',
      options: 'rw,noatime',
    });
  });
});

describe('ping', () => {
  const request = { ping: ['10.77.0.2', '192.168.50.10', '2001:db8::1'] } as unknown as FactsRequest;

  it('is true only for an exit of 0, in any order', () => {
    expect(parsePing('2 0\n1 2\n0 0\n', request)).toEqual({
      '10.77.0.2': true,
      '192.168.50.10': false,
      '2001:db8::1': true,
    });
  });

  it('takes silence for no answer', () => {
    expect(parsePing('', request)).toEqual({
      '10.77.0.2': false,
      '192.168.50.10': false,
      '2001:db8::1': false,
    });
  });
});
