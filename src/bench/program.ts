import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const BIN = fileURLToPath(new URL('../../bin/hastconf.js', import.meta.url));

/** The shortest life of a node process on this machine: what everything else is held against. */
export async function bareNode(): Promise<void> {
  await execa(process.execPath, ['-e', '0'], { stdin: 'ignore' });
}

/** One run of the built program. Throws with its last words when it does not exit with 0. */
export async function hastconf(args: readonly string[], cwd?: string): Promise<string> {
  const { stdout, stderr, exitCode } = await execa(process.execPath, [BIN, ...args], {
    stdin: 'ignore',
    reject: false,
    ...(cwd === undefined ? {} : { cwd }),
  });
  if (exitCode === 0) return stdout;
  const words = /^hastconf: .*(?:\n.*){0,2}/m.exec(stderr)?.[0] ?? stderr.slice(-200);
  throw new Error(`hastconf ${args.join(' ')}: exit ${exitCode}: ${words.replaceAll(/\s+/g, ' ')}`);
}
