import { randomBytes } from 'node:crypto';
import { chmod } from 'node:fs/promises';
import { chgrp, chown, install } from './owners.js';
import {
  absolute,
  fail,
  getopt,
  has,
  notModelled,
  ok,
  option,
  type Program,
  type Programs,
} from './program.js';
import { digest, stat } from './stat.js';

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
