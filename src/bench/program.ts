import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const BIN = fileURLToPath(new URL('../../bin/hastconf.js', import.meta.url));

/** The shortest life of a node process on this machine: what everything else is held against. */
export async function bareNode(): Promise<void> {
  await execa(process.execPath, ['-e', '0'], { stdin: 'ignore' });
}

/** One run of the built program; throws when it does not exit with 0. */
export async function hastconf(args: readonly string[], cwd?: string): Promise<string> {
  const { stdout } = await execa(process.execPath, [BIN, ...args], {
    stdin: 'ignore',
    ...(cwd === undefined ? {} : { cwd }),
  });
  return stdout;
}
