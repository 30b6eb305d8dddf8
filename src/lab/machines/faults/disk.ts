import { diskName, plainDisk } from '../argv.js';
import type { Station } from '../station.js';
import { type FaultTable, numberIn } from './types.js';

const DISKS = [0, 1, 2, 3].map(diskName);
const WORDS = 'vtbd0 … vtbd3';
const EIO = 5;

function diskOf(word: string | undefined, fail: () => never): string {
  return DISKS.find((name) => name === word?.replace(/^\/dev\//, '')) ?? fail();
}

/** Disks of a machine; data disks are vtbd1 to vtbd3. */
export const DISK_FAULTS: FaultTable = {
  'slow-disk': {
    words: 'NODE DISK BYTES_PER_SECOND',
    help: `limit one disk (${WORDS})`,
    async run(world, [node, word, rate], fail) {
      const station = world.station(node);
      const disk = diskOf(word, fail);
      const bytes = numberIn(rate, 1, Number.MAX_SAFE_INTEGER, fail);
      await throttle(station, disk, bytes);
      const name = `slow-disk-${station.name}-${disk}`;
      const text = `${station.name} ${disk}: ${bytes} bytes a second`;
      world.faults.add({ name, text, inGuest: station.name, undo: () => throttle(station, disk, 0) });
      return { text, data: { name, text } };
    },
  },
  'disk-errors': {
    words: 'NODE DISK [read|write|all]',
    help: `reads, writes or both of one disk (${WORDS}) fail with EIO; default all`,
    async run(world, [node, word, kind = 'all'], fail) {
      const station = world.station(node);
      const disk = diskOf(word, fail);
      const types = kind === 'all' ? ['read', 'write'] : [kind];
      if (!['read', 'write', 'all'].includes(kind)) fail();
      const name = `disk-errors-${station.name}-${disk}`;
      if (world.faults.has(name)) await world.faults.undo(name);
      await injectErrors(station, disk, types);
      const text = `${station.name} ${disk}: errors (${kind})`;
      world.faults.add({ name, text, inGuest: station.name, undo: () => removeErrors(station, disk) });
      return { text, data: { name, text } };
    },
  },
};

/** 0 takes the limit away. */
async function throttle({ machine }: Station, disk: string, bps: number): Promise<void> {
  // The disk belongs to the part of the device behind the PCI one.
  const id = `/machine/peripheral/${disk}-device/virtio-backend`;
  const none = { bps_rd: 0, bps_wr: 0, iops: 0, iops_rd: 0, iops_wr: 0 };
  await machine.qmp.run('block_set_io_throttle', { id, bps, ...none });
}

/** A layer that fails comes between the disk and its file; what is in the file stays as it is. */
async function injectErrors({ machine }: Station, disk: string, types: readonly string[]): Promise<void> {
  const inject = types.map((iotype) => ({
    event: 'none',
    iotype,
    errno: EIO,
    once: false,
    immediately: false,
  }));
  await machine.qmp.run('blockdev-add', {
    driver: 'blkdebug',
    'node-name': `${disk}-errors`,
    image: `${disk}-format`,
    'inject-error': inject,
  });
  await machine.qmp.run('blockdev-reopen', { options: [{ ...plainDisk(disk), file: `${disk}-errors` }] });
}

async function removeErrors({ machine }: Station, disk: string): Promise<void> {
  await machine.qmp.run('blockdev-reopen', { options: [{ ...plainDisk(disk), file: `${disk}-format` }] });
  await machine.qmp.run('blockdev-del', { 'node-name': `${disk}-errors` });
}
