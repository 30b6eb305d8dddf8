import { ExitCode, HastconfError } from '../../errors.js';
import type { RunningProgram } from '../served.js';
import type { MachineResult } from './types.js';

/** Gives a program its input and waits for its end. Throws exit 6 when that takes longer than so many seconds. */
export async function collect(
  program: RunningProgram,
  input: string,
  seconds: number,
  node: string,
): Promise<MachineResult> {
  const [stdout, stderr]: [Buffer[], Buffer[]] = [[], []];
  program.stdout.on('data', (chunk: Buffer) => stdout.push(chunk));
  program.stderr.on('data', (chunk: Buffer) => stderr.push(chunk));
  program.stdin.on('error', () => undefined); // it need not read
  program.stdin.end(input);
  let limit: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    limit = setTimeout(() => {
      program.abandon();
      const message = `${node} did not finish a script within ${seconds} s`;
      reject(new HastconfError(ExitCode.Timeout, message, { node }));
    }, seconds * 1000);
  });
  try {
    const end = await Promise.race([program.ended, late]);
    const text = (chunks: readonly Buffer[]) => Buffer.concat(chunks).toString();
    if ('code' in end) return { code: end.code, stdout: text(stdout), stderr: text(stderr) };
    return { code: 255, stdout: text(stdout), stderr: `${text(stderr)}ended by ${end.signal}\n` };
  } finally {
    clearTimeout(limit);
  }
}
