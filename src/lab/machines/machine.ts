import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { ExitCode, HastconfError } from '../../errors.js';
import { quoteWord } from '../../remote/words.js';
import { type MachineHardware, qemuArguments } from './argv.js';
import { Qmp, QmpError } from './qmp.js';

const MONITOR_FD = 3;

/**
 * QEMU must not outlive this process, however that ends: the kernel kills it then (PR_SET_PDEATHSIG). Should
 * this process have died before that was set, its parent is another one by now, and it does not start at all.
 */
const TIED = '[ "$PPID" = "$0" ] && exec "$@"';

export interface MachineSetup {
  qemu: string;
  hardware: Omit<MachineHardware, 'monitorFd'>;
}

/** Why QEMU has ended. */
export type MachineEnd = 'reset' | 'shutdown' | 'killed';

/** One running QEMU. */
export class Machine {
  readonly #child: ChildProcess;
  readonly qmp: Qmp;
  /** Resolves when QEMU has ended. */
  readonly ended: Promise<MachineEnd>;

  private constructor(child: ChildProcess, qmp: Qmp) {
    this.#child = child;
    this.qmp = qmp;
    let end: MachineEnd = 'killed';
    qmp.onEvent(({ event, data }) => {
      if (event === 'SHUTDOWN') end = data.reason === 'guest-reset' ? 'reset' : 'shutdown';
    });
    this.ended = exited(child).then(() => end);
  }

  /** Starts QEMU with its processor stopped. Throws exit 1 with QEMU's words. */
  static async start({ qemu, hardware }: MachineSetup): Promise<Machine> {
    const words = [qemu, ...qemuArguments({ ...hardware, monitorFd: MONITOR_FD })];
    const tied = ['--pdeathsig', 'KILL', '/bin/sh', '-c', TIED, String(process.pid), ...words];
    const child = spawn('setpriv', tied, { cwd: '/', stdio: ['ignore', 'ignore', 'pipe', 'pipe'] });
    child.on('error', () => undefined); // the monitor's end tells it
    let stderr = '';
    child.stderr?.on('data', (chunk: Buffer) => {
      process.stderr.write(chunk);
      stderr = `${stderr}${chunk.toString()}`.slice(-4000);
    });
    try {
      return new Machine(child, await Qmp.open(child.stdio[MONITOR_FD] as Duplex));
    } catch (error) {
      child.kill('SIGKILL');
      await exited(child);
      throw new HastconfError(ExitCode.StepFailed, `QEMU did not start ${hardware.name}`, {
        node: hardware.name,
        detail: stderr.trim() || String(error),
        cause: error,
      });
    }
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  /** Lets the processor run. */
  async go(): Promise<void> {
    await this.qmp.run('cont');
  }

  /** Stops the processor; nothing of the guest runs on. */
  async halt(): Promise<void> {
    await this.qmp.run('stop');
  }

  /** Writes the memory of a stopped machine to a file. */
  async writeMemory(file: string): Promise<void> {
    await this.qmp.run('migrate-set-parameters', { 'max-bandwidth': UNLIMITED });
    await this.qmp.run('migrate', { uri: `exec:cat > ${quoteWord(file)}` });
    for (;;) {
      const { status, 'error-desc': error } = (await this.qmp.run('query-migrate')) as MigrationState;
      if (status === 'completed') return;
      if (status === 'failed' || status === 'cancelled') throw new QmpError(`memory: ${error ?? status}`);
      await pause();
    }
  }

  /** Waits until a saved memory has been read. */
  async memoryRead(): Promise<void> {
    for (;;) {
      const { status } = (await this.qmp.run('query-status')) as { status: string };
      if (status !== 'inmigrate') return;
      await pause();
    }
  }

  /** Tells the switch where this machine is now. */
  async announce(): Promise<void> {
    const rounds = { initial: 50, max: 500, rounds: 5, step: 100 };
    await this.qmp.run('announce-self', rounds);
  }

  /** A power cut: what the guest's kernel has given to its disks is there, nothing else. */
  async cut(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.ended;
  }

  /** What a hypervisor does that pauses a guest. */
  freeze(): void {
    this.#child.kill('SIGSTOP');
  }

  thaw(): void {
    this.#child.kill('SIGCONT');
  }
}

interface MigrationState {
  status: string;
  'error-desc'?: string;
}

/** Bytes a second. */
const UNLIMITED = 2 ** 40;
const POLL_MS = 50;

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, POLL_MS));
}

async function exited(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  await once(child, 'exit').catch(() => undefined); // it was not even started
}
