import type { Disk } from './disk.js';
import type { Machine } from './machine.js';
import { prepareNode } from './prepare.js';
import type { LabWorld } from './world.js';

/** What an installation and its use leave on a machine; the login's own key and the lab's programs stay. */
const USED = [
  '/etc/devd',
  '/etc/devd.conf',
  '/etc/exports',
  '/etc/ctl.conf',
  '/etc/group',
  '/etc/hast.conf',
  '/etc/ssh/ssh_host_ed25519_key',
  '/etc/ssh/ssh_host_ed25519_key.pub',
  '/hast',
  '/usr/local/etc',
  '/usr/local/sbin/carp-hast-switch',
  '/var/db',
  '/var/log',
];

/** A dead disk: its worker is gone, and an empty one of the same name is in its place. */
export async function newDisk(machine: Machine, disk: Disk, size = disk.size): Promise<void> {
  for (const resource of machine.hastd.resources.values()) {
    const { worker } = resource;
    if (worker?.disk !== disk) continue;
    worker.session?.end('closed by secondary');
    resource.exited(worker.pid, 66);
  }
  await disk.empty(size);
}

/** A dead machine: another one with its name and addresses, freshly installed, empty disks, switched off. */
export async function newMachine(world: LabWorld, machine: Machine): Promise<void> {
  await world.powerCut(machine.name);
  for (const path of USED) await machine.files.remove(path);
  machine.owners.clear();
  for (const disk of machine.disks.values()) if (disk.name !== 'vtbd0') await disk.empty(disk.size);
  await prepareNode(machine, [...world.core.machines.values()]);
}
