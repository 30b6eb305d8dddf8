import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type ConfineMode, confinements } from '../../src/lab/shell/confine.js';
import { LabNode } from '../../src/lab/shell/node.js';
import type { CommandTable } from '../../src/lab/types.js';
import { type ControlledClock, createClock } from '../../src/lab/world/clock.js';

export interface LoneNode {
  directory: string;
  node: LabNode;
  clock: ControlledClock;
  close(): Promise<void>;
}

/** The ways to confine that this machine may allow. */
export async function modes(): Promise<ConfineMode[]> {
  return (await confinements()).map(({ mode }) => mode);
}

/** One confined node with a few programs of the test's own, without the model of FreeBSD. */
export async function loneNode(
  commands: (clock: ControlledClock) => CommandTable = () => ({}),
  options: { mode?: ConfineMode; accelerate?: number } = {},
): Promise<LoneNode> {
  const directory = await mkdtemp(join(tmpdir(), 'hastconf-node-'));
  const clock = createClock({ accelerate: options.accelerate ?? 20 });
  const ways = await confinements();
  const confinement = options.mode ? ways.find(({ mode }) => mode === options.mode) : ways[0];
  if (!confinement) throw new Error('this machine cannot confine a node');
  const node = await LabNode.create({ name: 'hasta', root: join(directory, 'root'), confinement, clock });
  node.serve(commands(clock));
  return {
    directory,
    node,
    clock,
    async close() {
      await node.close();
      clock.stop();
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** sleep(1) on simulated time, and programs that show what reaches them. */
export function basicCommands(clock: ControlledClock): CommandTable {
  const nothing = { code: 0, stdout: '', stderr: '' };
  return {
    sleep: async (call) => {
      await clock.sleep(Number(call.args[0]) * 1000, call.signal);
      return nothing;
    },
    show: async (call) => ({
      code: Number(call.env.CODE ?? 0),
      stdout: JSON.stringify({ args: call.args, cwd: call.cwd, name: call.name, env: call.env }),
      stderr: call.env.WORDS ?? '',
    }),
    eat: async (call) => ({ ...nothing, stdout: `<${await call.stdin()}>` }),
    hostname: async () => ({ ...nothing, stdout: 'hasta\n' }),
  };
}
