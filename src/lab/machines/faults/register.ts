import { ExitCode, HastconfError } from '../../../errors.js';
import type { MachineFault } from '../types.js';

export interface ActiveFault extends MachineFault {
  /** The machine whose power cut ends it; for what is in the guest's memory. */
  inGuest?: string;
  undo: () => Promise<void>;
}

/** The faults in force, in the order in which they were made. */
export class FaultRegister {
  readonly #active = new Map<string, ActiveFault>();

  list(): MachineFault[] {
    return [...this.#active.values()].map(({ name, text }) => ({ name, text }));
  }

  has(name: string): boolean {
    return this.#active.has(name);
  }

  /** One that is made again replaces itself, and its first undo stays the right one. */
  add(fault: ActiveFault): void {
    const undo = this.#active.get(fault.name)?.undo ?? fault.undo;
    this.#active.set(fault.name, { ...fault, undo });
  }

  /** Throws exit 2 for one that is not in force. */
  async undo(name: string): Promise<void> {
    const fault = this.#active.get(name);
    if (!fault) {
      const names = [...this.#active.keys()].join(', ') || 'none';
      throw new HastconfError(ExitCode.Usage, `no fault ${name} is in force`, {
        remedy: `In force: ${names}`,
      });
    }
    await fault.undo();
    this.#active.delete(name);
  }

  /** The last one first. Answers their names. */
  async undoAll(): Promise<string[]> {
    const names = [...this.#active.keys()].reverse();
    for (const name of names) if (this.has(name)) await this.undo(name);
    return names;
  }

  /** Something else has ended it: it needs no undo. */
  drop(name: string): void {
    this.#active.delete(name);
  }

  /** What was in a machine's memory is gone with its power. */
  powerLost(machine: string): void {
    for (const { name, inGuest } of this.#active.values()) if (inGuest === machine) this.drop(name);
  }

  /** The machines are new. */
  forget(): void {
    this.#active.clear();
  }
}
