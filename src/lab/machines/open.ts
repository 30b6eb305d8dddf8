import { resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { ExitCode, HastconfError } from '../../errors.js';
import { wrapScript } from '../../remote/script.js';
import { ask, stopLab } from '../client.js';
import type { DaemonAnswer, DaemonRequest } from '../daemon.js';
import { type DaemonState, runningLab } from '../daemon-state.js';
import type { MachineFault, MachineLab, MachineNode, MachineResult } from './types.js';

const EXEC_SECONDS = 60;

interface MachineStatus {
  clusterFile: string;
  machines?: readonly MachineNode[];
  faults: readonly MachineFault[];
}

/** The lab of real machines that runs in `dir`, from outside. Throws exit 2 when none does. */
export async function openMachineLab(directory: string): Promise<MachineLab> {
  const dir = resolve(directory);
  const request = async (what: DaemonRequest): Promise<DaemonAnswer> => ask(await stateIn(dir), what);
  const status = async () => (await request({ verb: 'status' })).status as MachineStatus;
  const { clusterFile, machines } = await status();
  if (!machines) throw new HastconfError(ExitCode.Usage, `the lab in ${dir} has simulated nodes`);
  const fault = async (words: readonly string[]) => {
    const [name = '', ...args] = words;
    return request({ verb: 'fault', name, args });
  };
  return {
    dir,
    clusterFile,
    nodes: async () => (await status()).machines ?? [],
    exec: async (node, script, { seconds = EXEC_SECONDS } = {}) =>
      execute(await stateIn(dir), node, script, seconds),
    async fault(words) {
      const { data, text = '' } = await fault(words);
      return (data as MachineFault | undefined) ?? { name: '', text };
    },
    async undo(name) {
      await fault(['undo', name]);
    },
    faults: async () => (await status()).faults,
    async save(name) {
      await request({ verb: 'save', name });
    },
    async up({ from } = {}) {
      await request({ verb: 'restart', ...(from !== undefined && { from }) });
    },
    async powerCut(node) {
      await fault(['power-cut', node]);
    },
    async powerOn(node) {
      await fault(['power-on', node]);
    },
    now: () => Date.now(),
    async down() {
      await stopLab(dir, await stateIn(dir));
    },
  };
}

async function stateIn(dir: string): Promise<DaemonState> {
  const state = await runningLab(dir);
  if (state) return state;
  throw new HastconfError(ExitCode.Usage, `no lab runs in ${dir}`);
}

async function execute(
  state: DaemonState,
  node: string,
  script: string,
  seconds: number,
): Promise<MachineResult> {
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const kept = { stdout: [] as Buffer[], stderr: [] as Buffer[] };
  stdout.on('data', (chunk: Buffer) => kept.stdout.push(chunk));
  stderr.on('data', (chunk: Buffer) => kept.stderr.push(chunk));
  stdin.end(wrapScript(script));
  const limit = new AbortController();
  const timer = setTimeout(() => limit.abort(), seconds * 1000);
  try {
    const words = ['/bin/sh', '-s'];
    const streams = { stdin, stdout, stderr, signal: limit.signal };
    const answer = await ask(state, { verb: 'exec', node, words, env: {} }, streams);
    const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString();
    const [out, err] = [text(kept.stdout), text(kept.stderr)];
    if (answer.signal === undefined) return { code: answer.code ?? 255, stdout: out, stderr: err };
    return { code: 255, stdout: out, stderr: `${err}ended by ${answer.signal}\n` };
  } catch (error) {
    if (!limit.signal.aborted) throw error;
    const message = `${node} did not finish a script within ${seconds} s`;
    throw new HastconfError(ExitCode.Timeout, message, { node, cause: error });
  } finally {
    clearTimeout(timer);
  }
}
