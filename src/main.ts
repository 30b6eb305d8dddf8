import { readFileSync } from 'node:fs';
import { CommanderError } from 'commander';
import { createProgram, orInit } from './cli.js';
import { type Endable, Endings } from './endings.js';
import { ExitCode, HastconfError, type Problem, ProblemsError } from './errors.js';
import type { Io } from './io.js';
import { printResult, say } from './io.js';
import { describeProblem } from './spec/problems.js';
import { foreign, visible } from './terminal/visible.js';

/** Process entry: the real streams and signals around {@link run}. */
export async function main(argv: readonly string[]): Promise<number> {
  const endings = new Endings(process as unknown as Endable);
  const { stdin, stdout, stderr, env } = process;
  const code = await run(argv, {
    stdin,
    stdout,
    stderr,
    env,
    cwd: process.cwd(),
    now: () => new Date(),
    signal: endings.signal,
    unfinished: endings.unfinished,
  });
  return endings.exitCode(code);
}

/** Runs one command line. The only error boundary: every failure ends here, as text and an exit code. */
export async function run(argv: readonly string[], io: Io): Promise<number> {
  let code: number = ExitCode.Done;
  const program = createProgram(io, version(), async (work) => {
    code = await work;
  });
  for (const command of [program, ...program.commands, ...program.commands.flatMap((own) => own.commands)]) {
    command.exitOverride().configureOutput({
      writeOut: (text) => io.stdout.write(visible(text)),
      writeErr: (text) => io.stderr.write(visible(text)),
    });
  }
  try {
    await program.parseAsync(orInit(argv, io), { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? ExitCode.Done : ExitCode.Usage;
    return report(error, io, argv);
  }
}

function version(): string {
  const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { version: string }).version;
}

function report(error: unknown, io: Io, argv: readonly string[]): ExitCode {
  const known = error instanceof HastconfError ? error : unexpected(error);
  const verbose = argv.includes('-v') || argv.includes('--verbose');
  if (argv.includes('--json')) printResult(io, JSON.stringify({ error: errorJson(known) }));
  // No colours in any of it: what nodes and servers say stands here.
  const tell = (text: string) => say(io, foreign(text));
  tell(`hastconf: ${known.message}`);
  if (known.detail) tell(indented(known.detail));
  if (known instanceof ProblemsError) for (const problem of known.problems) tell(problemText(problem));
  if (known.remedy) tell(waysOut(known.remedy, '  '));
  if (verbose) say(io, stackOf(error));
  return known.exit;
}

function unexpected(error: unknown): HastconfError {
  const message = error instanceof Error ? error.message : String(error);
  return new HastconfError(ExitCode.StepFailed, `unexpected: ${message}`, {
    remedy: 'run it again with -v and report what it prints',
    cause: error,
  });
}

function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause === undefined ? '' : `\ncaused by: ${stackOf(error.cause)}`;
  return `${error.stack ?? error.message}${cause}`;
}

function indented(text: string): string {
  return text
    .trimEnd()
    .split(/\r?\n/)
    .map((line) => `  | ${line}`)
    .join('\n');
}

/** `cluster.yaml:12:5 carp.vhid: what is wrong`, and the way out below it. */
function problemText({ remedy, ...problem }: Problem): string {
  const what = `  - ${describeProblem(problem)}`;
  return remedy === undefined ? what : `${what}\n${waysOut(remedy, '      ')}`;
}

function waysOut(remedy: string, indent: string): string {
  return remedy
    .split('\n')
    .map((line) => `${indent}-> ${line}`)
    .join('\n');
}

function errorJson(error: HastconfError): object {
  const { exit, message, node, detail, remedy } = error;
  const problems = error instanceof ProblemsError ? { problems: error.problems } : {};
  return { exit, message, node, detail, remedy, ...problems };
}
