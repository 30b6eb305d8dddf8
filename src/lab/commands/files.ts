import { createHash, randomBytes } from 'node:crypto';
import { chmod, copyFile, lstat, readFile } from 'node:fs/promises';
import type { CommandResult } from '../types.js';
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
  type Programs,
} from './program.js';

/** stat(1) -f: %Su %Sg %u %g %Lp %p %OLp %z %m %Sm %N %HT %i %l. */
const stat: Program = async (run) => {
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
function digest(algorithm: 'sha256' | 'md5'): Program {
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

/** mktemp(1): [-d] [-q] [-t prefix] [template]. */
const mktemp: Program = async (run) => {
  const options = getopt(run.args, 'dqut:');
  if (options === undefined || has(options, 'u')) return notModelled(run);
  const prefix = option(options, 't');
  const templates =
    prefix === undefined ? options.rest : [`${run.call.env.TMPDIR ?? '/tmp'}/${prefix}.XXXXXXXX`];
  if (templates.length === 0) return notModelled(run);
  let stdout = '';
  for (const template of templates) {
    const name = template.replace(/X+$/, (run_) => randomName(run_.length));
    const where = absolute(run, name);
    const parent = where.replace(/\/[^/]*$/, '') || '/';
    if (!(await run.machine.files.exists(parent))) {
      return fail(
        1,
        has(options, 'q') ? '' : `mktemp: mkstemp failed on ${template}: No such file or directory`,
      );
    }
    if (has(options, 'd')) {
      await run.machine.files.mkdir(where);
      await chmod(await run.machine.files.real(where), 0o700);
    } else await run.machine.writeFile(where, '', 0o600);
    stdout += `${name}\n`;
  }
  return ok(stdout);
};

function randomName(length: number): string {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
  return [...randomBytes(length)].map((byte) => letters[byte % letters.length]).join('');
}

/** install(1): [-d] [-o owner] [-g group] [-m mode] [-c] [-p] [-S] source… target. */
const install: Program = async (run) => {
  const options = getopt(run.args, 'do:g:m:cpSv');
  if (options === undefined || options.rest.length === 0) return notModelled(run);
  const mode = Number.parseInt(option(options, 'm') ?? '755', 8);
  const owner = { user: option(options, 'o') ?? 'root', group: option(options, 'g') ?? 'wheel' };
  const unknown = await unknownOwner(run, owner.user, owner.group);
  if (unknown !== undefined) return fail(67, `install: unknown user ${unknown}`);
  if (has(options, 'd')) {
    for (const path of options.rest) {
      const where = absolute(run, path);
      await run.machine.files.mkdir(where);
      await chmod(await run.machine.files.real(where), mode);
      run.machine.owners.set(where, owner);
    }
    return ok();
  }
  const [source, target] = options.rest;
  if (source === undefined || target === undefined || options.rest.length > 2) return notModelled(run);
  return installFile(run, source, target, mode, owner);
};

async function installFile(
  run: Invocation,
  source: string,
  target: string,
  mode: number,
  owner: { user: string; group: string },
): Promise<CommandResult> {
  const { files } = run.machine;
  let to = absolute(run, target);
  if ((await files.list(to)) !== undefined) to = `${to}/${source.replace(/.*\//, '')}`;
  if (source === '/dev/null') await run.machine.writeFile(to, '', mode);
  else {
    const from = absolute(run, source);
    if (!(await files.exists(from))) return fail(71, `install: ${source}: No such file or directory`);
    // Made by the node's own writer first, so that it gets the node's file owner.
    await run.machine.writeFile(to, '', mode);
    await copyFile(await files.real(from), await files.real(to));
  }
  await chmod(await files.real(to), mode);
  run.machine.owners.set(to, owner);
  return ok();
}

async function unknownOwner(run: Invocation, user: string, group: string): Promise<string | undefined> {
  const users = (await run.machine.files.read('/etc/master.passwd')) ?? '';
  const builtin = ['root', 'wheel', 'operator', 'hast', 'nobody', 'www', '0'];
  const known = (name: string): boolean =>
    builtin.includes(name) ||
    /^\d+$/.test(name) ||
    users.split('\n').some((line) => line.startsWith(`${name}:`));
  return [user, group].find((name) => !known(name));
}

/** chown(8): remembers the owner; the lab's own files keep the node's user. */
const chown: Program = async (run) => {
  const options = getopt(run.args, 'RhHLPvf');
  const [spec, ...paths] = options?.rest ?? [];
  if (options === undefined || spec === undefined || paths.length === 0) return notModelled(run);
  const [user = '', group] = spec.split(':');
  const unknown = await unknownOwner(
    run,
    user === '' ? 'root' : user,
    group === undefined || group === '' ? 'wheel' : group,
  );
  if (unknown !== undefined)
    return fail(1, `chown: ${unknown}: illegal ${unknown === user ? 'user' : 'group'} name`);
  for (const path of paths) {
    const where = absolute(run, path);
    if (!(await run.machine.files.exists(where))) return fail(1, `chown: ${path}: No such file or directory`);
    const before = run.machine.owners.get(where) ?? { user: 'root', group: 'wheel' };
    run.machine.owners.set(where, {
      user: user === '' ? before.user : user,
      group: group === undefined || group === '' ? before.group : group,
    });
  }
  return ok();
};

const chgrp: Program = async (run) => {
  const [group, ...paths] = run.args;
  if (group === undefined || group.startsWith('-')) return notModelled(run);
  return chown({ ...run, args: [`:${group}`, ...paths] });
};

/** logger(1): -p facility.level, -t tag; to /var/log/messages from notice on. */
const logger: Program = async (run) => {
  const options = getopt(run.args, 'p:t:is');
  if (options === undefined || options.rest.length === 0) return notModelled(run);
  const [facility = 'user', level = 'notice'] = (option(options, 'p') ?? 'user.notice').split('.');
  const known = ['debug', 'info', 'notice', 'warning', 'err'] as const;
  const aliases: Readonly<Record<string, (typeof known)[number]>> = {
    warn: 'warning',
    error: 'err',
    crit: 'err',
    alert: 'err',
    emerg: 'err',
  };
  const found = known.find((one) => one === level) ?? aliases[level];
  if (found === undefined) return fail(64, `logger: unknown priority name: ${level}`);
  const tag = option(options, 't') ?? 'root';
  run.machine.syslog(tag, run.call.pid, found, options.rest.join(' '), facility);
  return ok();
};

export const fileCommands: Programs = {
  stat,
  sha256: digest('sha256'),
  md5: digest('md5'),
  mktemp,
  install,
  chown,
  chgrp,
  logger,
};
