/** What the lab's two machines are: copies of the measured ones (transcript 08). */
export interface DiskProfile {
  name: string;
  /** Bytes. */
  size: number;
  sectorSize: number;
}

export interface InterfaceProfile {
  name: string;
  network: NetworkName;
  ether: string;
  address: string;
  prefixLength: number;
}

export interface NodeProfile {
  name: string;
  hostuuid: string;
  hostid: number;
  interfaces: readonly InterfaceProfile[];
  disks: readonly DiskProfile[];
}

export type NetworkName = 'mgmt' | 'lan' | 'replication';
export const NETWORKS: readonly NetworkName[] = ['mgmt', 'lan', 'replication'];

/** Addresses that are no lab node but answer pings, by network: QEMU's gateway and the LAN's router. */
export const GATEWAYS: Readonly<Record<string, NetworkName>> = {
  '10.0.2.2': 'mgmt',
  '192.168.50.1': 'lan',
};

export const RELEASE = '13.2-RELEASE';
export const OSRELDATE = 1302001;
const MIB = 1024 * 1024;

/** The disks of a measured machine; vtbd0 is the system disk. */
export function defaultDisks(dataSize = 512 * MIB): DiskProfile[] {
  return [
    { name: 'vtbd0', size: 1_109_395_968, sectorSize: 512 },
    ...['vtbd1', 'vtbd2', 'vtbd3'].map((name) => ({ name, size: dataSize, sectorSize: 512 })),
  ];
}

const IDENTITIES = [
  { uuid: 'f0fcee35-56b7-426d-86f7-6df55d5a877c', hostid: 3_365_214_495 },
  { uuid: '2a6f1c0e-8d34-4c1b-9a57-3b1f6e0d9c42', hostid: 0x7d89d44c },
] as const;

/** The machine at `index` (0 or 1) of a pair. */
export function nodeProfile(name: string, index: number, disks: readonly DiskProfile[]): NodeProfile {
  const identity = IDENTITIES[index] ?? IDENTITIES[0];
  const last = (10 + index).toString(16).padStart(2, '0');
  const one = (network: NetworkName, number: number, address: string): InterfaceProfile => ({
    name: `vtnet${number}`,
    network,
    ether: `52:54:00:00:0${number}:${last}`,
    address,
    prefixLength: 24,
  });
  return {
    name,
    hostuuid: identity.uuid,
    hostid: identity.hostid,
    interfaces: [
      one('mgmt', 0, '10.0.2.15'),
      one('lan', 1, `192.168.50.${11 + index}`),
      one('replication', 2, `10.77.0.${1 + index}`),
    ],
    disks,
  };
}
