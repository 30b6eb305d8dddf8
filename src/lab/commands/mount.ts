import type { CommandResult } from '../types.js';
import { FsError, type Mount } from '../world/mount.js';
import { answering, devicePath, volumeAt } from '../world/volume.js';
import { absolute, fail, getopt, has, notModelled, ok, option, type Program } from './program.js';

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
export const mount: Program = async (run) => {
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
  if (type === 'tmpfs') return mountTmpfs(run, options.rest, option(options, 'o') ?? '');
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

function mountTmpfs(
  run: Parameters<Program>[0],
  [device, target]: readonly string[],
  flags: string,
): ReturnType<Program> {
  if (device !== 'tmpfs' || target === undefined || !/^size=\d+[kmg]$/.test(flags))
    return Promise.resolve(notModelled(run));
  return guarded(() => run.machine.fs.mountTmpfs(absolute(run, target)));
}

export const umount: Program = async (run) => {
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
