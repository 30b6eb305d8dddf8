import { ExitCode } from './errors.js';

/** Process entry: the real streams and signals around {@link run}. */
export async function main(_argv: readonly string[]): Promise<ExitCode> {
  return ExitCode.Done;
}
