import { resolve } from 'node:path';
import { ExitCode, HastconfError } from '../../errors.js';
import type { FaultAnswer, RunningProgram, ServedLab } from '../served.js';
import { FaultRegister } from './faults/register.js';
import { runMachineFault } from './faults/run.js';
import { goFirst } from './priority.js';
import { findEmulator } from './requirements.js';
import type { MachineSet } from './set.js';
import type { Station } from './station.js';
import { MachineWorkshop } from './workshop.js';

export interface MachineLabOptions {
  /** Where the machines' files, keys and cluster.yaml go; `machines` in it is made anew. */
  dir: string;
  /** File .img.xz, .img or .qcow2; wanted where `from` is not. */
  image?: string;
  /** A saved state to start from: a name in `dir`, or a path. */
  from?: string;
  /** A third machine on the LAN. */
  client?: boolean;
  /** Bytes of each data disk. */
  diskSize?: number;
}

/** Starts two or three real machines under QEMU; ends when all answer by SSH. */
export async function startMachines(options: MachineLabOptions): Promise<ServedLab> {
  const emulator = await findEmulator({ path: process.env.PATH });
  await goFirst();
  const workshop = new MachineWorkshop(emulator, { ...options, dir: resolve(options.dir) });
  const set = await workshop.start(options.from);
  return new RunningMachines(workshop, set);
}

/** Real machines, as `hastconf lab …` sees them. */
class RunningMachines implements ServedLab {
  readonly dir: string;
  readonly #workshop: MachineWorkshop;
  readonly #faults = new FaultRegister();
  #set: MachineSet;

  constructor(workshop: MachineWorkshop, set: MachineSet) {
    this.#workshop = workshop;
    this.dir = workshop.dir;
    this.#set = set;
  }

  get nodes(): { name: string; port: number }[] {
    return this.#set.stations.map((station) => station.describe());
  }

  async spawn(
    node: string,
    words: readonly string[],
    env: Readonly<Record<string, string>>,
  ): Promise<RunningProgram> {
    return this.#station(node).spawn(words, env);
  }

  fault(name: string, args: readonly string[]): Promise<FaultAnswer> {
    const station = (node: string | undefined) => this.#station(node ?? '');
    return runMachineFault({ set: this.#set, faults: this.#faults, station }, name, args);
  }

  async status(): Promise<Record<string, unknown>> {
    return {
      dir: this.dir,
      clusterFile: this.#workshop.clusterFile,
      now: Date.now(),
      machines: this.#set.stations.map((station) => station.describe()),
      faults: this.#faults.list(),
    };
  }

  async save(name: string): Promise<string> {
    const off = this.#set.stations.find((station) => station.describe().power !== 'on');
    if (off || this.#faults.list().length > 0) {
      throw new HastconfError(ExitCode.Usage, 'a state is saved of machines that all run, without faults', {
        remedy: 'hastconf lab fault undo all',
      });
    }
    return this.#workshop.save(this.#set, name);
  }

  async restart(from: string | undefined): Promise<void> {
    const ports = this.nodes.map(({ port }) => port);
    this.#faults.forget();
    await this.#set.stop();
    this.#set = await this.#workshop.start(from, ports);
  }

  async stop(): Promise<void> {
    await this.#set.stop();
  }

  #station(name: string): Station {
    const found = this.#set.stations.find((station) => station.name === name);
    if (found) return found;
    throw new HastconfError(ExitCode.Usage, `the lab has no node ${name}`.trimEnd(), {
      remedy: `Its nodes are ${this.#set.stations.map((station) => station.name).join(', ')}.`,
    });
  }
}
