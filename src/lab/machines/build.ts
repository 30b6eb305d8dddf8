import { randomUUID } from 'node:crypto';
import { chmod, copyFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { type KeyPair, newKeyPair } from '../keys.js';
import type { DiskFile, MachineHardware } from './argv.js';
import { blankDisk, overlay } from './disks.js';
import type { Emulator } from './requirements.js';
import { type MachineProfile, seedDisk } from './seed.js';

/** A machine as it lies in its directory, before it gets power. */
export interface BuiltMachine {
  hardware: Omit<MachineHardware, 'monitorFd' | 'incoming' | 'switchPorts' | 'sshPort'>;
  /** Public host key. */
  hostKey: string;
  /** A saved memory to go on from. */
  memory?: string;
}

export interface BuildOptions {
  emulator: Emulator;
  image: DiskFile;
  profile: MachineProfile;
  index: number;
  /** Made here. */
  directory: string;
  login: KeyPair;
  /** Bytes of each data disk. */
  diskSize: number;
}

const DATA_DISKS = 3;

/** Makes the files of a machine that has never run. */
export async function buildMachine(options: BuildOptions): Promise<BuiltMachine> {
  const { emulator, image, profile, index, directory, login, diskSize } = options;
  await mkdir(directory, { recursive: true, mode: 0o700 });
  const host = newKeyPair(`root@${profile.name}`);
  const keys = { login: login.public, hostPrivate: host.private, hostPublic: host.public };
  const seed = join(directory, 'seed.tar');
  await writeFile(seed, seedDisk(profile, keys, new Date()), { mode: 0o600 });
  const vars = join(directory, 'vars.fd');
  await copyFile(emulator.vars, vars);
  await chmod(vars, 0o600);
  const disks = [await overlay(emulator, image, directory, 'vtbd0')];
  for (let disk = 1; disk <= DATA_DISKS; disk++) {
    disks.push(await blankDisk(directory, `vtbd${disk}`, diskSize));
  }
  const hardware = {
    name: profile.name,
    index,
    uuid: randomUUID(),
    firmware: emulator.firmware,
    vars: { file: vars, format: 'raw' as const },
    disks,
    seed,
    console: join(directory, 'console.log'),
  };
  return { hardware, hostKey: host.public };
}
