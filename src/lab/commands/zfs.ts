import type { CommandResult } from '../types.js';
import { dateText, geomBytes, parseSize } from '../world/text.js';
import { answering, volumeAt } from '../world/volume.js';
import { type Pool, ZfsError } from '../world/zfs.js';
import {
  fail,
  getopt,
  has,
  type Invocation,
  notModelled,
  ok,
  option,
  type Program,
  type Programs,
} from './program.js';

/** zpool(8) and zfs(8) load zfs.ko by themselves (measured §3.11). */
function loaded(program: Program): Program {
  return async (run) => {
    if (!run.machine.modules.has('zfs')) {
      run.machine.modules.add('zfs');
      run.machine.kernel('ZFS storage pool version: features support (5000)');
    }
    try {
      return await program(run);
    } catch (error) {
      if (error instanceof ZfsError) return fail(1, error.message);
      throw error;
    }
  };
}

type Verb = (run: Invocation, words: readonly string[]) => Promise<CommandResult>;

function pools(run: Invocation, names: readonly string[]): { list: Pool[]; stderr: string } {
  const all = run.machine.zfs.pools;
  if (names.length === 0) return { list: [...all.values()], stderr: '' };
  const list: Pool[] = [];
  let stderr = '';
  for (const name of names) {
    const pool = all.get(name);
    if (pool === undefined) stderr += `cannot open '${name}': no such pool\n`;
    else list.push(pool);
  }
  return { list, stderr };
}

/** What a new pool allocates, as measured; contents are not counted. */
const ALLOCATED = 587_776;

/** With the reservations of its volumes. */
function used(pool: Pool): number {
  return ALLOCATED + pool.label.volumes.reduce((sum, one) => sum + one.size, 0);
}

const COLUMNS =
  'name size alloc allocated free checkpoint expandsz frag cap dedup health altroot cachefile guid'.split(
    ' ',
  );

const zpoolList: Verb = async (run, words) => {
  const options = getopt(words, 'Hpo:');
  if (options === undefined) return notModelled(run);
  const { list, stderr } = pools(run, options.rest);
  const columns = (
    option(options, 'o') ?? 'name,size,alloc,free,checkpoint,expandsz,frag,cap,dedup,health,altroot'
  ).split(',');
  const size = (bytes: number): string => (has(options, 'p') ? String(bytes) : geomBytes(bytes));
  const cell = (pool: Pool, column: string): string => {
    const known: Readonly<Record<string, string>> = {
      name: pool.label.name,
      size: size(pool.label.size),
      alloc: size(ALLOCATED),
      allocated: size(ALLOCATED),
      free: size(pool.label.size - ALLOCATED),
      checkpoint: '-',
      expandsz: '-',
      frag: has(options, 'p') ? '0' : '0%',
      cap: has(options, 'p') ? '0' : '0%',
      dedup: has(options, 'p') ? '1.00' : '1.00x',
      health: run.machine.zfs.suspended(pool) ? 'SUSPENDED' : 'ONLINE',
      altroot: '-',
      cachefile: pool.cached ? '-' : 'none',
      guid: BigInt(`0x${pool.id}`).toString(),
    };
    return known[column] ?? '';
  };
  if (columns.some((column) => !COLUMNS.includes(column))) return notModelled(run);
  if (has(options, 'H')) {
    const text = list.map((pool) => `${columns.map((one) => cell(pool, one)).join('\t')}\n`).join('');
    return { code: stderr === '' ? 0 : 1, stdout: text, stderr };
  }
  if (list.length === 0) return stderr === '' ? ok('no pools available\n') : fail(1, stderr);
  if (option(options, 'o') !== undefined) return notModelled(run);
  const longest = Math.max(4, ...list.map((pool) => pool.label.name.length));
  const head = `${'NAME'.padEnd(longest)}   SIZE  ALLOC   FREE  CKPOINT  EXPANDSZ   FRAG    CAP  DEDUP    HEALTH  ALTROOT`;
  const widths = [4, 7, 7, 7, 9, 10, 7, 7, 7, 10, 3];
  const rows = list.map((pool) =>
    columns
      .map((one, at) =>
        at === 0 ? cell(pool, one).padEnd(longest) : cell(pool, one).padStart(widths[at] ?? 8),
      )
      .join(''),
  );
  return { code: stderr === '' ? 0 : 1, stdout: `${[head, ...rows].join('\n')}\n`, stderr };
};

const zpoolStatus: Verb = async (run, words) => {
  const options = getopt(words, 'PvxL');
  if (options === undefined || has(options, 'x')) return notModelled(run);
  const { list, stderr } = pools(run, options.rest);
  if (list.length === 0 && stderr === '') return ok('no pools available\n');
  const texts = list.map((pool) => statusText(run, pool, has(options, 'P')));
  return { code: stderr === '' ? 0 : 1, stdout: texts.join('\n'), stderr };
};

function statusText(run: Invocation, pool: Pool, paths: boolean): string {
  const { label } = pool;
  const state = run.machine.zfs.suspended(pool) ? 'SUSPENDED' : 'ONLINE';
  const group =
    label.layout === 'stripe' ? [] : [`  ${label.layout === 'raidz' ? 'raidz1' : label.layout}-0`];
  const indent = label.layout === 'stripe' ? '  ' : '    ';
  const members = pool.members.map(
    (one) => `${indent}${paths ? one.path : one.path.replace(/^\/dev\//, '')}`,
  );
  const names = [label.name, ...group, ...members];
  const width = Math.max(...names.map((name) => name.length), 4);
  const rows = names.map((name) => `\t${name.padEnd(width)}  ${state.padEnd(9)}    0     0     0`);
  return [
    `  pool: ${label.name}`,
    ` state: ${state}`,
    'config:',
    '',
    `\t${'NAME'.padEnd(width)}  STATE     READ WRITE CKSUM`,
    ...rows,
    '',
    'errors: No known data errors',
    '',
  ].join('\n');
}

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

const ZPOOL: Readonly<Record<string, Verb>> = {
  list: zpoolList,
  status: zpoolStatus,
  create: zpoolCreate,
  import: zpoolImport,
  export: zpoolExport,
  destroy: zpoolDestroy,
};

interface Dataset {
  name: string;
  type: 'filesystem' | 'volume';
  pool: Pool;
  properties: Readonly<Record<string, string>>;
}

function datasets(run: Invocation): Dataset[] {
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

const zfsList: Verb = async (run, words) => {
  const options = getopt(words, 'Hprt:o:d:s:');
  if (options === undefined || !has(options, 'H')) return notModelled(run);
  const type = option(options, 't') ?? 'filesystem,volume';
  const columns = (option(options, 'o') ?? 'name').split(',');
  let stderr = '';
  const all = datasets(run);
  for (const name of options.rest) {
    if (!all.some((one) => one.name === name)) stderr += `cannot open '${name}': dataset does not exist\n`;
  }
  const wanted = (one: Dataset): boolean =>
    options.rest.length === 0 ||
    options.rest.some((name) => one.name === name || (has(options, 'r') && one.name.startsWith(`${name}/`)));
  const cell = (one: Dataset, column: string): string => {
    if (column === 'name') return one.name;
    const value = one.properties[column] ?? '-';
    return /^\d+$/.test(value) && !has(options, 'p') ? geomBytes(Number(value)) : value;
  };
  const rows = all
    .filter((one) => type.split(',').includes(one.type) && wanted(one))
    .map((one) => `${columns.map((column) => cell(one, column)).join('\t')}\n`);
  return { code: stderr === '' ? 0 : 1, stdout: rows.join(''), stderr };
};

function poolOf(run: Invocation, dataset: string): { pool: Pool; name: string } | undefined {
  const [first = '', ...rest] = dataset.split('/');
  const pool = run.machine.zfs.pools.get(first);
  return pool === undefined ? undefined : { pool, name: rest.join('/') };
}

const zfsCreate: Verb = async (run, words) => {
  const options = getopt(words, 'V:o:psu');
  const [dataset] = options?.rest ?? [];
  if (options === undefined || dataset === undefined) return notModelled(run);
  const found = poolOf(run, dataset);
  if (found === undefined || found.name === '')
    return fail(1, `cannot create '${dataset}': no such pool '${dataset.split('/')[0]}'`);
  const { pool, name } = found;
  if (datasets(run).some((one) => one.name === dataset))
    return fail(1, `cannot create '${dataset}': dataset already exists`);
  const properties = new Map(
    options.given
      .filter(([letter]) => letter === 'o')
      .map(([, value]) => value.split('=') as [string, string]),
  );
  const volsize = option(options, 'V');
  if (volsize === undefined) {
    if (properties.size > 0) return notModelled(run);
    pool.label.filesystems.push(name);
    if (run.machine.zfs.mounted(pool) !== undefined)
      await run.machine.files.mkdir(`${pool.label.mountpoint}/${name}`);
    await run.machine.zfs.changed(pool);
    return ok();
  }
  const size = parseSize(volsize);
  if (size === undefined) return fail(1, `bad volume size '${volsize}'`);
  if (size % 8192 !== 0)
    return fail(1, `cannot create '${dataset}': volume size must be a multiple of volume block size`);
  if (!has(options, 's') && size > pool.label.size - used(pool))
    return fail(1, `cannot create '${dataset}': out of space`);
  await run.machine.zfs.addVolume(pool, { name, size, volmode: properties.get('volmode') ?? 'default' });
  return ok();
};

const zfsDestroy: Verb = async (run, words) => {
  const [dataset, ...more] = words;
  if (dataset === undefined || more.length > 0 || dataset.startsWith('-')) return notModelled(run);
  const found = poolOf(run, dataset);
  const one = datasets(run).find((candidate) => candidate.name === dataset);
  if (found === undefined || one === undefined)
    return fail(1, `cannot open '${dataset}': dataset does not exist`);
  if (one.type === 'filesystem') return notModelled(run);
  await run.machine.zfs.removeVolume(found.pool, found.name);
  return ok();
};

const zfsMount: Verb = async (run, words) => {
  const [name] = words;
  if (words.length !== 1 || name === undefined) return notModelled(run);
  const list = name === '-a' ? [...run.machine.zfs.pools.values()] : [poolOf(run, name)?.pool];
  for (const pool of list) {
    if (pool === undefined) return fail(1, `cannot open '${name}': dataset does not exist`);
    if (name !== '-a' && run.machine.zfs.mounted(pool) !== undefined) {
      return name.includes('/') ? ok() : fail(1, `cannot mount '${name}': filesystem already mounted`);
    }
    await run.machine.zfs.mount(pool);
  }
  return ok();
};

const zfsUnmount: Verb = async (run, words) => {
  const names = words.filter((word) => word !== '-f');
  const [name] = names;
  const pool = name === undefined ? undefined : poolOf(run, name)?.pool;
  if (pool === undefined) return fail(1, `cannot open '${name ?? ''}': dataset does not exist`);
  const mount = run.machine.zfs.mounted(pool);
  if (mount === undefined) return fail(1, `cannot unmount '${name}': not currently mounted`);
  if (!words.includes('-f') && (await run.machine.fs.users(mount.mountpoint)).length > 0) {
    return fail(1, `cannot unmount '${mount.mountpoint}': pool or dataset is busy`);
  }
  await run.machine.zfs.unmount(pool);
  return ok();
};

const zfsGet: Verb = async (run, words) => {
  const options = getopt(words, 'Hpo:');
  const [property, name] = options?.rest ?? [];
  if (
    options === undefined ||
    name === undefined ||
    property === undefined ||
    option(options, 'o') !== 'value'
  )
    return notModelled(run);
  const one = datasets(run).find((candidate) => candidate.name === name);
  if (one === undefined) return fail(1, `cannot open '${name}': dataset does not exist`);
  const value = one.properties[property];
  return value === undefined
    ? notModelled(run)
    : ok(`${/^\d+$/.test(value) && !has(options, 'p') ? geomBytes(Number(value)) : value}\n`);
};

const ZFS: Readonly<Record<string, Verb>> = {
  list: zfsList,
  create: zfsCreate,
  destroy: zfsDestroy,
  mount: zfsMount,
  unmount: zfsUnmount,
  umount: zfsUnmount,
  get: zfsGet,
};

const verbs = (table: Readonly<Record<string, Verb>>): Program =>
  loaded(async (run) => {
    const [verb = '', ...words] = run.args;
    return table[verb]?.(run, words) ?? notModelled(run);
  });

export const zfsCommands: Programs = { zfs: verbs(ZFS), zpool: verbs(ZPOOL) };
