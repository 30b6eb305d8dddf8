import type { CommandResult } from '../types.js';
import { parseAssignments, RC_DEFAULTS } from '../world/rcconf.js';
import {
  absolute,
  fail,
  getopt,
  has,
  type Invocation,
  notModelled,
  type Options,
  option,
} from './program.js';

/** sysrc(8): the forms of freebsd-facts §6, on the node's own files. */
export async function sysrc(run: Invocation): Promise<CommandResult> {
  const options = getopt(run.args, 'acnNeixqf:');
  if (options === undefined) return notModelled(run);
  const file = option(options, 'f');
  const path = file === undefined ? '/etc/rc.conf' : absolute(run, file);
  if (has(options, 'a')) return all(run, path, options);
  if (options.rest.length === 0) return fail(1, 'usage: sysrc [OPTIONS] name[[+|-]=value] ...');
  const total: CommandResult = { code: 0, stdout: '', stderr: '' };
  for (const word of options.rest) {
    const one = await single(run, path, file !== undefined, options, word);
    total.stdout += one.stdout;
    total.stderr += one.stderr;
    total.code = Math.max(total.code, one.code);
  }
  return total;
}

async function all(run: Invocation, path: string, options: Options): Promise<CommandResult> {
  const set = parseAssignments((await run.machine.files.read(path)) ?? '');
  const lines = [...set]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => (has(options, 'e') ? `${name}="${value}"` : `${name}: ${value}`));
  return { code: 0, stdout: lines.map((line) => `${line}\n`).join(''), stderr: '' };
}

async function single(
  run: Invocation,
  path: string,
  foreign: boolean,
  options: Options,
  word: string,
): Promise<CommandResult> {
  const match = /^([A-Za-z_][A-Za-z0-9_]*)(?:([+-]?)=([\s\S]*))?$/.exec(word);
  if (match === null) return notModelled(run, `sysrc ${word}`);
  const name = match[1] ?? '';
  const text = (await run.machine.files.read(path)) ?? '';
  const known = parseAssignments(text).get(name);
  const before = known ?? (foreign ? undefined : RC_DEFAULTS[name]);
  if (has(options, 'x')) return remove(run, path, text, name, known);
  if (match[3] === undefined) return show(options, name, before);
  const value = match[2] === '' ? match[3] : edit(before ?? '', match[2] ?? '', match[3]);
  if (has(options, 'c')) return { code: before === value ? 0 : 1, stdout: '', stderr: '' };
  await run.machine.writeFile(path, assign(text, name, value));
  const print = has(options, 'n') ? '' : `${name}: ${before ?? ''} -> ${value}\n`;
  return { code: 0, stdout: print, stderr: '' };
}

function show(options: Options, name: string, value: string | undefined): CommandResult {
  if (value === undefined) {
    const quiet = has(options, 'i') || (has(options, 'q') && has(options, 'i'));
    return fail(1, quiet ? '' : `sysrc: unknown variable '${name}'`);
  }
  if (has(options, 'c')) return { code: 0, stdout: '', stderr: '' };
  const line = has(options, 'n') ? value : has(options, 'e') ? `${name}="${value}"` : `${name}: ${value}`;
  return { code: 0, stdout: `${line}\n`, stderr: '' };
}

async function remove(
  run: Invocation,
  path: string,
  text: string,
  name: string,
  known: string | undefined,
): Promise<CommandResult> {
  if (known === undefined) return fail(1, `sysrc: unknown variable '${name}'`);
  const kept = text.split('\n').filter((line) => !new RegExp(`^\\s*${name}=`).test(line));
  await run.machine.writeFile(path, kept.join('\n'));
  return { code: 0, stdout: '', stderr: '' };
}

/** `+=` and `-=`: the first character is the separator unless it is alphanumeric, `.` or `/`. */
function edit(before: string, sign: string, change: string): string {
  const first = change[0] ?? ' ';
  const separator = /[A-Za-z0-9./]/.test(first) ? ' ' : first;
  const items = (text: string): string[] => text.split(separator).filter((item) => item !== '');
  const current = items(before);
  const wanted = items(change);
  if (sign === '-') return current.filter((item) => !wanted.includes(item)).join(separator);
  return [...current, ...wanted.filter((item) => !current.includes(item))].join(separator);
}

/** Replaces the last assignment, keeping its quotes, or appends `name="value"`; nothing is escaped. */
function assign(text: string, name: string, value: string): string {
  const lines = text.split('\n');
  const at = lines.findLastIndex((line) => new RegExp(`^\\s*(?:export\\s+)?${name}=`).test(line));
  if (at < 0) {
    const end = text === '' || text.endsWith('\n') ? '' : '\n';
    return `${text}${end}${name}="${value}"\n`;
  }
  const old = lines[at] ?? '';
  const quote = /=\s*(["'])/.exec(old)?.[1] ?? '"';
  const head = old.slice(0, old.indexOf('=') + 1);
  const rest = /=(?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#]*)(.*)$/.exec(old)?.[1] ?? '';
  lines[at] = `${head}${quote}${value}${quote}${rest}`;
  return lines.join('\n');
}
