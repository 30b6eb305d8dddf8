import { copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execa } from 'execa';
import { ExitCode, HastconfError } from '../../errors.js';
import { knownHosts, writeClientFiles } from '../client-files.js';
import { type KeyPair, newKeyPair } from '../keys.js';
import { type BuiltMachine, buildMachine } from './build.js';
import { openImage } from './image.js';
import type { MachineLabOptions } from './lab.js';
import type { Emulator } from './requirements.js';
import {
  CLIENT_FILES,
  finishState,
  readState,
  restoreMachine,
  type SavedState,
  saveMachine,
  stateDirectory,
} from './saved.js';
import { profiles } from './seed.js';
import { MachineSet } from './set.js';

/** What the machines in the transcripts had. */
const DISK_SIZE = 512 * 1024 * 1024;

/** Makes the machines of a lab: new ones from an image, or those of a saved state. */
export class MachineWorkshop {
  readonly dir: string;
  readonly #emulator: Emulator;
  readonly #options: MachineLabOptions;
  /** What the root disks of the running machines stand on. */
  #image = '';

  constructor(emulator: Emulator, options: MachineLabOptions) {
    this.#emulator = emulator;
    this.#options = options;
    this.dir = options.dir;
  }

  get clusterFile(): string {
    return join(this.dir, 'cluster.yaml');
  }

  /** Machines that run and answer. What was in `machines` is gone. */
  async start(from: string | undefined, ports: readonly number[] = []): Promise<MachineSet> {
    await mkdir(this.dir, { recursive: true, mode: 0o700 });
    return from === undefined ? this.#new(ports) : this.#restored(from, ports);
  }

  async #new(ports: readonly number[]): Promise<MachineSet> {
    const { image: file, client = false, diskSize = DISK_SIZE } = this.#options;
    if (file === undefined) {
      throw new HastconfError(ExitCode.Usage, 'this lab was started from a saved state, not from an image', {
        remedy: 'hastconf lab up --image FILE',
      });
    }
    const image = await openImage(file, process.env);
    this.#image = image.file;
    const login = newKeyPair('hastconf lab');
    await this.#clear();
    const machines: BuiltMachine[] = [];
    for (const [index, profile] of profiles(client).entries()) {
      const directory = this.#directory(profile.name);
      const emulator = this.#emulator;
      machines.push(await buildMachine({ emulator, image, profile, index, directory, login, diskSize }));
    }
    return this.#started(login, machines, ports, async (nodes) => {
      const witness = client ? profiles(true)[2]?.lan : undefined;
      const what = `${client ? 'three' : 'two'} real FreeBSD machines under QEMU`;
      await writeClientFiles({ dir: this.dir, what, login, nodes, ...(witness && { witness }) });
    });
  }

  async #restored(name: string, ports: readonly number[]): Promise<MachineSet> {
    const from = stateDirectory(this.dir, name);
    const state = await readState(from, await this.#version());
    this.#image = state.image;
    const text = (file: string) => readFile(join(from, file), 'utf8');
    const login = { private: await text('id_ed25519'), public: (await text('id_ed25519.pub')).trim() };
    await this.#clear();
    const machines = await Promise.all(
      state.machines.map((machine, index) =>
        restoreMachine(machine, index, this.#emulator.firmware, from, this.#directory(machine.name)),
      ),
    );
    const wanted = state.machines.map(({ port }, index) => ports[index] ?? port);
    return this.#started(login, machines, wanted, (nodes) => this.#restoreClientFiles(from, state, nodes));
  }

  async #started(
    login: KeyPair,
    machines: readonly BuiltMachine[],
    ports: readonly number[],
    writeFiles: (nodes: { name: string; port: number; hostKey: string }[]) => Promise<void>,
  ): Promise<MachineSet> {
    const note = (text: string) => process.stderr.write(`${new Date().toISOString()} ${text}\n`);
    const set = await MachineSet.place({ qemu: this.#emulator.qemu, login, machines, ports, note });
    try {
      await set.start();
      const nodes = set.stations.map((station, index) => {
        const { name, port } = station.describe();
        return { name, port, hostKey: machines[index]?.hostKey ?? '' };
      });
      await writeFiles(nodes);
      return set;
    } catch (error) {
      await set.stop();
      throw error;
    }
  }

  /** The cluster file as it was, with this lab's directory and ports. */
  async #restoreClientFiles(
    from: string,
    state: SavedState,
    nodes: readonly { name: string; port: number; hostKey: string }[],
  ): Promise<void> {
    for (const name of CLIENT_FILES) await copyFile(join(from, name), join(this.dir, name));
    let text = (await readFile(join(from, 'cluster.yaml'), 'utf8')).replaceAll(state.dir, this.dir);
    for (const [index, { port }] of state.machines.entries()) {
      text = text.replace(new RegExp(`\\bport: ${port}\\b`), `port: ${nodes[index]?.port}`);
    }
    await writeFile(this.clusterFile, text);
    await writeFile(join(this.dir, 'known_hosts'), knownHosts(nodes));
  }

  /** Saves the state of all machines; answers its directory. */
  async save(set: MachineSet, name: string): Promise<string> {
    const directory = stateDirectory(this.dir, name);
    const part = `${directory}.part`;
    await rm(part, { recursive: true, force: true });
    await mkdir(part, { recursive: true, mode: 0o700 });
    const qemu = await this.#version();
    try {
      const machines = await set.halted(() =>
        Promise.all(
          set.stations.map(async (station, index) => {
            const built = set.built[index];
            if (!built) throw new Error(`${station.name} was not built`);
            const memory = `${station.name}.memory`;
            await station.machine.writeMemory(join(part, memory));
            const { port } = station.describe();
            return saveMachine(built.hardware, { port, hostKey: built.hostKey, memory }, part);
          }),
        ),
      );
      await finishState(part, directory, this.dir, {
        version: 1,
        qemu,
        image: this.#image,
        dir: this.dir,
        machines,
      });
    } catch (error) {
      await rm(part, { recursive: true, force: true });
      throw error;
    }
    return directory;
  }

  async #version(): Promise<string> {
    const { stdout } = await execa(this.#emulator.qemu, ['--version']);
    return /version (\S+)/.exec(stdout)?.[1] ?? stdout;
  }

  #directory(machine: string): string {
    return join(this.dir, 'machines', machine);
  }

  async #clear(): Promise<void> {
    await rm(join(this.dir, 'machines'), { recursive: true, force: true });
  }
}
