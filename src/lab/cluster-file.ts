import { stringify } from 'yaml';

export interface LabAddresses {
  name: string;
  port: number;
}

export interface ClusterFileOptions {
  nodes: readonly LabAddresses[];
  /** `two simulated nodes`, for the first line. */
  what: string;
  /** Address of a machine on the LAN that may be a witness; named in a comment only. */
  witness?: string;
  /** Absolute path of the lab's directory. */
  dir: string;
}

/** The cluster file of a lab, ready to apply: two UFS resources and a CARP address. */
export function labClusterFile({ nodes, dir, what, witness }: ClusterFileOptions): string {
  const node = ({ name, port }: LabAddresses, index: number) => [
    name,
    {
      ssh: { host: '127.0.0.1', port, user: 'root', identity: `${dir}/id_ed25519` },
      replication: `10.77.0.${index + 1}`,
      interface: 'vtnet1',
    },
  ];
  const document = {
    version: 1,
    name: 'lab',
    nodes: Object.fromEntries(nodes.map(node)),
    carp: { address: '192.168.50.10/24', vhid: 1, password: { file: `${dir}/carp.password` } },
    hast: { replication: 'memsync', timeout: 10 },
    resources: { disk0: { local: '/dev/vtbd1' }, disk1: { local: '/dev/vtbd2' } },
    storage: [
      { type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' },
      { type: 'ufs', resource: 'disk1', mountpoint: '/hast/disk1' },
    ],
  };
  const hint = witness === undefined ? '' : `# agent: { witness: [${witness}] }   # the lab's client\n`;
  return `# Made by \`hastconf lab up\`: ${what} on this machine.\n${stringify(document)}${hint}`;
}
