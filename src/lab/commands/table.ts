import type { CommandCall, CommandResult, CommandTable, LabCommand } from '../types.js';
import { PowerLost } from '../world/core.js';
import { type Machine, NoSpace, type RunningCall } from '../world/machine.js';
import type { LabWorld } from '../world/world.js';
import { dateCommands } from './date.js';
import { diskCommands } from './disks.js';
import { fileCommands } from './files.js';
import { fsCommands } from './fs.js';
import { hastctl } from './hastctl.js';
import { identityCommands } from './identity.js';
import { kernelCommands } from './kernel.js';
import { networkCommands } from './network.js';
import { processCommands } from './processes.js';
import type { Program, Programs } from './program.js';
import { fail } from './program.js';
import { ctladm, jail, jls } from './served.js';
import { hastd, service } from './service.js';
import { sshCommands } from './ssh.js';
import { sysrc } from './sysrc.js';
import { zfsCommands } from './zfs.js';

const PROGRAMS: Programs = {
  hastctl,
  ctladm,
  hastd,
  jail,
  jls,
  service,
  sysrc,
  ...dateCommands,
  ...diskCommands,
  ...fileCommands,
  ...fsCommands,
  ...identityCommands,
  ...kernelCommands,
  ...networkCommands,
  ...processCommands,
  ...sshCommands,
  ...zfsCommands,
};

/** Calls that a machine remembers. */
const RECENT = 500;

/** Every simulated program, wrapped with power, faults, clock and log order. */
export function commandTable(world: LabWorld): CommandTable {
  const table: Record<string, LabCommand> = {};
  for (const [name, program] of Object.entries(PROGRAMS)) table[name] = wrap(world, name, program);
  return table;
}

function wrap(world: LabWorld, name: string, program: Program): LabCommand {
  return (call) => world.core.clock.call(() => runCall(world, name, program, call));
}

async function runCall(
  world: LabWorld,
  name: string,
  program: Program,
  call: CommandCall,
): Promise<CommandResult> {
  const machine = world.core.machine(call.node);
  const killed = new AbortController();
  let killedBy = 15;
  const running: RunningCall = {
    pid: call.pid,
    name,
    args: call.args,
    cwd: call.cwd,
    kill: (signal) => {
      killedBy = signal === 'KILL' ? 9 : 15;
      killed.abort(new Killed());
    },
  };
  const signal = AbortSignal.any([call.signal, machine.signal, killed.signal]);
  machine.calls.add(running);
  machine.commandsRun++;
  if (machine.recent.push([name, ...call.args].join(' ')) > RECENT) machine.recent.shift();
  try {
    if (world.core.commandMs > 0) await world.core.clock.sleep(world.core.commandMs, signal);
    const injected = await inject(world, machine, name, signal);
    const result =
      injected ?? (await interruptible(program({ world, machine, call, args: call.args, signal }), signal));
    await machine.flushLog();
    return result;
  } catch (error) {
    if (error instanceof NoSpace) return fail(1, `${name}: ${error.message}`);
    if (killed.signal.aborted) return fail(128 + killedBy, '');
    if (error instanceof PowerLost || signal.aborted) return fail(137, '');
    return fail(126, `lab: internal error in ${name}: ${String((error as Error)?.stack ?? error)}`);
  } finally {
    machine.calls.delete(running);
  }
}

/** A program that waits for something which does not look at the signal is left behind when it comes. */
async function interruptible<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  let stop: () => void = () => undefined;
  const aborted = new Promise<never>((_, reject) => {
    stop = () => reject(signal.reason as Error);
    signal.addEventListener('abort', stop, { once: true });
    if (signal.aborted) stop();
  });
  try {
    return await Promise.race([work, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

async function inject(
  world: LabWorld,
  machine: Machine,
  name: string,
  signal: AbortSignal,
): Promise<CommandResult | undefined> {
  if (!machine.alive) return fail(137, '');
  const failure = machine.failing.get(name);
  if (failure !== undefined && failure.left > 0) {
    failure.left--;
    return fail(failure.code, `${name}: lab: made to fail`);
  }
  if (machine.hanging.has(name)) {
    const ended = new Promise<never>((_, reject) => {
      signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
    });
    return world.core.clock.outside(ended);
  }
  return undefined;
}

class Killed extends Error {}
