import { commandTable } from '../commands/table.js';
import type { CommandTable, NodeHost } from '../types.js';
import { bootSequence, shutdownSequence } from './boot.js';
import type { ControlledClock } from './clock.js';
import { Core } from './core.js';
import { runFault } from './faults.js';
import { Machine } from './machine.js';
import { prepareNode } from './prepare.js';
import { type DiskProfile, defaultDisks, nodeProfile } from './profile.js';
import { answers } from './volume.js';

export interface WorldOptions {
  clock: ControlledClock;
  /** The nodes, in order: the first one is 192.168.50.11, the second 192.168.50.12. */
  hosts: readonly NodeHost[];
  /** Default 100 MiB a second, about what was measured. */
  syncBytesPerSecond?: number;
  /** Size of the data disks vtbd1 to vtbd3 in bytes; default 512 MiB. */
  diskSize?: number;
  /** Disks by node, in place of the default ones. */
  disks?: Readonly<Record<string, readonly DiskProfile[]>>;
  /** Simulated milliseconds that each call of a simulated program takes at least; default 0. */
  commandMs?: number;
  /** Hears of failures of the model itself; default: stderr. */
  warn?: (text: string) => void;
}

/** The model of two FreeBSD machines. */
export interface World {
  readonly commands: CommandTable;
  /** Writes a node's initial files and disks; once, before the first boot. */
  prepare(node: string): Promise<void>;
  /** Powers on and boots; resolves when rc has finished. */
  boot(node: string): Promise<void>;
  /** Orderly shutdown: rc.shutdown, then off. */
  shutdown(node: string): Promise<void>;
  /** Everything in memory is gone at once. */
  powerCut(node: string): Promise<void>;
  powerOn(node: string): Promise<void>;
  /** Makes something go wrong; the answer says what was done. Throws on an unknown fault. */
  fault(name: string, args: readonly string[]): Promise<string>;
  /** State as JSON-able data. */
  describe(): WorldState;
  /** Whether writes to the node's disks must fail with "No space left on device". */
  diskFull(node: string): boolean;
  /** Whether the node's sshd answers. */
  sshUp(node: string): boolean;
  /** Hears when a node gets or loses power. */
  onPower(listener: (node: string, on: boolean) => void): void;
}

export interface WorldState {
  now: number;
  nodes: Record<string, NodeState>;
  cut: string[];
}

export interface NodeState {
  power: string;
  carp: { interface: string; vhid: number; state: string; advskew: number }[];
  /** CARP advertisements sent so far. */
  advertisements: number;
  hast: { name: string; role: string; status: string; dirty: number }[];
  /** `answers`: reads and writes end; false on a device that is gone or whose requests wait. */
  mounts: { device: string; mountpoint: string; answers: boolean }[];
  /** Imported pools. */
  pools: { name: string; suspended: boolean }[];
  services: string[];
  /** Calls of simulated programs so far. */
  commandsRun: number;
}

/** Makes the model; it touches nothing but the files that `hosts` give. */
export function createWorld(options: WorldOptions): World {
  const warn = options.warn ?? ((text: string) => process.stderr.write(`${text}\n`));
  const core = new Core(options.clock, options.syncBytesPerSecond ?? 100 * 1024 * 1024, warn);
  core.commandMs = options.commandMs ?? 0;
  options.hosts.forEach((host, index) => {
    const disks = options.disks?.[host.name] ?? defaultDisks(options.diskSize);
    core.machines.set(host.name, new Machine(core, host, nodeProfile(host.name, index, disks)));
  });
  return new LabWorld(core);
}

/** Power and faults around the machines. */
export class LabWorld implements World {
  readonly commands: CommandTable;
  readonly #listeners: ((node: string, on: boolean) => void)[] = [];

  constructor(readonly core: Core) {
    this.commands = commandTable(this);
  }

  prepare(node: string): Promise<void> {
    return prepareNode(this.core.machine(node), [...this.core.machines.values()]);
  }

  async boot(node: string): Promise<void> {
    const machine = this.core.machine(node);
    if (machine.power !== 'off') return;
    machine.power = 'booting';
    machine.resetPids();
    machine.bootedAt = this.core.clock.now();
    machine.interfaces.reset();
    machine.carp.reset();
    machine.devd.reset();
    machine.hastd.reset();
    await machine.files.remove('/dev/hast');
    this.#tell(node, true);
    await this.core.clock.call(() => bootSequence(machine));
    machine.power = 'on';
    this.#linksChanged();
    await machine.flushLog();
  }

  async shutdown(node: string): Promise<void> {
    const machine = this.core.machine(node);
    if (machine.power === 'off') return;
    machine.power = 'stopping';
    await this.core.clock.call(() => shutdownSequence(machine));
    await machine.fs.flushAll();
    for (const mount of machine.fs.mounts)
      if (mount.image !== undefined && !mount.torn) mount.image.clean = true;
    await this.#off(machine);
  }

  async powerCut(node: string): Promise<void> {
    const machine = this.core.machine(node);
    if (machine.power === 'off') return;
    // As one moment of simulated time, however long the files take here.
    await this.core.clock.call(async () => {
      await machine.fs.flushAll();
      await this.#off(machine);
    });
  }

  powerOn(node: string): Promise<void> {
    return this.boot(node);
  }

  async #off(machine: Machine): Promise<void> {
    machine.power = 'off';
    machine.die();
    this.#tell(machine.name, false);
    await machine.host.shell.killAll();
    await machine.fs.detachAll();
    machine.carp.reset();
    machine.devd.reset();
    this.#linksChanged();
    machine.hastd.reset();
    await machine.zfs.reset();
  }

  #linksChanged(): void {
    for (const machine of this.core.machines.values()) machine.interfaces.linkChanged();
    for (const machine of this.core.machines.values()) machine.hastd.linkChanged();
  }

  #tell(node: string, on: boolean): void {
    for (const listener of this.#listeners) listener(node, on);
  }

  fault(name: string, args: readonly string[]): Promise<string> {
    return runFault(this, name, args);
  }

  diskFull(node: string): boolean {
    return this.core.machine(node).diskFull;
  }

  sshUp(node: string): boolean {
    const machine = this.core.machine(node);
    return machine.alive && machine.daemons.has('sshd');
  }

  onPower(listener: (node: string, on: boolean) => void): void {
    this.#listeners.push(listener);
  }

  describe(): WorldState {
    const nodes: Record<string, NodeState> = {};
    for (const machine of this.core.machines.values()) nodes[machine.name] = nodeState(machine);
    return { now: this.core.clock.now(), nodes, cut: [...this.core.cut] };
  }
}

function nodeState(machine: Machine): NodeState {
  return {
    power: machine.power,
    carp: machine.carp.vhids.map((one) => ({
      interface: one.interface,
      vhid: one.vhid,
      state: one.state,
      advskew: one.advskew,
    })),
    advertisements: machine.carp.statistics.sent,
    hast: [...machine.hastd.resources.values()].map((one) => ({
      name: one.name,
      role: one.role,
      status: one.status ?? '-',
      dirty: one.dirtyBytes,
    })),
    mounts: machine.fs.mounts.map((one) => ({
      device: one.device,
      mountpoint: one.mountpoint,
      answers: !one.torn && (one.volume === undefined || answers(one.volume)),
    })),
    pools: [...machine.zfs.pools.values()].map((pool) => ({
      name: pool.label.name,
      suspended: machine.zfs.suspended(pool),
    })),
    services: [
      ...(machine.hastd.running ? ['hastd'] : []),
      ...(machine.devd.running ? ['devd'] : []),
      ...machine.daemons.keys(),
    ],
    commandsRun: machine.commandsRun,
  };
}
