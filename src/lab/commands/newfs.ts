import type { CommandResult } from '../types.js';
import { scan } from '../world/images.js';
import { answering, type Volume, volumeAt } from '../world/volume.js';
import { fail, getopt, has, type Invocation, notModelled, ok, option, type Program } from './program.js';

/** newfs(8): -U -j -E -L and sizes of fragments and blocks are accepted; -N is not. */
export const newfs: Program = async (run) => {
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
export const fsck: Program = async (run) => {
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
