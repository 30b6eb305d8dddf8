import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ExitCode } from '../errors.js';
import { type CommandContext, say } from '../io.js';
import { style } from '../report/text.js';
import { run as apply } from './apply.js';
import { runDown, runUp } from './lab.js';
import { run as plan } from './plan.js';

/** How much faster than real time the nodes' clock runs while they only wait. */
const ACCELERATION = 20;
const CONSENTS = { destroy: [], ignoreCheck: [], acceptNewHostKeys: false };

/** The whole job in the lab, from nothing to proved; leaves nothing behind. Exit code of the step that failed. */
export async function run(context: CommandContext): Promise<ExitCode> {
  const dir = await mkdtemp(join(tmpdir(), 'hastconf-demo-'));
  const global = { ...context.global, file: join(dir, 'cluster.yaml'), yes: true, input: false };
  const demo: CommandContext = { ...context, global };
  const title = (text: string) => say(context.io, `\n${style(text, 'strong', context.global.color)}`);
  try {
    title('1. Two FreeBSD nodes, simulated on this machine, reached over real SSH');
    await runUp(demo, { dir, accelerate: ACCELERATION });
    title('2. hastconf apply -y: from nothing to a synchronised pair');
    const applied = await apply(demo, { ...CONSENTS, breakLock: false, stallTimeout: 60 });
    if (applied !== ExitCode.Done) return applied;
    title('3. hastconf plan --detailed-exitcode: is anything left to do?');
    return await plan(demo, { ...CONSENTS, detailedExitcode: true });
  } finally {
    await runDown(demo, { dir, purge: true });
    await rm(dir, { recursive: true, force: true });
  }
}
