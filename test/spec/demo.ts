import { parseSpec } from '../../src/spec/load.js';
import type { ClusterSpec } from '../../src/spec/types.js';

/** The measured pair, as the lab has it. */
export const DEMO_YAML = `version: 1
name: demo
nodes:
  hasta:
    ssh: { host: 10.0.2.15, port: 2201 }
    replication: 10.77.0.1
    interface: vtnet1
  hastb:
    ssh: { host: 10.0.2.15, port: 2202 }
    replication: 10.77.0.2
    interface: vtnet1
carp:
  address: 192.168.50.10/24
  vhid: 1
resources:
  disk0: { local: /dev/vtbd1 }
storage:
  - { type: ufs, resource: disk0, mountpoint: /hast/disk0 }
`;

export function demoSpec(change: (yaml: string) => string = (yaml) => yaml): ClusterSpec {
  return parseSpec(change(DEMO_YAML), 'cluster.yaml', { home: '/home/admin' });
}
