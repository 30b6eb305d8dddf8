import type { CommandResult } from '../types.js';
import { scan } from '../world/images.js';
import { FsError, type Mount } from '../world/ufs.js';
import { answering, devicePath, type Volume, volumeAt } from '../world/volume.js';
import {
  absolute,
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

const STATIC_LINES = [
  '/dev/vtbd0p2 on / (ufs, local, soft-updates, journaled soft-updates)',
  'devfs on /dev (devfs)',
  'tmpfs on /tmp (tmpfs, local)',
];
const STATIC_FSTAB = [
  '/dev/vtbd0p2\t\t/\t\t\tufs\trw\t\t1 1',
  'devfs\t\t\t/dev\t\t\tdevfs\trw\t\t0 0',
  'tmpfs\t\t\t/tmp\t\t\ttmpfs\trw\t\t0 0',
];

/** `mount -p` pads with tabs to columns 24, 48, 56 and 64, as getmntopts' printing does. */
function fstabLine(mount: Mount): string {
  const tabs = (text: string, width: number): string =>
    text + '\t'.repeat(Math.max(1, Math.ceil((width - text.length) / 8)));
  const mode = mount.options.includes('read-only') ? 'ro' : 'rw';
  const numbers = mount.type === 'ufs' ? '2 2' : '0 0';
  return `${tabs(mount.device, 24)}${tabs(mount.mountpoint, 24)}${mount.type}\t${mode}\t\t${numbers}`;
}

async function guarded(work: () => Promise<void>): Promise<CommandResult> {
  try {
    await work();
    return ok();
  } catch (error) {
    if (error instanceof FsError) return fail(error.code, error.message);
    throw error;
  }
}

/** mount(8): listing, -p, and `mount [-t ufs] [-o …] [-rfw] device dir`. */
const mount: Program = async (run) => {
  const options = getopt(run.args, 'pt:o:rfwv');
  if (options === undefined || has(options, 'v')) return notModelled(run);
  const { fs } = run.machine;
  const type = option(options, 't');
  if (options.rest.length === 0) {
    const wanted = (one: string): boolean => type === undefined || type.split(',').includes(one);
    const list = fs.mounts.filter((one) => wanted(one.type));
    const fixed = (lines: readonly string[]): string[] =>
      lines.filter((_, index) => wanted(['ufs', 'devfs', 'tmpfs'][index] ?? ''));
    const lines = has(options, 'p')
      ? [...fixed(STATIC_FSTAB), ...list.map(fstabLine)]
      : [
          ...fixed(STATIC_LINES),
          ...list.map(
            (one) => `${one.device} on ${one.mountpoint} (${[one.type, ...one.options].join(', ')})`,
          ),
        ];
    return ok(lines.map((line) => `${line}\n`).join(''));
  }
  const flags = (option(options, 'o') ?? '').split(',').filter((flag) => flag !== '');
  const modelled = flags.every((flag) => ['rw', 'ro', 'noatime', 'force', 'noexec', 'nosuid'].includes(flag));
  const [device, target] = options.rest;
  if (!modelled || device === undefined || target === undefined || (type !== undefined && type !== 'ufs')) {
    return notModelled(run);
  }
  const volume = volumeAt(run.machine, device);
  if (volume === undefined) return fail(1, `mount: ${devicePath(device)}: No such file or directory`);
  await answering(volume, run.signal);
  const readonly = has(options, 'r') || flags.includes('ro');
  const force = has(options, 'f') || flags.includes('force');
  return guarded(() => fs.mount(volume, absolute(run, target), { readonly, force }));
};

const umount: Program = async (run) => {
  const options = getopt(run.args, 'fvAt:n');
  if (options === undefined || options.rest.length === 0 || has(options, 'A')) return notModelled(run);
  for (const name of options.rest) {
    const target = name.startsWith('/dev/') ? name : absolute(run, name);
    const mounted = run.machine.fs.at(target);
    if (mounted?.volume !== undefined && !mounted.torn && !has(options, 'f')) {
      await answering(mounted.volume, run.signal);
    }
    const result = await guarded(() => run.machine.fs.umount(target, has(options, 'f')));
    if (result.code !== 0) return result;
  }
  return ok();
};

/** newfs(8): -U -j -E -L and sizes of fragments and blocks are accepted; -N is not. */
const newfs: Program = async (run) => {
  const options = getopt(run.args, 'UjEntJL:b:f:i:m:O:');
  const [name] = options?.rest ?? [];
  if (options === undefined || name === undefined || options.rest.length > 1) return notModelled(run);
  const volume = volumeAt(run.machine, name);
  if (volume === undefined) return fail(1, `newfs: ${name}: could not find special device`);
  const mounted = run.machine.fs.mounts.some((one) => one.device === volume.path);
  const held = volume.resource === undefined && run.machine.fs.exclusive(volume.disk) !== undefined;
  if (mounted || held) {
    return fail(1, `newfs: ${name}: failed to open disk for writing`);
  }
  await answering(volume, run.signal);
  const journaled = has(options, 'j');
  await run.machine.fs.newfs(volume, { softUpdates: has(options, 'U') || journaled, journaled });
  const journal = journaled ? 'newfs: soft updates journaling set\n' : '';
  const { stdout, stderr } = newfsText(volume, journaled, has(options, 'U'));
  return { code: 0, stdout, stderr: journal + stderr };
};

function newfsText(
  volume: Volume,
  journaled: boolean,
  softUpdates: boolean,
): { stdout: string; stderr: string } {
  const sectors = Math.floor(volume.size / 512);
  const mb = (volume.size / 1048576).toFixed(1);
  const groups = Math.ceil(sectors / 262_144);
  const backups = Array.from({ length: groups }, (_, index) => 192 + index * 262_144).join(', ');
  const lines = [
    `${volume.path}: ${mb}MB (${sectors} sectors) block size 32768, fragment size 4096`,
    `\tusing ${groups} cylinder groups of 128.00MB, 4096 blks, 16384 inodes.`,
    ...(softUpdates || journaled ? ['\twith soft updates'] : []),
    'super-block backups (for fsck_ffs -b #) at:',
    ` ${backups}`,
  ].join('\n');
  return {
    stdout: journaled ? `${lines}Using inode 4 in cg 0 for 4194304 byte journal\n` : `${lines}\n`,
    stderr: '',
  };
}

/** fsck(8) -p, -y, -t ufs on one device. */
const fsck: Program = async (run) => {
  const options = getopt(run.args, 'pynfFt:');
  const [name] = options?.rest ?? [];
  if (options === undefined || name === undefined || options.rest.length > 1) return notModelled(run);
  if ((option(options, 't') ?? 'ufs') !== 'ufs') return notModelled(run);
  const volume = volumeAt(run.machine, name);
  if (volume === undefined) return fail(8, '', `Can't stat ${name}: No such file or directory\n`);
  const mounted = run.machine.fs.mounts.some((one) => one.device === volume.path);
  if (mounted) {
    return {
      code: 8,
      stdout: `${name}: NO WRITE ACCESS\n${name}: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.\n`,
      stderr: '',
    };
  }
  await answering(volume, run.signal);
  return check(run, volume, name, { preen: has(options, 'p'), yes: has(options, 'y') });
};

async function check(
  run: Invocation,
  volume: Volume,
  name: string,
  options: { preen: boolean; yes: boolean },
): Promise<CommandResult> {
  const image = await run.machine.fs.image(volume);
  if (image === undefined) {
    return fail(
      8,
      '',
      `Cannot find file system superblock\n${name}: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.\n`,
    );
  }
  if (image.torn && !options.yes) {
    return fail(8, '', `${name}: CANNOT READ BLK\n${name}: UNEXPECTED INCONSISTENCY; RUN fsck MANUALLY.\n`);
  }
  const free = `${name}: clean, 125844 free (20 frags, 15728 blocks, 0.0% fragmentation)\n`;
  if (image.clean)
    return ok(`${options.preen ? `${name}: FILE SYSTEM CLEAN; SKIPPING CHECKS\n` : ''}${free}`);
  await run.world.core.clock.sleep(200, run.signal);
  image.clean = true;
  image.torn = false;
  await run.machine.fs.changed(volume, [0]);
  if (!image.journaled) {
    const files = (await scan(image.tree)).size + 2;
    return ok(`${name}: ${files} files, 8 used, 125844 free (20 frags, 15728 blocks, 0.0% fragmentation)\n`);
  }
  return ok(
    [
      `** SU+J Recovering ${name}`,
      '** Reading 4194304 byte journal from inode 4.',
      '** Building recovery table.',
      '** Resolving unreferenced inode list.',
      '** Processing journal entries.',
      '** 642 journal records in 22016 bytes for 93.31% utilization',
      '** Freed 0 inodes (0 dirs) 0 blocks, and 0 frags.',
      '',
      '***** FILE SYSTEM MARKED CLEAN *****',
      '',
    ].join('\n'),
  );
}

/** df(1) -k, -h, -m for paths and devices. */
const df: Program = async (run) => {
  const options = getopt(run.args, 'khmPtn');
  if (options === undefined) return notModelled(run);
  const human = has(options, 'h');
  const head = human
    ? 'Filesystem         Size    Used   Avail Capacity  Mounted on'
    : 'Filesystem      1024-blocks   Used   Avail Capacity  Mounted on';
  const lines = [head];
  const paths =
    options.rest.length === 0 ? ['/', ...run.machine.fs.mounts.map((one) => one.mountpoint)] : options.rest;
  let stderr = '';
  for (const path of paths) {
    const where = absolute(run, path);
    if (!(await run.machine.files.exists(where))) {
      stderr += `df: ${path}: No such file or directory\n`;
      continue;
    }
    const found = run.machine.fs.holding(where);
    lines.push(await dfLine(run, found, human));
  }
  return { code: stderr === '' ? 0 : 1, stdout: `${lines.join('\n')}\n`, stderr };
};

async function dfLine(run: Invocation, found: Mount | undefined, human: boolean): Promise<string> {
  const size = found?.volume === undefined ? 1_007_932 : Math.floor((found.volume.size / 1024) * 0.97);
  let used = found === undefined ? 412_000 : 4_200;
  if (found?.image !== undefined) {
    for (const { size: bytes } of (await scan(found.image.tree)).values()) used += Math.ceil(bytes / 1024);
  }
  const full = run.machine.diskFull && found === undefined;
  const available = full ? 0 : Math.max(0, Math.floor(size * 0.92) - used);
  const percent = Math.round((used / (used + available)) * 100);
  const show = (kib: number): string => (human ? `${Math.round(kib / 1024)}M` : String(kib));
  const device = (found?.device ?? '/dev/vtbd0p2').padEnd(15);
  return `${device} ${show(size).padStart(7)} ${show(used).padStart(7)} ${show(available).padStart(7)} ${`${percent}%`.padStart(6)}    ${found?.mountpoint ?? '/'}`;
}

/** fsync(1): on disk here, and on the peer when the mirror is complete. */
const fsync: Program = async (run) => {
  if (run.args.length === 0) return notModelled(run);
  for (const path of run.args) {
    const where = absolute(run, path);
    if (!(await run.machine.files.exists(where))) {
      return fail(1, `fsync: open ${path}: No such file or directory`);
    }
    const volume = run.machine.fs.holding(where)?.volume;
    if (volume?.resource === undefined) {
      // The node's own sh writes to the host's disk, which has space: here at last a full one is noticed.
      if (run.machine.diskFull) return fail(1, `fsync: fsync ${path}: No space left on device`);
      continue;
    }
    await answering(volume, run.signal);
    await run.machine.fs.flush(volume.resource);
  }
  return ok();
};

/**
 * Asked by the lab's dd before it touches a HAST device: waits as the device would. Words: the device, and
 * `of` when it is written to.
 */
const labHastIo: Program = async (run) => {
  const [name = '', way] = run.args;
  const volume = volumeAt(run.machine, name);
  if (volume === undefined) return fail(1, `dd: ${name}: No such file or directory`);
  await answering(volume, run.signal);
  if (way === 'of') await run.machine.fs.changed(volume, [0]);
  return ok();
};

/** sync(8) returns before soft updates are on disk (measured §3.15). */
const sync: Program = async () => ok();

export const fsCommands: Programs = {
  mount,
  umount,
  newfs,
  fsck,
  fsck_ffs: fsck,
  fsck_ufs: fsck,
  df,
  fsync,
  sync,
  'lab-hast-io': labHastIo,
};
