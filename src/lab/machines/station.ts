import { ExitCode, HastconfError } from '../../errors.js';
import { wrapScript } from '../../remote/script.js';
import type { RunningProgram } from '../served.js';
import type { MachineHardware } from './argv.js';
import { collect } from './collect.js';
import { Logins } from './login.js';
import { Machine } from './machine.js';
import type { MachineNode } from './types.js';

export interface StationSetup {
  qemu: string;
  hardware: Omit<MachineHardware, 'monitorFd' | 'incoming'>;
  /** Private key that may log in. */
  key: string;
  /** Public host key. */
  hostKey: string;
  /** Hears what nobody asked for: a machine that went off or was started again. */
  note: (text: string) => void;
}

/** Between two attempts to log in while a machine boots. */
const PAUSE_MS = 250;

/** A machine's place in the lab: it keeps its disks, port and keys while the power comes and goes. */
export class Station {
  readonly #setup: StationSetup;
  readonly #logins: Logins;
  #machine: Machine | undefined;
  #starting: Promise<void> | undefined;
  #frozen = false;

  constructor(setup: StationSetup) {
    this.#setup = setup;
    const { hardware, key, hostKey } = setup;
    this.#logins = new Logins({ node: hardware.name, port: hardware.sshPort, key, hostKey });
  }

  get name(): string {
    return this.#setup.hardware.name;
  }

  describe(): MachineNode {
    const power = this.#frozen ? 'frozen' : this.#machine ? 'on' : 'off';
    return { name: this.name, port: this.#setup.hardware.sshPort, power };
  }

  /** The running machine. Throws exit 4 when it is off. */
  get machine(): Machine {
    if (this.#machine) return this.#machine;
    throw new HastconfError(ExitCode.Unreachable, `${this.name} is switched off`, {
      node: this.name,
      remedy: `hastconf lab fault power-on ${this.name}`,
    });
  }

  /** Gives it power; its processor still stands. */
  async start(incoming?: string): Promise<void> {
    if (this.#machine) return;
    this.#starting ??= this.#start(incoming).finally(() => {
      this.#starting = undefined;
    });
    await this.#starting;
  }

  async #start(incoming: string | undefined): Promise<void> {
    const { qemu, hardware } = this.#setup;
    const given = { ...hardware, ...(incoming !== undefined && { incoming }) };
    const machine = await Machine.start({ qemu, hardware: given });
    this.#machine = machine;
    void machine.ended.then((end) => this.#ended(machine, end));
  }

  /** Boots and waits until it answers by SSH. Throws exit 6 after so many seconds. */
  async boot(seconds: number): Promise<void> {
    await this.start();
    await this.machine.go();
    await this.answering(seconds);
  }

  async answering(seconds: number): Promise<void> {
    const until = Date.now() + seconds * 1000;
    while (!(await this.#logins.answers())) {
      if (!this.#machine) {
        throw new HastconfError(ExitCode.StepFailed, `${this.name} went off while it was starting`, {
          node: this.name,
        });
      }
      if (Date.now() > until) {
        const message = `${this.name} did not answer by SSH within ${seconds} s`;
        const remedy = `Its console: ${this.#setup.hardware.console}`;
        throw new HastconfError(ExitCode.Timeout, message, { node: this.name, remedy });
      }
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS));
    }
  }

  /** Runs a script of the lab's own and waits. Throws exit 1 when it fails, 6 when it does not end. */
  async script(text: string, seconds: number): Promise<string> {
    const { code, stdout, stderr } = await collect(
      await this.spawn(['/bin/sh', '-s']),
      wrapScript(text),
      seconds,
      this.name,
    );
    if (code === 0) return stdout;
    throw new HastconfError(ExitCode.StepFailed, `a script of the lab failed on ${this.name}`, {
      node: this.name,
      detail: `exit ${code}\n${stderr}`.trim(),
    });
  }

  freeze(): void {
    this.machine.freeze();
    this.#frozen = true;
  }

  thaw(): void {
    this.#machine?.thaw();
    this.#frozen = false;
  }

  /** Shuts down in order; ends when the machine asks for its reset and is started again. */
  async reboot(seconds: number): Promise<void> {
    const { machine } = this;
    // The connection goes before the program ends.
    await this.script('shutdown -r now >/dev/null 2>&1', seconds).catch(() => undefined);
    const limit = new Promise<'late'>((resolve) => setTimeout(() => resolve('late'), seconds * 1000).unref());
    if ((await Promise.race([machine.ended, limit])) !== 'late') return;
    const message = `${this.name} did not shut down within ${seconds} s`;
    throw new HastconfError(ExitCode.Timeout, message, { node: this.name });
  }

  async cut(): Promise<void> {
    const machine = this.#machine;
    this.#machine = undefined;
    this.#frozen = false;
    this.#logins.drop();
    await machine?.cut();
  }

  async spawn(words: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<RunningProgram> {
    void this.machine;
    return this.#logins.spawn(words, env);
  }

  /** A guest that asked for a reset is started again, as hardware would do it; QEMU's own reset hangs. */
  #ended(machine: Machine, end: 'reset' | 'shutdown' | 'killed'): void {
    if (this.#machine !== machine) return;
    this.#machine = undefined;
    this.#frozen = false;
    this.#logins.drop();
    this.#setup.note(`${this.name}: ${end}`);
    if (end !== 'reset') return;
    this.start()
      .then(() => this.#machine?.go())
      .catch((error: unknown) => this.#setup.note(`${this.name}: ${String(error)}`));
  }
}
