import { mkdir, rm } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { ExitCode, HastconfError } from '../../errors.js';
import { writeClientFiles } from '../client-files.js';
import { newKeyPair } from '../keys.js';
import type { ServedLab } from '../served.js';
import { buildMachine } from './build.js';
import { openImage } from './image.js';
import { freePort } from './ports.js';
import { goFirst } from './priority.js';
import { findEmulator } from './requirements.js';
import { profiles } from './seed.js';
import { Station } from './station.js';
import { UdpSwitch } from './switch.js';

export interface MachineLabOptions {
  /** Where the machines' files, keys and cluster.yaml go; `machines` in it is made anew. */
  dir: string;
  /** File .img.xz, .img or .qcow2. */
  image: string;
  /** A third machine on the LAN. */
  client?: boolean;
  /** Bytes of each data disk. */
  diskSize?: number;
}

/** What the machines in the transcripts had. */
const DISK_SIZE = 512 * 1024 * 1024;
const BOOT_SECONDS = 300;
const NETWORKS = ['lan', 'replication'] as const;

/** What the archive has brought would be lost in a power cut, until the kernel has written it. */
const SETTLE = 'sync; fsync /etc/rc.conf /etc/ssh/ssh_host_ed25519_key /root/.ssh/authorized_keys';

/** Starts two or three real machines under QEMU; ends when all answer by SSH. */
export async function startMachines(options: MachineLabOptions): Promise<ServedLab> {
  const emulator = await findEmulator({ path: process.env.PATH });
  const image = await openImage(options.image, process.env);
  await goFirst();
  const dir = resolve(options.dir);
  await mkdir(dir, { recursive: true, mode: 0o700 });
  await rm(join(dir, 'machines'), { recursive: true, force: true });
  const login = newKeyPair('hastconf lab');
  const net = new UdpSwitch();
  const stations: Station[] = [];
  const hostKeys: string[] = [];
  const taken = new Set<number>();
  for (const [index, profile] of profiles(options.client ?? false).entries()) {
    const directory = join(dir, 'machines', profile.name);
    const diskSize = options.diskSize ?? DISK_SIZE;
    const built = await buildMachine({ emulator, image, profile, index, directory, login, diskSize });
    const switchPorts: number[] = [];
    for (const network of NETWORKS) switchPorts.push(await net.plug(network, profile.name));
    const sshPort = await freePort(taken);
    taken.add(sshPort);
    const hardware = { ...built.hardware, switchPorts, sshPort };
    const note = (text: string) => process.stderr.write(`${new Date().toISOString()} ${text}\n`);
    stations.push(
      new Station({ qemu: emulator.qemu, hardware, key: login.private, hostKey: built.hostKey, note }),
    );
    hostKeys.push(built.hostKey);
  }
  const stop = async () => {
    await Promise.all(stations.map((station) => station.cut()));
    await net.close();
  };
  try {
    await Promise.all(stations.map((station) => station.start()));
    await Promise.all(stations.map((station) => station.machine.go()));
    await Promise.all(stations.map((station) => station.answering(BOOT_SECONDS)));
    await Promise.all(stations.map((station) => station.script(SETTLE, BOOT_SECONDS)));
    const nodes = stations.map((station, index) => ({
      ...station.describe(),
      hostKey: hostKeys[index] ?? '',
    }));
    const witness = options.client ? '192.168.50.13' : undefined;
    const what = `${nodes.length === 3 ? 'three' : 'two'} real FreeBSD machines under QEMU`;
    await writeClientFiles({ dir, what, login, nodes, ...(witness && { witness }) });
  } catch (error) {
    await stop();
    throw error;
  }
  return serve(dir, stations, stop);
}

function serve(dir: string, stations: readonly Station[], stop: () => Promise<void>): ServedLab {
  const find = (name: string) => {
    const found = stations.find((station) => station.name === name);
    if (found) return found;
    throw new HastconfError(ExitCode.Usage, `the lab has no node ${name}`, {
      remedy: `Its nodes are ${stations.map((station) => station.name).join(', ')}.`,
    });
  };
  return {
    dir,
    nodes: stations.map((station) => station.describe()),
    spawn: async (node, words, env) => find(node).spawn(words, env),
    async fault(name, [node = '']) {
      if (name === 'power-cut') await find(node).cut();
      else if (name === 'power-on') await find(node).boot(BOOT_SECONDS);
      else throw new HastconfError(ExitCode.Usage, `unknown fault: ${name} (known: power-cut, power-on)`);
      return `${node}: ${name}`;
    },
    status: async () => ({
      dir,
      clusterFile: join(dir, 'cluster.yaml'),
      machines: stations.map((station) => station.describe()),
    }),
    stop,
  };
}
