import { randomBytes } from 'node:crypto';
import { HastConfError } from './hast-conf.js';
import { layout, writeMetadata } from './hast-metadata.js';
import type { Machine } from './machine.js';
import { newDisk, newMachine } from './new-parts.js';
import { NETWORKS, type NetworkName } from './profile.js';
import { parseSize } from './text.js';
import { writePool } from './volume.js';
import type { LabWorld } from './world.js';

type Fault = (world: LabWorld, args: readonly string[]) => Promise<string>;

/** A fault that does not exist or was asked for wrongly. */
export class FaultError extends Error {}

const usage = (text: string): never => {
  throw new FaultError(`usage: fault ${text}`);
};

function network(word: string | undefined): NetworkName {
  return (
    NETWORKS.find((name) => name === word) ?? usage(`cut-link|restore-link ${NETWORKS.join('|')} [NODE]`)
  );
}

function setLink(cut: boolean): Fault {
  return async (world, args) => {
    const name = network(args[0]);
    if (args[1] !== undefined) world.core.machine(args[1]);
    const key = args[1] === undefined ? name : `${name} ${args[1]}`;
    if (cut) world.core.cut.add(key);
    else
      for (const entry of [...world.core.cut])
        if (entry === key || (args[1] === undefined && entry.startsWith(`${name} `)))
          world.core.cut.delete(entry);
    for (const machine of world.core.machines.values()) machine.interfaces.linkChanged();
    return `${key}: ${cut ? 'cut' : 'restored'}`;
  };
}

const onNode =
  (
    words: string,
    work: (world: LabWorld, machine: Machine, rest: readonly string[]) => Promise<string> | string,
  ): Fault =>
  async (world, args) => {
    if (args[0] === undefined) usage(words);
    return work(world, world.core.machine(args[0] ?? ''), args.slice(1));
  };

const FAULTS: Readonly<Record<string, Fault>> = {
  'power-cut': onNode('power-cut NODE', async (world, machine) => {
    await world.powerCut(machine.name);
    return `${machine.name}: power cut`;
  }),
  'power-on': onNode('power-on NODE', async (world, machine) => {
    await world.powerOn(machine.name);
    return `${machine.name}: booted`;
  }),
  reboot: onNode('reboot NODE', async (world, machine) => {
    await world.shutdown(machine.name);
    await world.boot(machine.name);
    return `${machine.name}: rebooted`;
  }),
  'cut-link': setLink(true),
  'restore-link': setLink(false),
  'fill-disk': onNode('fill-disk NODE', (_, machine) => {
    machine.diskFull = true;
    return `${machine.name}: disk full`;
  }),
  'free-disk': onNode('free-disk NODE', (_, machine) => {
    machine.diskFull = false;
    return `${machine.name}: disk has space again`;
  }),
  'fail-command': onNode('fail-command NODE NAME [CODE] [COUNT]', (_, machine, [name, code, count]) => {
    if (name === undefined) return usage('fail-command NODE NAME [CODE] [COUNT]');
    const left = count === undefined ? Number.POSITIVE_INFINITY : Number(count);
    machine.failing.set(name, { code: Number(code ?? '1'), left });
    return `${machine.name}: ${name} fails`;
  }),
  'hang-command': onNode('hang-command NODE NAME', (_, machine, [name]) => {
    if (name === undefined) return usage('hang-command NODE NAME');
    machine.hanging.add(name);
    return `${machine.name}: ${name} hangs`;
  }),
  'heal-command': onNode('heal-command NODE NAME', (_, machine, [name]) => {
    machine.failing.delete(name ?? '');
    machine.hanging.delete(name ?? '');
    return `${machine.name}: ${name} works again`;
  }),
  'slow-sync': async (world, args) => {
    const rate = parseSize(args[0] ?? '') ?? 0;
    if (rate <= 0) usage('slow-sync BYTES_PER_SECOND');
    const sessions = [...world.core.machines.values()].flatMap((machine) =>
      [...machine.hastd.resources.values()].map((one) => one.worker?.session),
    );
    // What was copied until now counts at the old rate.
    for (const session of sessions) session?.pauseForRate();
    world.core.syncBytesPerSecond = rate;
    for (const session of sessions) session?.rateChanged();
    return `synchronisation: ${rate} bytes a second`;
  },
  'stop-hastd': onNode('stop-hastd NODE', async (world, machine) => {
    await world.core.clock.call(() => machine.hastd.stop());
    return `${machine.name}: hastd stopped`;
  }),
  'carp-flap': onNode('carp-flap NODE', async (world, machine) => {
    const lan = machine.interfaces.list.find((nic) => nic.network === 'lan');
    const key = `lan ${machine.name}`;
    world.core.cut.add(key);
    for (const one of world.core.machines.values()) one.interfaces.linkChanged();
    await world.core.clock.sleep(1000);
    world.core.cut.delete(key);
    for (const one of world.core.machines.values()) one.interfaces.linkChanged();
    return `${machine.name}: ${lan?.name ?? 'lan'} went down and up`;
  }),
  'foreign-carp': async (world, args) => {
    const vhid = Number(args[0]);
    if (!(vhid >= 1 && vhid <= 255)) usage('foreign-carp VHID');
    if (!world.core.foreignVhids.has(vhid)) {
      world.core.foreignVhids.add(vhid);
      speak(world, vhid);
    }
    return `a foreign machine advertises vhid ${vhid} on the LAN`;
  },
  'no-foreign-carp': async (world, args) => {
    world.core.foreignVhids.delete(Number(args[0]));
    return `vhid ${args[0]}: silent`;
  },
  'clock-skew': onNode('clock-skew NODE SECONDS', (_, machine, [seconds]) => {
    if (seconds === undefined || Number.isNaN(Number(seconds))) return usage('clock-skew NODE SECONDS');
    machine.clockSkewMs = Number(seconds) * 1000;
    return `${machine.name}: clock ${seconds} s ahead`;
  }),
  'disk-errors': onNode('disk-errors NODE RESOURCE COUNT', (_, machine, [name, count]) => {
    const resource = machine.hastd.resources.get(name ?? '');
    if (resource === undefined || !/^\d+$/.test(count ?? '')) return usage('disk-errors NODE RESOURCE COUNT');
    resource.readErrors = Number(count);
    return `${machine.name}: ${name} has ${count} local read errors`;
  }),
  'busy-pool': onNode('busy-pool NODE POOL', (_, machine, [name]) => {
    if (name === undefined || !machine.zfs.pools.has(name)) return usage('busy-pool NODE POOL');
    machine.zfs.busy.add(name);
    return `${machine.name}: pool ${name} is in use and cannot be exported`;
  }),
  'free-pool': onNode('free-pool NODE POOL', (_, machine, [name]) => {
    machine.zfs.busy.delete(name ?? '');
    return `${machine.name}: pool ${name} can be exported again`;
  }),
  'foreign-use': onNode('foreign-use NODE DISK ufs|gpt|swap|zpool|hast', foreignUse),
  'resize-disk': onNode('resize-disk NODE DISK BYTES', async (_, machine, [name, bytes]) => {
    const disk = machine.disks.get((name ?? '').replace(/^\/dev\//, ''));
    const size = parseSize(bytes ?? '');
    if (disk === undefined || size === undefined) return usage('resize-disk NODE DISK BYTES');
    await disk.resize(size);
    return `${machine.name}: ${disk.name} has ${size} bytes`;
  }),
  'new-disk': onNode('new-disk NODE DISK [BYTES]', async (world, machine, [name, bytes]) => {
    const disk = machine.disks.get((name ?? '').replace(/^\/dev\//, ''));
    const size = bytes === undefined ? disk?.size : parseSize(bytes);
    if (disk === undefined || size === undefined) return usage('new-disk NODE DISK [BYTES]');
    const used = [...machine.hastd.resources.values()].find(({ worker }) => worker?.disk === disk);
    // What hastd does with a primary whose local component is gone is not modelled.
    if (used?.role === 'primary') throw new FaultError(`${machine.name} is primary of ${used.name}`);
    await world.core.clock.call(() => newDisk(machine, disk, size));
    return `${machine.name}: ${disk.name} is new and empty`;
  }),
  'new-machine': onNode('new-machine NODE', async (world, machine) => {
    await newMachine(world, machine);
    return `${machine.name}: another machine, freshly installed, with empty disks and another host key; it is switched off`;
  }),
};

/** Another vendor's pair on the same LAN: equal vhid, other password. */
function speak(world: LabWorld, vhid: number): void {
  if (!world.core.foreignVhids.has(vhid)) return;
  const ad = {
    vhid,
    advbase: 1,
    advskew: 0,
    password: 'foreign',
    addresses: '192.168.50.99',
    from: '192.168.50.98',
  };
  for (const machine of world.core.machines.values()) {
    const lan = machine.interfaces.list.find((nic) => nic.network === 'lan');
    if (lan !== undefined && machine.alive) machine.carp.receive(lan.name, ad);
  }
  world.core.later(1000, () => speak(world, vhid));
}

async function foreignUse(_: LabWorld, machine: Machine, [name, kind]: readonly string[]): Promise<string> {
  const words = 'foreign-use NODE DISK ufs|gpt|swap|zpool|hast';
  const disk = machine.disks.get((name ?? '').replace(/^\/dev\//, ''));
  if (disk === undefined) return usage(words);
  const volume = { path: disk.path, disk, offset: 0, size: disk.size, resource: undefined };
  if (kind === 'ufs') await machine.fs.newfs(volume, { softUpdates: true, journaled: false });
  else if (kind === 'hast') {
    await writeMetadata(disk, { ...layout(disk.size, disk.sectorSize), resource: 'other' });
  } else if (kind === 'gpt') await disk.write(512, Buffer.from('EFI PART', 'latin1'));
  else if (kind === 'swap') disk.holder = 'swap';
  else if (kind === 'zpool') await writePool(volume, randomBytes(8).toString('hex'));
  else return usage(words);
  return `${machine.name}: ${disk.name} carries ${kind}`;
}

/** Runs a fault by name. Throws FaultError with the list of names when there is none. */
export async function runFault(world: LabWorld, name: string, args: readonly string[]): Promise<string> {
  const fault = FAULTS[name];
  if (fault === undefined) {
    throw new FaultError(`unknown fault: ${name} (known: ${Object.keys(FAULTS).sort().join(', ')})`);
  }
  try {
    return await fault(world, args);
  } catch (error) {
    if (error instanceof HastConfError) throw new FaultError(error.message);
    throw error;
  }
}
