import { geomBytes, parseSize } from '../world/text.js';
import { fail, getopt, has, notModelled, ok, option } from './program.js';
import { used, type Verb } from './zfs-common.js';
import { type Dataset, datasets, poolOf } from './zfs-datasets.js';

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

export const ZFS: Readonly<Record<string, Verb>> = {
  list: zfsList,
  create: zfsCreate,
  destroy: zfsDestroy,
  mount: zfsMount,
  unmount: zfsUnmount,
  umount: zfsUnmount,
  get: zfsGet,
};
