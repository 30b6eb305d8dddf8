import { assertOn, type Lab, type LabOptions, startLab } from './lab.js';
import type { RunningProgram, ServedLab } from './served.js';

/** Starts two simulated nodes and offers them to `hastconf lab …`. */
export async function serveSimulated(options: LabOptions): Promise<ServedLab> {
  const lab = await startLab(options);
  return {
    dir: lab.dir,
    nodes: lab.nodes.map(({ name, port }) => ({ name, port })),
    spawn: (node, words, env) => spawnIn(lab, node, words, env),
    async sftp(node) {
      assertOn(lab.world, node);
      return lab.sftpChannel(node);
    },
    fault: async (name, args) => ({ text: await lab.fault(name, args) }),
    status: async () => ({
      dir: lab.dir,
      clusterFile: lab.clusterFile,
      ports: Object.fromEntries(lab.nodes.map(({ name, port }) => [name, port])),
      ...lab.world.describe(),
    }),
    stop: () => lab.stop(),
  };
}

async function spawnIn(
  lab: Lab,
  node: string,
  words: readonly string[],
  env: Readonly<Record<string, string>>,
): Promise<RunningProgram> {
  const { host } = lab.node(node);
  assertOn(lab.world, node);
  const child = await host.spawn(words, { env });
  const { stdin, stdout, stderr } = child;
  if (!stdin || !stdout || !stderr) throw new Error('lab exec needs pipes');
  const ended = new Promise<{ code: number } | { signal: string }>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code, signal) => resolve(signal ? { signal } : { code: code ?? 255 }));
  });
  const abandon = () => {
    stdin.end();
    stdout.destroy();
    stderr.destroy();
  };
  return { stdin, stdout, stderr, ended, abandon };
}
