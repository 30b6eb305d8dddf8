import { AsyncLocalStorage } from 'node:async_hooks';
import { randomBytes } from 'node:crypto';
import type { ControlledClock } from './clock.js';
import type { Machine } from './machine.js';
import type { NetworkName } from './profile.js';

/** What all parts of the model share. */
export class Core {
  readonly machines = new Map<string, Machine>();
  /** Links without carrier: `network` for both ends or `network node` for one. */
  readonly cut = new Set<string>();
  /** VHIDs that a machine outside the pair advertises on the LAN. */
  readonly foreignVhids = new Set<number>();
  syncBytesPerSecond: number;
  /** What each call of a simulated program takes at least, in simulated milliseconds. */
  commandMs = 0;

  constructor(
    readonly clock: ControlledClock,
    syncBytesPerSecond: number,
    readonly warn: (text: string) => void,
  ) {
    this.syncBytesPerSecond = syncBytesPerSecond;
  }

  readonly #holders = new AsyncLocalStorage<{ active: boolean }>();
  #storage: Promise<unknown> = Promise.resolve();

  /**
   * Serialises what moves or copies file trees. May be nested; must not wait for simulated time inside, as
   * everybody's storage stands still meanwhile.
   */
  exclusive<T>(work: () => Promise<T>): Promise<T> {
    if (this.#holders.getStore()?.active) return work();
    const mine = { active: true };
    const result = this.#storage
      .then(() => this.#holders.run(mine, work))
      .finally(() => {
        mine.active = false;
      });
    this.#storage = result.catch(() => undefined);
    return result;
  }

  machine(name: string): Machine {
    const machine = this.machines.get(name);
    if (machine === undefined) {
      throw new Error(`no node named ${name} in the lab (nodes: ${[...this.machines.keys()].join(', ')})`);
    }
    return machine;
  }

  peersOf(machine: Machine): Machine[] {
    return [...this.machines.values()].filter((other) => other !== machine);
  }

  /** Whether this end of the network has carrier. */
  carrier(network: NetworkName, node: string): boolean {
    return !this.cut.has(network) && !this.cut.has(`${network} ${node}`);
  }

  /** Runs background work after simulated milliseconds; time does not fly while it computes. */
  later(ms: number, work: () => Promise<void> | void): () => void {
    return this.clock.after(ms, () => {
      this.background(async () => work());
    });
  }

  /** Runs work that nobody waits for; a failure of the model itself is told, never swallowed. */
  background(work: () => Promise<void>): void {
    this.clock
      .call(work, () => undefined)
      .catch((error: unknown) => {
        if (!(error instanceof PowerLost))
          this.warn(`lab: internal error: ${String((error as Error)?.stack ?? error)}`);
      });
  }
}

/** The reason of every wait that a power cut or a reboot ends. */
export class PowerLost extends Error {
  constructor(node: string) {
    super(`${node} lost power`);
    this.name = 'PowerLost';
  }
}

/** A non-zero 63-bit number, as hastd makes resource ids. */
export function randomId(): bigint {
  return (randomBytes(8).readBigUInt64LE() & 0x7fff_ffff_ffff_ffffn) | 1n;
}

export function randomPort(): number {
  return 10_000 + (randomBytes(2).readUInt16LE() % 50_000);
}
