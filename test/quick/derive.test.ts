import { describe, expect, it } from 'vitest';
import type { NodeFacts } from '../../src/facts/types.js';
import { deriveQuick, type QuickArguments } from '../../src/quick/derive.js';
import { specOfData } from '../../src/spec/load.js';
import { freshFacts } from '../plan/fixtures.js';

const SIZE = 200 * 2 ** 20;
const ARGS: QuickArguments = {
  login: { host: 'hastb.example.org', become: 'none' },
  remoteIp: '10.77.0.2',
  carpIp: '192.168.50.10',
  remotePool: 'zdata',
  volPath: '/dev/zvol/tank/vol0',
  volSize: '200M',
  hastvolName: 'data',
};

const zfs = (pool: string, volumes: NodeFacts['zfs']['volumes'] = []): Pick<NodeFacts, 'zfs'> => ({
  zfs: { loaded: true, pools: [{ name: pool, size: 2 ** 40, free: 2 ** 40, health: 'ONLINE' }], volumes },
});
const here = (more: Partial<NodeFacts> = {}) =>
  freshFacts('hasta', { ...zfs('tank', [{ name: 'tank/vol0', size: SIZE }]), ...more });
const there = (more: Partial<NodeFacts> = {}) => freshFacts('hastb', { ...zfs('zdata'), ...more });

const derive = (
  args: Partial<QuickArguments> = {},
  facts = [here(), there()] as const,
  heard: number[] = [],
) => deriveQuick({ ...ARGS, ...args }, facts, heard);

/** The node without one of its interfaces. */
const without = (facts: NodeFacts, name: string): NodeFacts => ({
  ...facts,
  interfaces: facts.interfaces.filter((one) => one.name !== name),
});

describe('deriveQuick', () => {
  it('makes a whole spec of seven arguments and two machines', () => {
    const { data, gaps, problems } = derive();
    expect([gaps, problems]).toEqual([[], []]);
    expect(specOfData(data, 'test', { overlay: { flags: [], cwd: '/' } })).toMatchObject({
      name: 'hasta-hastb',
      nodes: [
        { name: 'hasta', ssh: { local: true }, replication: '10.77.0.1', interface: 'vtnet1' },
        { name: 'hastb', ssh: { host: 'hastb.example.org' }, replication: '10.77.0.2', interface: 'vtnet1' },
      ],
      carp: { address: '192.168.50.10', prefixLength: 24, vhid: 1 },
      preferred: 'hasta',
      resources: [
        { name: 'data', zvol: { pool: { hasta: 'tank', hastb: 'zdata' }, name: 'vol0', size: SIZE } },
      ],
      storage: [{ type: 'raw', resource: 'data' }],
    });
  });

  it('serves files over NFS to the network of the address', () => {
    const { data } = derive({ serve: 'nfs', carpIp: '192.168.50.10' });
    expect(specOfData(data, 'test', { overlay: { flags: [], cwd: '/' } })).toMatchObject({
      storage: [{ type: 'ufs', resource: 'data', mountpoint: '/hast/data' }],
      services: [{ type: 'nfs', exports: ['/hast/data -alldirs -network 192.168.50.0/24'] }],
    });
    expect(derive({ serve: 'nfs', carpIp: 'fd00:50::10/64' }).data).toMatchObject({
      services: [{ exports: ['/hast/data -alldirs -network fd00:50::/64'] }],
    });
  });

  it('serves the device over iSCSI, under the name of the machine', () => {
    const { data } = derive({ serve: 'iscsi', hastvolName: 'Data_1' });
    expect(specOfData(data, 'test', { overlay: { flags: [], cwd: '/' } })).toMatchObject({
      storage: [{ type: 'raw', resource: 'Data_1' }],
      services: [{ type: 'iscsi', target: 'iqn.2000-01.internal.hasta:data-1', resource: 'Data_1' }],
    });
    const named = { ...here().identity, hostname: 'hasta.example.org' };
    const { services } = derive({ serve: 'iscsi' }, [here({ identity: named }), there()]).data;
    expect(services).toEqual([expect.objectContaining({ target: 'iqn.2000-01.org.example:data' })]);
  });

  it('takes another path, prefix length and VHID', () => {
    expect(derive({ volPath: 'tank/vol0' }).data).toEqual(derive().data);
    expect(derive({ carpIp: '192.168.50.10/25' }).data).toMatchObject({
      carp: { address: '192.168.50.10/25' },
    });
    expect(derive({}, undefined, [1, 2]).data).toMatchObject({ carp: { vhid: 3 } });
  });

  it('finds the VHID that the address has already', () => {
    const first = here();
    const interfaces = first.interfaces.map((one) =>
      one.name === 'vtnet1'
        ? {
            ...one,
            addresses: [
              ...one.addresses,
              { family: 4 as const, address: '192.168.50.10', prefixLength: 24, vhid: 9 },
            ],
          }
        : one,
    );
    expect(derive({}, [{ ...first, interfaces }, there()], [9]).data).toMatchObject({ carp: { vhid: 9 } });
  });

  it.each<[string, Partial<QuickArguments>, readonly [NodeFacts, NodeFacts], string[]]>([
    ['no replication link here', {}, [without(here(), 'vtnet2'), there()], ['nodes.hasta.replication']],
    ['no LAN there', {}, [here(), without(there(), 'vtnet1')], ['nodes.hastb.interface']],
    [
      'a CARP address in no network',
      { carpIp: '203.0.113.10' },
      [here(), there()],
      ['nodes.hasta.interface', 'nodes.hastb.interface', 'carp.address'],
    ],
  ])('names the gap: %s', (_, args, facts, paths) => {
    expect(derive(args, facts).gaps.map(({ path }) => path.join('.'))).toEqual(paths);
  });

  it.each<[string, Partial<QuickArguments>, readonly [NodeFacts, NodeFacts], string[]]>([
    ['address of nobody', { remoteIp: '10.77.0.9' }, [here(), there()], ['remote-ip']],
    ['no such volume', { volPath: '/dev/zvol/tank/other' }, [here(), there()], ['vol-missing']],
    ['not a volume', { volPath: '/dev/da0p1/' }, [here(), there()], ['vol-path']],
    ['another size', { volSize: '1G' }, [here(), there()], ['vol-size']],
    [
      'another size there',
      {},
      [here(), there(zfs('zdata', [{ name: 'zdata/vol0', size: 1 }]))],
      ['vol-size'],
    ],
    ['no such pool there', { remotePool: 'tank' }, [here(), there()], ['pool-missing']],
  ])('says what is wrong: %s', (_, args, facts, ids) => {
    expect(derive(args, facts).problems.map(({ id }) => id)).toEqual(ids);
  });
});
