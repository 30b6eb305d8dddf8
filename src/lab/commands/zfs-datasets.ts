import type { Pool } from '../world/pool.js';
import type { Invocation } from './program.js';
import { used } from './zfs-common.js';

export interface Dataset {
  name: string;
  type: 'filesystem' | 'volume';
  pool: Pool;
  properties: Readonly<Record<string, string>>;
}

export function datasets(run: Invocation): Dataset[] {
  const all: Dataset[] = [];
  for (const pool of run.machine.zfs.pools.values()) {
    const { label } = pool;
    const mounted = run.machine.zfs.mounted(pool) === undefined ? 'no' : 'yes';
    const one = (name: string): Dataset => ({
      name,
      type: 'filesystem',
      pool,
      properties: {
        mountpoint: `${label.mountpoint}${name.slice(label.name.length)}`,
        canmount: label.canmount ? 'on' : 'off',
        mounted,
        type: 'filesystem',
        used: String(used(pool)),
        available: String(Math.max(0, label.size - used(pool))),
      },
    });
    all.push(one(label.name), ...label.filesystems.map((name) => one(`${label.name}/${name}`)));
    for (const volume of label.volumes) {
      const properties = {
        volsize: String(volume.size),
        volmode: volume.volmode,
        type: 'volume',
        used: String(volume.size),
        mountpoint: '-',
        mounted: '-',
        canmount: '-',
      };
      all.push({ name: `${label.name}/${volume.name}`, type: 'volume', pool, properties });
    }
  }
  return all;
}

export function poolOf(run: Invocation, dataset: string): { pool: Pool; name: string } | undefined {
  const [first = '', ...rest] = dataset.split('/');
  const pool = run.machine.zfs.pools.get(first);
  return pool === undefined ? undefined : { pool, name: rest.join('/') };
}
