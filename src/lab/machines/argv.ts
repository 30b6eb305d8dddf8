import { quoteWord } from '../../remote/words.js';

/** A disk file of a machine. */
export interface DiskFile {
  file: string;
  format: 'raw' | 'qcow2';
}

/** Everything that one QEMU process is started with. */
export interface MachineHardware {
  name: string;
  /** Its place in the lab, from 0. */
  index: number;
  uuid: string;
  firmware: string;
  /** Private to this machine. */
  vars: DiskFile;
  /** Root, then the data disks: vtbd0 and on. */
  disks: readonly DiskFile[];
  /** The archive, the last disk. */
  seed: string;
  /** Loopback port that leads to the machine's sshd. */
  sshPort: number;
  /** Ports of our switch in the order of vtnet1 and on. */
  switchPorts: readonly number[];
  /** Follows the monitor's socket, an open file of the process. */
  monitorFd: number;
  /** File that takes what the serial console says. */
  console: string;
  /** A saved memory to continue from, in place of a boot. */
  incoming?: string;
}

const CPU = 'qemu64,+rdrand,+ssse3,+sse4.1,+sse4.2,+popcnt';
const MEMORY_MB = 1024;

/** QEMU's arguments. The machine starts stopped: the monitor lets all machines of a lab go at once. */
export function qemuArguments(hardware: MachineHardware): string[] {
  const { name, uuid, incoming } = hardware;
  return [
    ...['-name', name, '-uuid', uuid, '-nodefaults', '-no-user-config', '-display', 'none', '-S'],
    ...['-M', 'q35,pflash0=code,pflash1=vars', '-accel', 'tcg,thread=multi'],
    ...['-cpu', CPU, '-m', String(MEMORY_MB)],
    // A guest that wants to reboot hangs in the reset: QEMU ends instead, and the lab starts it again.
    '-no-reboot',
    ...['-chardev', `socket,id=monitor,fd=${hardware.monitorFd}`, '-mon', 'chardev=monitor,mode=control'],
    ...['-chardev', `file,id=console,path=${escaped(hardware.console)},append=on`],
    ...['-serial', 'chardev:console'],
    ...firmware(hardware),
    ...hardware.disks.flatMap((disk, index) => dataDisk(disk, index)),
    ...seed(hardware.seed),
    ...network(hardware),
    ...(incoming === undefined ? [] : ['-incoming', `exec:cat ${quoteWord(incoming)}`]),
  ];
}

function firmware({ firmware: code, vars }: MachineHardware): string[] {
  return [
    ...blockdev({ driver: 'raw', 'node-name': 'code', 'read-only': true, file: file(code) }),
    ...blockdev({ driver: vars.format, 'node-name': 'vars', file: file(vars.file) }),
  ];
}

/** Name of a disk's block node, and `DISK-device` of its device: what the monitor calls it. */
export function diskName(index: number): string {
  return `vtbd${index}`;
}

/**
 * A power cut kills QEMU; what the guest has written must be with this machine's kernel then, not in QEMU's
 * memory, where qcow2 would keep its tables. Without a write cache QEMU hands everything over at once; it need
 * not wait for this machine's own disk.
 */
const KEPT = { 'no-flush': true };

function dataDisk(disk: DiskFile, index: number): string[] {
  const name = diskName(index);
  return [
    ...blockdev({ ...plainDisk(name), file: formatOf(disk, name) }),
    '-device',
    `virtio-blk-pci,id=${name}-device,drive=${name},write-cache=off${index === 0 ? ',bootindex=0' : ''}`,
  ];
}

/** The upper node of a disk: passes on what the one below says, and can be put onto another (see disk-errors). */
export function plainDisk(name: string): Record<string, unknown> {
  return { driver: 'raw', 'node-name': name, discard: 'unmap', cache: KEPT };
}

function formatOf(disk: DiskFile, name: string): Record<string, unknown> {
  const node = `${name}-format`;
  return { driver: disk.format, 'node-name': node, discard: 'unmap', cache: KEPT, file: file(disk.file) };
}

function seed(path: string): string[] {
  return [
    ...blockdev({ driver: 'raw', 'node-name': 'seed', 'read-only': true, file: file(path) }),
    ...['-device', 'virtio-blk-pci,id=seed-device,drive=seed'],
  ];
}

/** Name of a network card on the monitor: vtnet0 leads to this machine, the others to the switch. */
export function cardName(index: number): string {
  return `vtnet${index}`;
}

/** Two machines with equal addresses would not hear each other. */
function mac(machine: number, card: number): string {
  return `52:54:00:00:0${machine + 1}:0${card}`;
}

function network({ sshPort, switchPorts, index: machine }: MachineHardware): string[] {
  const user = `user,id=net0,restrict=on,hostfwd=tcp:127.0.0.1:${sshPort}-:22`;
  const links = switchPorts.map(
    (port, index) =>
      `dgram,id=net${index + 1},local.type=inet,local.host=127.0.0.1,local.port=0,remote.type=inet,remote.host=127.0.0.1,remote.port=${port}`,
  );
  return [user, ...links].flatMap((netdev, index) => [
    ...['-netdev', netdev],
    ...[
      '-device',
      `virtio-net-pci,id=${cardName(index)},netdev=net${index},mac=${mac(machine, index)},romfile=`,
    ],
  ]);
}

function blockdev(options: Readonly<Record<string, unknown>>): string[] {
  return ['-blockdev', JSON.stringify(options)];
}

function file(filename: string): Record<string, unknown> {
  return { driver: 'file', filename };
}

/** A comma separates options there, two of them are one. */
function escaped(path: string): string {
  return path.replaceAll(',', ',,');
}
