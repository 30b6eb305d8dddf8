import { chmod, copyFile } from 'node:fs/promises';
import type { CommandResult } from '../types.js';
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

/** install(1): [-d] [-o owner] [-g group] [-m mode] [-c] [-p] [-S] source… target. */
export const install: Program = async (run) => {
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
export const chown: Program = async (run) => {
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

export const chgrp: Program = async (run) => {
  const [group, ...paths] = run.args;
  if (group === undefined || group.startsWith('-')) return notModelled(run);
  return chown({ ...run, args: [`:${group}`, ...paths] });
};
