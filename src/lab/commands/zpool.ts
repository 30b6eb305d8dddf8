import { dateText } from '../world/text.js';
import { answering, volumeAt } from '../world/volume.js';
import { fail, getopt, has, type Invocation, notModelled, ok, option } from './program.js';
import { pools, type Verb } from './zfs-common.js';
import { zpoolList, zpoolStatus } from './zpool-show.js';

const LAYOUTS = ['mirror', 'raidz', 'raidz1', 'raidz2', 'raidz3'];

const zpoolCreate: Verb = async (run, words) => {
  const options = getopt(words, 'fno:O:m:R:t:d');
  if (options === undefined || has(options, 'n') || has(options, 'R') || has(options, 't'))
    return notModelled(run);
  const [name, ...rest] = options.rest;
  if (name === undefined || rest.length === 0) return fail(2, 'missing vdev specification');
  if (run.machine.zfs.pools.has(name)) return fail(1, `cannot create '${name}': pool already exists`);
  const [first] = rest;
  const layout = first !== undefined && LAYOUTS.includes(first) ? first : 'stripe';
  const devices = layout === 'stripe' ? rest : rest.slice(1);
  if (devices.some((one) => LAYOUTS.includes(one) || ['log', 'cache', 'spare', 'special'].includes(one)))
    return notModelled(run);
  const properties = options.given.filter(([letter]) => letter === 'o').map(([, value]) => value);
  const cached = !properties.includes('cachefile=none');
  await allAnswer(run, devices);
  await run.machine.zfs.create(name, layout, devices, {
    force: has(options, 'f'),
    cached,
    mountpoint: option(options, 'm'),
  });
  return ok();
};

/** Reads of labels wait as long as the devices do. */
async function allAnswer(run: Invocation, devices: readonly string[]): Promise<void> {
  for (const device of devices) {
    const volume = volumeAt(run.machine, device);
    if (volume !== undefined) await answering(volume, run.signal);
  }
}

async function devicesIn(run: Invocation, directory: string): Promise<string[]> {
  if (directory === '/dev') return [...run.machine.disks.values()].map((disk) => disk.path);
  const names = (await run.machine.files.list(directory)) ?? [];
  return names.map((name) => `${directory}/${name}`);
}

const zpoolImport: Verb = async (run, words) => {
  const options = getopt(words, 'afNd:o:R:D');
  if (options === undefined || has(options, 'R') || has(options, 'D') || has(options, 'a'))
    return notModelled(run);
  const devices = await devicesIn(run, option(options, 'd') ?? '/dev');
  await allAnswer(run, devices);
  const found = await run.machine.zfs.find(devices);
  const [name] = options.rest;
  if (name === undefined) {
    if (found.length === 0) return fail(1, 'no pools available to import');
    return ok(
      found
        .map(
          (one) =>
            `   pool: ${one.label.name}\n     id: ${BigInt(`0x${one.id}`)}\n  state: ONLINE\n action: The pool can be imported using its name or numeric identifier.\n config:\n\n`,
        )
        .join(''),
    );
  }
  const one = found.find((candidate) => candidate.label.name === name);
  if (one === undefined) {
    if (run.machine.zfs.pools.has(name))
      return fail(1, `cannot import '${name}': a pool with that name already exists`);
    return fail(1, `cannot import '${name}': no such pool available`);
  }
  const { label } = one;
  const foreign = !label.exported && label.lastHostid !== run.machine.profile.hostid;
  if (foreign && !has(options, 'f')) {
    return fail(
      1,
      `cannot import '${name}': pool was previously in use from another system.\n` +
        `Last accessed by ${label.lastHost} (hostid=${label.lastHostid.toString(16)}) at ${dateText(label.lastAccess, '')}\n` +
        `The pool can be imported, use 'zpool import -f' to import the pool.`,
    );
  }
  const properties = options.given.filter(([letter]) => letter === 'o').map(([, value]) => value);
  const pool = await run.machine.zfs.import(one, { cached: !properties.includes('cachefile=none') });
  await run.world.core.clock.sleep(400, run.signal);
  if (!has(options, 'N')) await run.machine.zfs.mount(pool);
  return ok();
};

const zpoolExport: Verb = async (run, words) => {
  const options = getopt(words, 'f');
  if (options === undefined || options.rest.length === 0) return notModelled(run);
  const { list, stderr } = pools(run, options.rest);
  if (stderr !== '') return fail(1, stderr);
  for (const pool of list) {
    await run.world.core.clock.sleep(500, run.signal);
    if (run.machine.zfs.suspended(pool))
      return fail(1, `cannot export '${pool.label.name}': pool I/O is currently suspended`);
    await run.machine.zfs.export(pool, has(options, 'f'));
  }
  return ok();
};

const zpoolDestroy: Verb = async (run, words) => {
  const options = getopt(words, 'f');
  const [name] = options?.rest ?? [];
  if (options === undefined || name === undefined) return notModelled(run);
  const pool = run.machine.zfs.pools.get(name);
  if (pool === undefined) return fail(1, `cannot open '${name}': no such pool`);
  await run.machine.zfs.destroy(pool);
  return ok();
};

export const ZPOOL: Readonly<Record<string, Verb>> = {
  list: zpoolList,
  status: zpoolStatus,
  create: zpoolCreate,
  import: zpoolImport,
  export: zpoolExport,
  destroy: zpoolDestroy,
};
