import type { CommandCall, CommandResult } from '../types.js';
import type { Machine } from '../world/machine.js';
import type { LabWorld } from '../world/world.js';

/** One call of a simulated program with the machine that it runs on. */
export interface Invocation {
  world: LabWorld;
  machine: Machine;
  call: CommandCall;
  args: readonly string[];
  /** Ends with the call, its process or the node's power. */
  signal: AbortSignal;
}

/** A simulated program. */
export type Program = (run: Invocation) => Promise<CommandResult>;
export type Programs = Readonly<Record<string, Program>>;

export function ok(stdout = '', stderr = ''): CommandResult {
  return { code: 0, stdout, stderr };
}

export function fail(code: number, stderr: string, stdout = ''): CommandResult {
  return { code, stdout, stderr: stderr === '' || stderr.endsWith('\n') ? stderr : `${stderr}\n` };
}

/** What the lab does not know fails loudly. */
export function notModelled(run: Invocation, what = [run.call.name, ...run.args].join(' ')): CommandResult {
  return fail(127, `lab: not modelled: ${what}`);
}

export interface Options {
  /** Letters that were given, with their values ('' for flags), in order. */
  given: [string, string][];
  rest: string[];
}

/** getopt(3): `qc:W:`; undefined when there is an option outside the list. */
export function getopt(args: readonly string[], letters: string): Options | undefined {
  const given: [string, string][] = [];
  let at = 0;
  for (; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--') {
      at++;
      break;
    }
    if (!word.startsWith('-') || word === '-') break;
    for (let index = 1; index < word.length; index++) {
      const letter = word[index] ?? '';
      const known = letters.indexOf(letter);
      if (known < 0 || letter === ':') return undefined;
      if (letters[known + 1] !== ':') {
        given.push([letter, '']);
        continue;
      }
      const value = index + 1 < word.length ? word.slice(index + 1) : args[++at];
      if (value === undefined) return undefined;
      given.push([letter, value]);
      break;
    }
  }
  return { given, rest: args.slice(at) };
}

export function has(options: Options, letter: string): boolean {
  return options.given.some(([name]) => name === letter);
}

/** Last value of an option. */
export function option(options: Options, letter: string): string | undefined {
  return options.given.findLast(([name]) => name === letter)?.[1];
}

/** A path as the caller means it, from its working directory. */
export function absolute(run: Invocation, path: string): string {
  const joined = path.startsWith('/') ? path : `${run.call.cwd}/${path}`;
  const parts: string[] = [];
  for (const part of joined.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
