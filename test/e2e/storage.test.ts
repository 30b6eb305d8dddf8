import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { HastResource } from '../../src/lab/world/hast-resource.js';
import { type Ended, NODES, type Pair, startPair } from './lab.js';

const POOLS = { hasta: 'tank', hastb: 'zdata' } as const;
const STORAGE = `resources:
  disk0: { local: /dev/vtbd1 }
  vol0: { zvol: { pool: { hasta: tank, hastb: zdata }, name: vol0, size: 256M } }
  raw0: { local: { hasta: /dev/vtbd3, hastb: /dev/vtbd3 } }
storage:
  - { type: zfs, pool: failover, layout: mirror, resources: [disk0, vol0] }
  - { type: raw, resource: raw0 }
`;

let pair: Pair;
let ended: Ended;
const synchronised: string[] = [];
beforeAll(async () => {
  const { hook } = HastResource.prototype;
  vi.spyOn(HastResource.prototype, 'hook').mockImplementation(function (this: HastResource, ...event) {
    if (event[0].startsWith('sync')) synchronised.push(`${this.name} ${event[0]}`);
    hook.apply(this, event);
  });
  pair = await startPair();
  for (const node of NODES) await pair.on(node, `kldload zfs && zpool create ${POOLS[node]} /dev/vtbd2`);
  await pair.edit((text) => text.replace(/^resources:[\s\S]*/m, STORAGE));
  ended = await pair.hastconf(['apply', '-y']);
});
afterAll(async () => {
  vi.restoreAllMocks();
  await pair.stop();
});

describe('a mirror of a disk and a zvol, and a raw device', () => {
  it('are set up without copying anything', () => {
    expect(ended, ended.stderr).toMatchObject({ code: 0 });
    expect(ended.stdout).toMatch(/^zfs failover +imported +-$/m);
    expect(synchronised).toEqual([]);
  });

  it('have their volumes on each node’s own pool', async () => {
    for (const node of NODES)
      expect(await pair.on(node, 'zfs list -H -p -t volume -o name,volsize')).toBe(
        `${POOLS[node]}/vol0\t${256 * 1024 * 1024}\n`,
      );
  });

  it('have their pool on the primary only', async () => {
    expect((await pair.on('hasta', 'zpool list -H -o name')).split('\n').toSorted()).toEqual([
      '',
      'failover',
      'tank',
    ]);
    const status = await pair.on('hasta', 'zpool status failover');
    expect(status).toMatch(/mirror-0[\s\S]*hast\/disk0[\s\S]*hast\/vol0/);
    expect(await pair.on('hastb', 'zpool list -H -o name')).toBe('zdata\n');
    await pair.on('hasta', 'ls /dev/hast/raw0');
  });

  it('leave nothing to do', async () => {
    expect(await pair.hastconf(['plan', '--detailed-exitcode'])).toMatchObject({ code: 0 });
    const again = await pair.hastconf(['apply']);
    expect(again, again.stderr).toMatchObject({ code: 0 });
    expect(again.stdout).toMatch(/^Nothing to do/);
  });
});
