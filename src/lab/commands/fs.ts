import { scan } from '../world/images.js';
import type { Mount } from '../world/mount.js';
import { answering, volumeAt } from '../world/volume.js';
import { mount, umount } from './mount.js';
import { fsck, newfs } from './newfs.js';
import {
  absolute,
  fail,
  getopt,
  has,
  type Invocation,
  notModelled,
  ok,
  type Program,
  type Programs,
} from './program.js';

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
    if (volume.resource.worker === undefined) return fail(1, `fsync: fsync ${path}: Device not configured`);
    await run.machine.fs.flush(volume.resource);
  }
  return ok();
};

/**
 * Asked by the lab's dd before it touches a HAST device: waits as the device would, and says where its bytes are.
 * Words: the device, and `of` when it is written to.
 */
const labHastIo: Program = async (run) => {
  const [name = '', way] = run.args;
  const volume = volumeAt(run.machine, name);
  if (volume === undefined) return fail(1, `dd: ${name}: No such file or directory`);
  await answering(volume, run.signal);
  if (way !== 'of') return ok(`${volume.disk.path} ${volume.offset} ${volume.size}\n`);
  await run.machine.fs.changed(volume, [0]);
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
