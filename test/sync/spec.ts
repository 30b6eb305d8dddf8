import type { ClusterSpec } from '../../src/spec/types.js';

/** The measured pair, with these resources as UFS. */
export function pairSpec(resources: readonly string[] = ['disk0']): ClusterSpec {
  const node = (name: string, last: number) => ({
    name,
    ssh: { host: `10.0.2.${last}`, become: 'none' as const },
    replication: `10.77.0.${last}`,
    interface: 'vtnet1',
  });
  return {
    version: 1,
    name: 'pair1',
    nodes: [node('hasta', 1), node('hastb', 2)],
    carp: {
      address: '192.168.50.10',
      prefixLength: 24,
      family: 4,
      vhid: 1,
      advbase: 1,
      unicast: false,
    },
    preferred: 'hasta',
    hast: { replication: 'memsync', timeout: 10, compression: 'hole', checksum: 'none' },
    resources: resources.map((name, index) => {
      const path = `/dev/vtbd${index + 1}`;
      return { name, local: { hasta: path, hastb: path } };
    }),
    storage: resources.map((resource) => ({ type: 'ufs', resource, mountpoint: `/hast/${resource}` })),
    services: [],
    agent: {
      settle: 1,
      bootWait: 120,
      onDemoteFailure: 'reboot',
      failback: 'manual',
      onDiskError: 'alert',
      onServiceFailure: 'alert',
      peerSshPort: 22,
      witness: [],
      fence: null,
      notify: null,
    },
  };
}
