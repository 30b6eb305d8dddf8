import type { KeyPair } from '../keys.js';
import type { BuiltMachine } from './build.js';
import { freePort, isFree } from './ports.js';
import { Station } from './station.js';
import { UdpSwitch } from './switch.js';

/** The switch's networks, in the order of vtnet1 and on. */
export const NETWORKS = ['lan', 'replication'] as const;
export type Network = (typeof NETWORKS)[number];

const BOOT_SECONDS = 300;
/** What the archive has brought would be lost in a power cut, until the kernel has written it. */
const SETTLE = 'sync; fsync /etc/rc.conf /etc/ssh/ssh_host_ed25519_key /root/.ssh/authorized_keys';
/** Machines that saw no time pass are told of it. */
const setClock = () => `date -u -f %s ${Math.round(Date.now() / 1000)} >/dev/null`;

export interface SetOptions {
  qemu: string;
  login: KeyPair;
  machines: readonly BuiltMachine[];
  /** Ports to take when they are free, in the machines' order. */
  ports: readonly (number | undefined)[];
  note: (text: string) => void;
}

/** The machines of a lab and the switch between them. */
export class MachineSet {
  readonly net = new UdpSwitch();
  readonly stations: Station[] = [];
  readonly built: readonly BuiltMachine[];
  readonly login: KeyPair;

  private constructor({ machines, login }: SetOptions) {
    this.built = machines;
    this.login = login;
  }

  /** Gives every machine its place; nothing runs yet. */
  static async place(options: SetOptions): Promise<MachineSet> {
    const set = new MachineSet(options);
    const taken = new Set<number>();
    for (const [index, machine] of options.machines.entries()) {
      const { name } = machine.hardware;
      const switchPorts: number[] = [];
      for (const network of NETWORKS) switchPorts.push(await set.net.plug(network, name));
      const wanted = options.ports[index];
      const sshPort = wanted !== undefined && (await isFree(wanted)) ? wanted : await freePort(taken);
      taken.add(sshPort);
      const { qemu, note, login } = options;
      const hardware = { ...machine.hardware, switchPorts, sshPort };
      set.stations.push(new Station({ qemu, hardware, key: login.private, hostKey: machine.hostKey, note }));
    }
    return set;
  }

  /** Starts all machines at the same moment and waits until they answer by SSH. */
  async start(): Promise<void> {
    const memory = (index: number) => this.built[index]?.memory;
    const restored = memory(0) !== undefined;
    await this.#each((station, index) => station.start(memory(index)));
    if (restored) await this.#each((station) => station.machine.memoryRead());
    await this.#each((station) => station.machine.go());
    if (restored) await this.#each((station) => station.machine.announce());
    await this.#each((station) => station.answering(BOOT_SECONDS));
    await this.#each((station) => station.script(restored ? setClock() : SETTLE, BOOT_SECONDS));
  }

  async boot(station: Station): Promise<void> {
    await station.boot(BOOT_SECONDS);
  }

  /** With every processor stopped at the same moment; they go on afterwards. */
  async halted<T>(work: () => Promise<T>): Promise<T> {
    await this.#each((station) => station.machine.halt());
    try {
      return await work();
    } finally {
      await this.#each((station) => station.machine.go());
    }
  }

  async stop(): Promise<void> {
    await this.#each((station) => station.cut());
    await this.net.close();
  }

  async #each(work: (station: Station, index: number) => Promise<unknown>): Promise<void> {
    await Promise.all(this.stations.map(work));
  }
}
