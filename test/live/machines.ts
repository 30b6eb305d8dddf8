import type { MachineLab } from '../../src/lab/machines/types.js';

export interface MachinesChoice {
  dir: string;
  image: string;
  client: boolean;
}

export async function openMachines(_: MachinesChoice): Promise<MachineLab> {
  throw new Error('not yet');
}
