import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { installBaseline } from '../lab/baseline/install.js';
import { RECIPE_ADVSKEW } from '../lab/baseline/recipe.js';
import type { Lab } from '../lab/lab.js';
import { run } from '../main.js';
import { clusterFile } from './cluster.js';
import { Prober, serves } from './prober.js';

/** The clock jumps over waits; computing on this host hardly counts, however busy the host is. */
const PACE = 0.02;
/** Of each simulated command, in place of the computing: what starting a program costs a slow machine. */
export const COMMAND_MS = 20;
/** Of a wait for a pair to come to rest, simulated. */
const REST_LIMIT_MS = 180_000;

/** A lab pair under one kind of fail-over, at rest with hasta serving. */
export interface Contender {
  lab: Lab;
  prober: Prober;
  /** Starts a planned move; resolves when whoever asks for it would have the prompt back. */
  move(to: string): Promise<void>;
  /** Waits until `name` serves and the other node could take over. */
  rest(name: string): Promise<void>;
  stop(): Promise<void>;
}

/** Opens a pair; each simulated command takes so many milliseconds. */
export type Opening = (commandMs?: number) => Promise<Contender>;

/** hastconf's agent, set up by hastconf's own apply; the gateway is its witness, as the wizard proposes. */
export const agentPair: Opening = (commandMs = COMMAND_MS) =>
  open('/hast/disk1', commandMs, async (lab) => {
    await apply(lab);
    const fresh = async (name: string) => {
      const { stdout } = await lab.exec(name, '/usr/local/sbin/carp-hast-switch status --json');
      return (
        /"state":"standby"/.test(stdout) && /"fresh":"fresh"/.test(stdout) && /"advskew":20/.test(stdout)
      );
    };
    return {
      move: async (to) => {
        await lab.exec(to, '/usr/local/sbin/carp-hast-switch promote');
      },
      ready: fresh,
    };
  });

/** The published recipe; its planned move is a raised advskew, its way back a lowered one. */
export const recipePair: Opening = (commandMs = COMMAND_MS) =>
  open('/hast/disk0', commandMs, async (lab) => {
    await installBaseline(lab);
    return {
      move: async (to) => {
        const [node, skew] = to === 'hasta' ? [to, RECIPE_ADVSKEW.hasta] : [otherOf(lab, to), 240];
        await lab.exec(node, `ifconfig vtnet1 vhid 1 advskew ${skew}`);
      },
      ready: async (name) => lab.world.describe().nodes[name]?.hast[0]?.role === 'secondary',
    };
  });

interface Kind {
  move: (to: string) => Promise<void>;
  ready: (name: string) => Promise<boolean>;
}

function otherOf(lab: Lab, name: string): string {
  return lab.nodes.find((node) => node.name !== name)?.name ?? '';
}

async function open(
  mountpoint: string,
  commandMs: number,
  install: (lab: Lab) => Promise<Kind>,
): Promise<Contender> {
  const { startLab } = await import('../lab/lab.js');
  // Nothing of a lab keeps a process alive.
  const alive = setInterval(() => undefined, 1000);
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-failover-'));
  const lab = await startLab({ dir, accelerate: 'jump', pace: PACE, commandMs });
  const stop = async () => {
    await lab.stop();
    clearInterval(alive);
    await rm(dir, { recursive: true, force: true });
  };
  try {
    const { move, ready } = await install(lab);
    const prober = new Prober(lab.world, lab.clock, mountpoint);
    const rest = async (name: string) => {
      const standby = otherOf(lab, name);
      await until(lab, `${name} serves and ${standby} stands by`, async () => {
        const sight = prober.look();
        return serves(sight) && sight.holder === name && (await ready(standby));
      });
    };
    await rest('hasta');
    return { lab, prober, move, rest, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Looks every half simulated second. Throws with the state of both nodes when the time is over. */
async function until(lab: Lab, what: string, so: () => Promise<boolean>): Promise<void> {
  const start = lab.clock.now();
  while (!(await so())) {
    if (lab.clock.now() - start > REST_LIMIT_MS) {
      throw new Error(
        `not within ${REST_LIMIT_MS / 1000} s: ${what}: ${JSON.stringify(lab.world.describe())}`,
      );
    }
    await lab.clock.sleep(500);
  }
}

async function apply(lab: Lab): Promise<void> {
  const file = join(lab.dir, 'bench.yaml');
  await writeFile(file, benchCluster(lab));
  let said = '';
  const ear = new Writable({
    write(chunk: Buffer, _, done) {
      said += chunk.toString();
      done();
    },
  });
  const code = await run(['apply', '-y', '--no-input', '-f', file], {
    stdin: process.stdin,
    stdout: ear,
    stderr: ear,
    env: process.env,
    cwd: lab.dir,
    now: () => new Date(),
    signal: new AbortController().signal,
  });
  if (code !== 0) throw new Error(`hastconf apply: exit ${code}: ${said.slice(-2000)}`);
}

function benchCluster(lab: Lab): string {
  const text = lab.nodes.reduce(
    (cluster, node, index) =>
      cluster.replace(
        `ssh: { host: 192.0.2.${11 + index} }`,
        `ssh: { host: 127.0.0.1, port: ${node.port}, user: root, identity: ${lab.dir}/id_ed25519 }`,
      ),
    clusterFile(1),
  );
  return `${text}agent: { witness: [192.168.50.1] }\n`;
}
