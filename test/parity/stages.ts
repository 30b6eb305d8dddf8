import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startLab } from '../../src/lab/lab.js';
import type { MachineLab } from '../../src/lab/machines/types.js';
import type { Stage } from './types.js';

/** Both streams as one, in the order in which they come. */
const merged = (script: string) => `exec 2>&1\n${script}\n`;

/** Two simulated nodes; their clock jumps over what they wait for. */
export async function labStage(): Promise<Stage> {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-parity-'));
  const lab = await startLab({ dir, accelerate: 'jump' });
  return {
    async run(node, script) {
      const { code, stdout, stderr } = await lab.exec(node, merged(script));
      return { code, text: stdout + stderr };
    },
    async close() {
      await lab.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

/** Two real machines. */
export function machineStage(machines: MachineLab): Stage {
  return {
    async run(node, script) {
      const { code, stdout, stderr } = await machines.exec(node, merged(script), { seconds: 90 });
      return { code, text: stdout + stderr };
    },
    close: () => machines.down(),
  };
}
