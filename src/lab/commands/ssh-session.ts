import type { Machine } from '../world/machine.js';
import type { Invocation } from './program.js';

/** What a call of ssh(1) asks for. */
export interface Plan {
  user: string;
  host: string;
  settings: Map<string, string>;
  identities: string[];
  command: string;
}

/** The address that the other side sees. */
export function sourceAddress(machine: Machine, address: string): string {
  const nic = machine.interfaces.towards(address);
  return nic?.addresses.find((own) => own.vhid === undefined)?.address ?? '127.0.0.1';
}

/** What sshd puts into the environment of a forced command. */
export function sessionEnvironment(run: Invocation, plan: Plan): Record<string, string> {
  return {
    SSH_ORIGINAL_COMMAND: plan.command,
    SSH_CLIENT: `${sourceAddress(run.machine, plan.host)} 50000 22`,
    USER: plan.user,
    LOGNAME: plan.user,
    LAB_USER: plan.user,
  };
}
