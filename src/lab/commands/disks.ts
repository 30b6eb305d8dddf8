import type { Disk } from '../world/disk.js';
import type { Machine } from '../world/machine.js';
import { geomBytes } from '../world/text.js';
import { answering, poolId, ufsId, volumeAt } from '../world/volume.js';
import {
  fail,
  getopt,
  has,
  type Invocation,
  notModelled,
  ok,
  type Program,
  type Programs,
} from './program.js';

const SYSTEM_PARTS: Readonly<Record<string, { size: number; type: string; short: string }>> = {
  vtbd0p1: { size: 69_632 * 512, type: 'efi', short: '34M' },
  vtbd0p2: { size: 2_097_152 * 512, type: 'freebsd-ufs', short: '1.0G' },
};

/** diskinfo(8) without options: tab-separated name, sector size, bytes, sectors, stripe and geometry. */
const diskinfo: Program = async (run) => {
  const options = getopt(run.args, 'vst');
  if (options === undefined || options.given.length > 0 || options.rest.length === 0) return notModelled(run);
  let stdout = '';
  let stderr = '';
  for (const name of options.rest) {
    const volume = volumeAt(run.machine, name);
    const part = SYSTEM_PARTS[name.replace(/^\/dev\//, '')];
    if (volume === undefined && part === undefined) {
      stderr += `diskinfo: ${name}: No such file or directory\n`;
      continue;
    }
    const sector = volume?.disk.sectorSize ?? 512;
    const size = volume?.size ?? part?.size ?? 0;
    const base = [name, sector, size, Math.floor(size / sector), 0, 0];
    // A ggate device has no geometry, and so no columns for it.
    const geometry = volume?.resource === undefined ? [Math.floor(size / sector / 63 / 16), 16, 63] : [];
    stdout += `${[...base, ...geometry].join('\t')}\n`;
  }
  return { code: stderr === '' ? 0 : 1, stdout, stderr };
};

function geomDisk(machine: Machine, disk: Disk): string {
  return [
    `Geom name: ${disk.name}`,
    'Providers:',
    `1. Name: ${disk.name}`,
    `   Mediasize: ${disk.size} (${geomBytes(disk.size)})`,
    `   Sectorsize: ${disk.sectorSize}`,
    `   Mode: ${machine.fs.mode(disk)}`,
    '   descr: (null)',
    '   ident: (null)',
    '   rotationrate: unknown',
    '   fwsectors: 63',
    '   fwheads: 16',
    '',
    '',
  ].join('\n');
}

function partList(machine: Machine): string {
  const disk = machine.disks.get('vtbd0');
  if (disk === undefined) return '';
  const lines = [
    'Geom name: vtbd0',
    'modified: false',
    'state: OK',
    'fwheads: 16',
    'fwsectors: 63',
    'last: 2166786',
    'first: 3',
    'entries: 4',
    'scheme: GPT',
    'Providers:',
  ];
  Object.entries(SYSTEM_PARTS).forEach(([name, part], index) => {
    lines.push(
      `${index + 1}. Name: ${name}`,
      `   Mediasize: ${part.size} (${part.short})`,
      '   Sectorsize: 512',
      `   Mode: ${name === 'vtbd0p2' ? 'r1w1e1' : 'r0w0e0'}`,
      `   type: ${part.type}`,
    );
  });
  const consumer = [
    'Consumers:',
    '1. Name: vtbd0',
    `   Mediasize: ${disk.size} (1.0G)`,
    '   Sectorsize: 512',
  ];
  return `${[...lines, ...consumer, `   Mode: ${machine.fs.mode(disk)}`, '', ''].join('\n')}`;
}

/** geom(8): `geom disk list [name]` and `geom part list`. */
const geom: Program = async (run) => {
  const [kind, verb, ...names] = run.args;
  if (kind === 'part' && verb === 'list' && names.length === 0) return ok(partList(run.machine));
  if (kind !== 'disk' || verb !== 'list' || names.some((name) => name.startsWith('-')))
    return notModelled(run);
  const disks = [...run.machine.disks.values()].filter((disk) => !disk.name.includes('/'));
  if (names.length === 0) return ok(disks.map((disk) => geomDisk(run.machine, disk)).join(''));
  let stdout = '';
  for (const name of names) {
    const disk = disks.find((one) => one.name === name.replace(/^\/dev\//, ''));
    if (disk === undefined) return fail(1, `geom: Class 'DISK' does not have an instance named '${name}'.`);
    stdout += geomDisk(run.machine, disk);
  }
  return ok(stdout);
};

const VTBD0 = (providers: boolean): string =>
  [
    `=>      3  2166784    ${providers ? 'vtbd0' : 'vtbd0'}  GPT  (1.0G)`,
    `        3    69632  ${providers ? 'vtbd0p1' : '      1'}  efi  (34M)`,
    `    69635  2097152  ${providers ? 'vtbd0p2' : '      2'}  freebsd-ufs  (1.0G)`,
    '',
    '',
  ].join('\n');

async function hasGpt(disk: Disk): Promise<boolean> {
  return (await disk.read(disk.sectorSize, 8)).toString('latin1') === 'EFI PART';
}

function gptText(disk: Disk, providers: boolean): string {
  const sectors = Math.floor(disk.size / disk.sectorSize);
  const usable = sectors - 80;
  const short = geomBytes(disk.size);
  const part = providers ? `${disk.name}p1` : '      1';
  return [
    `=>      40  ${usable}    ${disk.name}  GPT  (${short})`,
    `        40  ${usable}  ${part}  freebsd-ufs  (${short})`,
    '',
    '',
  ].join('\n');
}

const gpart: Program = async (run) => {
  const [verb, ...words] = run.args;
  const options = getopt(words, 'p');
  if (verb !== 'show' || options === undefined) return notModelled(run);
  const providers = has(options, 'p');
  if (options.rest.length > 0) {
    let stdout = '';
    for (const name of options.rest) {
      const bare = name.replace(/^\/dev\//, '');
      const disk = run.machine.disks.get(bare);
      if (bare === 'vtbd0') stdout += VTBD0(providers);
      else if (disk !== undefined && (await hasGpt(disk))) stdout += gptText(disk, providers);
      else return fail(1, `gpart: No such geom: ${name}.`, stdout);
    }
    return ok(stdout);
  }
  let stdout = VTBD0(providers);
  for (const disk of run.machine.disks.values()) {
    if (disk.name !== 'vtbd0' && (await hasGpt(disk))) stdout += gptText(disk, providers);
  }
  return ok(stdout);
};

const glabel: Program = async (run) => {
  const [verb, ...words] = run.args;
  const options = getopt(words, 's');
  if (verb !== 'status' || options === undefined || options.rest.length > 0) return notModelled(run);
  const line = 'gptid/8a0277ac-e4cc-11f1-0567-c7697351ff4a  N/A  vtbd0p1';
  if (has(options, 's')) return ok(`${line}\n`);
  return ok(`                                      Name  Status  Components\n${line}\n`);
};

const swapinfo: Program = async (run) => {
  const options = getopt(run.args, 'k');
  if (options === undefined) return notModelled(run);
  const lines = ['Device          1K-blocks     Used    Avail Capacity'];
  for (const disk of run.machine.disks.values()) {
    if (disk.holder !== 'swap') continue;
    const blocks = Math.floor(disk.size / 1024);
    lines.push(
      `${disk.path.padEnd(15)} ${String(blocks).padStart(9)} ${'0'.padStart(8)} ${String(blocks).padStart(8)}     0%`,
    );
  }
  return ok(`${lines.join('\n')}\n`);
};

/** fstyp(8): by the bytes that are there; it complains about the locale as measured. */
const fstyp: Program = async (run: Invocation) => {
  const options = getopt(run.args, 'lsu');
  const [name] = options?.rest ?? [];
  if (options === undefined || name === undefined || has(options, 'l')) return notModelled(run);
  const noise = 'fstyp: setlocale: Invalid argument\n';
  if (name.replace(/^\/dev\//, '') === 'vtbd0p2') return ok('ufs\n', noise);
  const volume = volumeAt(run.machine, name);
  if (volume === undefined) return fail(1, `${noise}fstyp: ${name}: No such file or directory`);
  await answering(volume, run.signal);
  if ((await ufsId(volume)) !== undefined) return ok('ufs\n', noise);
  if (has(options, 'u') && (await poolId(volume)) !== undefined) return ok('zfs\n', noise);
  return fail(1, `${noise}fstyp: ${name}: filesystem not recognized`);
};

export const diskCommands: Programs = { diskinfo, geom, gpart, glabel, swapinfo, fstyp };
