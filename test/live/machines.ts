import { mkdir } from 'node:fs/promises';
import { openMachineLab } from '../../src/lab/machines/open.js';
import type { MachineLab } from '../../src/lab/machines/types.js';
import { hastconf } from './hastconf.js';

export interface MachinesChoice {
  dir: string;
  /** Image of a machine. */
  image?: string;
  /** Directory of a saved state of machines as new, in place of the image. */
  state?: string;
  /** With a third machine; a saved state says so itself. */
  client: boolean;
}

/** Unpacking an image, and a boot of three machines. */
const START_MS = 400_000;
const CLEAN = 'clean';

/** Starts real machines and keeps their first state; `up()` without a state goes back to it. */
export async function openMachines({ dir, image, state, client }: MachinesChoice): Promise<MachineLab> {
  await mkdir(dir, { recursive: true });
  const source = state === undefined ? ['--image', image ?? ''] : ['--from', state];
  const third = client && state === undefined ? ['--client'] : [];
  const { code, stderr } = await hastconf(['lab', 'up', ...source, ...third, '--dir', dir], {
    timeoutMs: START_MS,
  });
  if (code !== 0) throw new Error(`the machines did not start: exit ${code}: ${stderr.slice(-2000)}`);
  const machines = await openMachineLab(dir);
  await machines.save(CLEAN);
  return { ...machines, up: ({ from = CLEAN } = {}) => machines.up({ from }) };
}
