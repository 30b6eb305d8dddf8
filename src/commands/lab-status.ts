import type { MachineFault, MachineNode } from '../lab/machines/types.js';
import type { WorldState } from '../lab/world/world.js';

/** What `lab status` is told by a lab of either kind. */
export type LabStatus = SimulatedStatus | MachinesStatus;

interface SimulatedStatus extends WorldState {
  dir: string;
  clusterFile: string;
  ports: Record<string, number>;
}

interface MachinesStatus {
  dir: string;
  clusterFile: string;
  machines: readonly MachineNode[];
  faults: readonly MachineFault[];
}

/** The lab's state for people. */
export function statusText(status: LabStatus): string {
  return 'machines' in status ? machinesText(status) : simulatedText(status);
}

function machinesText({ dir, machines, faults }: MachinesStatus): string {
  const lines = machines.map(({ name, port, power }) => `${name}  127.0.0.1:${port}  power ${power}`);
  const wrong = faults.map(({ name, text }) => `fault ${name}  ${text}`);
  return [`${dir}   real machines`, ...lines, ...wrong].join('\n');
}

function simulatedText(status: SimulatedStatus): string {
  const lines = [`${status.dir}   lab time ${new Date(status.now).toISOString()}`];
  for (const [name, node] of Object.entries(status.nodes)) {
    lines.push(`${name}  127.0.0.1:${status.ports[name]}  power ${node.power}`);
    for (const one of node.carp)
      lines.push(`  carp ${one.vhid}@${one.interface} ${one.state} advskew ${one.advskew}`);
    for (const one of node.hast)
      lines.push(`  hast ${one.name} ${one.role} ${one.status} dirty ${one.dirty}`);
    for (const one of node.mounts) lines.push(`  mount ${one.device} on ${one.mountpoint}`);
    lines.push(`  services ${node.services.join(' ') || '-'}`);
  }
  for (const link of status.cut) lines.push(`cut: ${link}`);
  return lines.join('\n');
}
