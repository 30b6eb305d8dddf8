import { createHash } from 'node:crypto';
import { lstat, readFile } from 'node:fs/promises';
import { dateText } from '../world/text.js';
import {
  absolute,
  fail,
  getopt,
  has,
  type Invocation,
  notModelled,
  ok,
  option,
  type Program,
} from './program.js';

/** stat(1) -f: %Su %Sg %u %g %Lp %p %OLp %z %m %Sm %N %HT %i %l. */
export const stat: Program = async (run) => {
  const options = getopt(run.args, 'f:Lnqt:');
  const format = options === undefined ? undefined : option(options, 'f');
  if (options === undefined || format === undefined) return notModelled(run);
  let stdout = '';
  let stderr = '';
  let code = 0;
  for (const path of options.rest) {
    const where = absolute(run, path);
    if (!(await run.machine.files.exists(where))) {
      stderr += has(options, 'q') ? '' : `stat: ${path}: stat: No such file or directory\n`;
      code = 1;
      continue;
    }
    const text = await statText(run, where, path, format);
    if (text === undefined) return notModelled(run);
    stdout += `${text}${has(options, 'n') ? '' : '\n'}`;
  }
  return { code, stdout, stderr };
};

async function statText(
  run: Invocation,
  where: string,
  path: string,
  format: string,
): Promise<string | undefined> {
  const real = await lstat(await run.machine.files.real(where));
  const owner = run.machine.owners.get(where) ?? { user: 'root', group: 'wheel' };
  const ids: Readonly<Record<string, number>> = { root: 0, wheel: 0, operator: 5, hast: 845 };
  const device = /^\/dev\/(hast\/|zvol\/|vtbd)/.test(where);
  const mode = (real.mode & 0o7777).toString(8);
  const seconds = Math.floor(real.mtimeMs / 1000);
  const known: Readonly<Record<string, string>> = {
    Su: owner.user,
    Sg: owner.group,
    u: String(ids[owner.user] ?? 1001),
    g: String(ids[owner.group] ?? 1001),
    Lp: mode,
    OLp: mode,
    Mp: mode,
    p: real.mode.toString(8),
    z: String(real.size),
    m: String(seconds),
    Sm: dateText(real.mtimeMs, '').slice(4),
    N: path,
    HT: device ? 'Character Device' : real.isDirectory() ? 'Directory' : 'Regular File',
    i: String(real.ino),
    l: String(real.nlink),
    n: '\n',
    t: '\t',
    '%': '%',
  };
  let unknown = false;
  const text = format.replace(/%([HLMSO]*[A-Za-z%])/g, (_, code: string) => {
    const value = known[code];
    if (value === undefined) unknown = true;
    return value ?? '';
  });
  return unknown ? undefined : text;
}

/** sha256(1) and md5(1): -q or FreeBSD's `SHA256 (file) = …`, stdin without files. */
export function digest(algorithm: 'sha256' | 'md5'): Program {
  return async (run) => {
    const options = getopt(run.args, 'qr');
    if (options === undefined || has(options, 'r')) return notModelled(run);
    if (options.rest.length === 0) {
      const text = await run.call.stdin();
      return ok(`${createHash(algorithm).update(text).digest('hex')}\n`);
    }
    let stdout = '';
    for (const path of options.rest) {
      const where = absolute(run, path);
      if (!(await run.machine.files.exists(where))) {
        return fail(1, `${algorithm}: ${path}: No such file or directory`, stdout);
      }
      const bytes = await readFile(await run.machine.files.real(where));
      const sum = createHash(algorithm).update(bytes).digest('hex');
      stdout += has(options, 'q') ? `${sum}\n` : `${algorithm.toUpperCase()} (${path}) = ${sum}\n`;
    }
    return ok(stdout);
  };
}
