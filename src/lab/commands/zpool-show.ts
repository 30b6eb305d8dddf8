import type { Pool } from '../world/pool.js';
import { geomBytes } from '../world/text.js';
import { fail, getopt, has, type Invocation, notModelled, ok, option } from './program.js';
import { ALLOCATED, pools, type Verb } from './zfs-common.js';

const COLUMNS =
  'name size alloc allocated free checkpoint expandsz frag cap dedup health altroot cachefile guid'.split(
    ' ',
  );

export const zpoolList: Verb = async (run, words) => {
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

export const zpoolStatus: Verb = async (run, words) => {
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
