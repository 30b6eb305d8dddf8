import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { Live, type LiveOptions } from './live.js';
import { installRecipe } from './recipe.js';
import type { Contender, StateName } from './types.js';

const RESOURCES = {
  one: { disk0: { local: '/dev/vtbd1' } },
  three: { disk0: { local: '/dev/vtbd1' }, disk1: { local: '/dev/vtbd2' }, disk2: { local: '/dev/vtbd3' } },
  block: { disk0: { local: '/dev/vtbd1' }, disk1: { local: '/dev/vtbd2' } },
} as const;
const UFS = { type: 'ufs', resource: 'disk0', mountpoint: '/hast/disk0' } as const;
const STORAGE = {
  one: [UFS],
  block: [UFS, { type: 'raw', resource: 'disk1' }],
  three: [UFS, { type: 'zfs', pool: 'failover', layout: 'mirror', resources: ['disk1', 'disk2'] }],
} as const;
/** A pool's first mirror and a boot's worth of logins, on a slow machine. */
const APPLY_MS = 600_000;

/** Address of the third machine on the LAN. */
export const CLIENT_ADDRESS = '192.168.50.13';

export interface ClusterChoice {
  state: Exclude<StateName, 'clean'>;
  witness?: boolean;
  services?: readonly Record<string, unknown>[];
  agent?: Readonly<Record<string, unknown>>;
}

/** Writes a cluster file for the machines beside the one that came with them; its path. */
export async function clusterFor(machinesFile: string, choice: ClusterChoice): Promise<string> {
  const document = parse(await readFile(machinesFile, 'utf8')) as Record<string, unknown>;
  document.resources = RESOURCES[choice.state];
  document.storage = STORAGE[choice.state];
  if (choice.services) document.services = choice.services;
  document.agent = { witness: choice.witness ? [CLIENT_ADDRESS] : [], ...choice.agent };
  const file = join(machinesFile, '..', 'live.yaml');
  await writeFile(file, stringify(document));
  return file;
}

/** Sets the pair up from clean machines, in the way of the contender. Throws when that does not succeed. */
export async function setUp(live: Live, contender: Contender, choice: ClusterChoice): Promise<void> {
  if (contender === 'recipe') {
    await installRecipe(live);
    return;
  }
  live.clusterFile = await clusterFor(live.machines.clusterFile, choice);
  await live.hastconf(['apply', '-y', '--no-input'], { timeoutMs: APPLY_MS });
  await live.settled();
}

/** What a scenario is given before there are machines. */
export type Setting = Omit<LiveOptions, 'ports' | 'privateKey'>;

/** Ports and keys are made anew whenever machines start. */
async function takeUp(setting: Setting): Promise<Live> {
  const { machines } = setting;
  const nodes = await machines.nodes();
  const privateKey = await readFile(join(machines.dir, 'id_ed25519'), 'utf8');
  return new Live({ ...setting, privateKey, ports: new Map(nodes.map(({ name, port }) => [name, port])) });
}

/** The state's machines, running; made and saved when this set of machines has not got it yet. */
export async function bringUp(
  setting: Setting,
  state: StateName,
  saved: Set<string>,
  client: boolean,
): Promise<Live> {
  const { machines, contender } = setting;
  const name = state === 'clean' ? 'clean' : `${contender}-${state}${client ? '-client' : ''}`;
  if (saved.has(name)) await machines.up({ from: name });
  else {
    await machines.up();
    if (state !== 'clean') {
      const live = await takeUp(setting);
      await setUp(live, contender, { state, witness: client });
      live.close();
    }
    await machines.save(name);
    saved.add(name);
  }
  const live = await takeUp(setting);
  if (state !== 'clean' && contender === 'hastconf') {
    live.clusterFile = await clusterFor(machines.clusterFile, { state, witness: client });
    await live.settled();
  }
  return live;
}
