import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { execa } from 'execa';

const BIN = fileURLToPath(new URL('../../bin/hastconf.js', import.meta.url));

/** How hastconf ended; code null: a signal or its time limit ended it. */
export interface CommandResult {
  code: number | null;
  stdout: string;
  stderr: string;
}

export interface CommandOptions {
  timeoutMs: number;
  signal?: AbortSignal;
  cwd?: string;
  /** Sees each line of stdout as it comes, and may send the program a signal. */
  onLine?: (line: string, kill: (signal: NodeJS.Signals) => void) => void;
}

/** One run of the built program, without a terminal. Never throws for its exit code. */
export async function hastconf(args: readonly string[], options: CommandOptions): Promise<CommandResult> {
  const child = execa(process.execPath, [BIN, ...args], {
    stdin: 'ignore',
    reject: false,
    timeout: options.timeoutMs,
    forceKillAfterDelay: 10_000,
    env: { NO_COLOR: '1' },
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.signal && { cancelSignal: options.signal }),
  });
  const { onLine } = options;
  if (onLine) {
    createInterface({ input: child.stdout }).on('line', (line) =>
      onLine(line, (signal) => child.kill(signal)),
    );
  }
  const { exitCode, stdout, stderr } = await child;
  return { code: exitCode ?? null, stdout, stderr };
}
