import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Numbers of resources that every section is run with. */
export const SIZES = [1, 16, 64] as const;

/** A cluster file with so many resources, each with a UFS of its own. */
export function clusterFile(resources: number): string {
  const names = Array.from({ length: resources }, (_, index) => index + 1);
  return `version: 1
name: bench
nodes:
  hasta: { ssh: { host: 192.0.2.11 }, replication: 10.77.0.1, interface: vtnet1 }
  hastb: { ssh: { host: 192.0.2.12 }, replication: 10.77.0.2, interface: vtnet1 }
carp: { address: 192.168.50.10/24, vhid: 1, password: { file: carp.password } }
resources:
${names.map((n) => `  disk${n}: { local: /dev/vtbd${n} }`).join('\n')}
storage:
${names.map((n) => `  - { type: ufs, resource: disk${n}, mountpoint: /hast/disk${n} }`).join('\n')}
`;
}

/** Calls `work` with a directory that holds the cluster file and its password, and removes it again. */
export async function withCluster<T>(resources: number, work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-bench-'));
  try {
    await writeFile(join(dir, 'cluster.yaml'), clusterFile(resources));
    await writeFile(join(dir, 'carp.password'), 'bench_password\n', { mode: 0o600 });
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}
