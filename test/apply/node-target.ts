import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Lab, startLab } from '../../src/lab/lab.js';
import { wrapScript } from '../../src/remote/script.js';
import type { ExecResult, FileAttributes, Target } from '../../src/remote/target.js';

/** A lab node as a target, without the way to it: scripts run under its sh at once. */
class NodeTarget implements Target {
  readonly counters = { connections: 0, channels: 0, bytesSent: 0, bytesReceived: 0 };

  constructor(
    readonly lab: Lab,
    readonly node: string,
  ) {}

  async script(script: string): Promise<ExecResult> {
    const { host } = this.lab.node(this.node);
    return { ...(await host.exec(['/bin/sh', '-s'], { stdin: wrapScript(script) })), signal: null };
  }

  async exec(words: readonly string[]): Promise<ExecResult> {
    return { ...(await this.lab.node(this.node).host.exec(words)), signal: null };
  }

  readFile(path: string): Promise<string | undefined> {
    return this.lab.node(this.node).host.files.read(path);
  }

  writeFile(path: string, content: string, { mode }: FileAttributes): Promise<void> {
    return this.lab.node(this.node).host.files.write(path, content, mode);
  }

  async close(): Promise<void> {}
}

/** Two blank nodes as targets. */
export async function nodeTargets() {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-apply-'));
  const lab = await startLab({ dir, accelerate: 40 });
  const [hasta, hastb] = [new NodeTarget(lab, 'hasta'), new NodeTarget(lab, 'hastb')];
  return {
    hasta,
    hastb,
    async stop() {
      await lab.stop();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
