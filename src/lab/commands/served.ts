import type { CommandResult } from '../types.js';
import { JailError } from '../world/jails.js';
import { fail, getopt, has, type Invocation, notModelled, ok, option, type Program } from './program.js';

/** ctladm(8): devlist [-v], remove -b block -l N, port -o on|off -t iscsi. */
export const ctladm: Program = async (run) => {
  const { ctl, modules } = run.machine;
  const [verb, ...words] = run.args;
  if (!modules.has('ctl')) return fail(1, 'ctladm: error opening /dev/cam/ctl: No such file or directory');
  if (verb === 'devlist') return devlist(run, words);
  if (verb === 'remove') {
    const options = getopt(words, 'b:l:');
    const id = Number(option(options ?? { given: [], rest: [] }, 'l'));
    if (options === undefined || option(options, 'b') !== 'block' || Number.isNaN(id))
      return notModelled(run);
    if (!ctl.luns.delete(id))
      return fail(1, `ctladm: LUN removal error: ctl_backend_block_rm: LUN ${id} not found`);
    return ok(`LUN ${id} removed successfully\n`);
  }
  if (verb === 'port') {
    const options = getopt(words, 'o:t:');
    if (options === undefined || option(options, 't') !== 'iscsi') return notModelled(run);
    ctl.portsOn = option(options, 'o') === 'on';
    return ok();
  }
  return notModelled(run);
};

/** Columns as ctladm.c prints them; the lines of -v as measured (transcript 12). */
function devlist(run: Invocation, words: readonly string[]): CommandResult {
  const options = getopt(words, 'v');
  if (options === undefined || options.rest.length > 0) return notModelled(run);
  const lines = [
    `LUN Backend  ${'Size (Blocks)'.padStart(18)} ${'BS'.padStart(4)} ${'Serial Number'.padEnd(16)} ${'Device ID'.padEnd(16)}`,
  ];
  for (const lun of run.machine.ctl.luns.values()) {
    const blocks = String(Math.floor(lun.size / 512)).padStart(18);
    lines.push(
      `${String(lun.id).padStart(3)} ${'block'.padEnd(8)} ${blocks} ${'512'.padStart(4)} ${lun.serial.padEnd(16)} ${lun.deviceId.padEnd(16)}`,
    );
    if (!has(options, 'v')) continue;
    lines.push('      lun_type=0', '      num_threads=32', `      file=${lun.path}`);
    lines.push(`      ctld_name=${lun.name}`, `      scsiname=${lun.name}`);
  }
  return ok(`${lines.join('\n')}\n`);
}

/** jls(8): -j NAME with one parameter. */
export const jls: Program = async (run) => {
  const options = getopt(run.args, 'j:');
  const name = option(options ?? { given: [], rest: [] }, 'j');
  if (options === undefined || name === undefined) return notModelled(run);
  const jail = run.machine.jails.running.get(name);
  if (jail === undefined) return fail(1, `jls: jail "${name}" not found`);
  const columns = options.rest.map((column) => ({ jid: String(jail.jid), name, path: jail.path })[column]);
  if (columns.length === 0 || columns.includes(undefined)) return notModelled(run);
  return ok(`${columns.join(' ')}\n`);
};

/** jail(8): -c, -r and -R of one name. */
export const jail: Program = async (run) => {
  const options = getopt(run.args, 'cif:qrR');
  const [name, ...more] = options?.rest ?? [];
  if (options === undefined || name === undefined || more.length > 0) return notModelled(run);
  if (has(options, 'c')) return (await created(run, name)) ?? ok();
  if (!has(options, 'r') && !has(options, 'R')) return notModelled(run);
  if (run.machine.jails.remove(name)) return ok();
  return fail(1, has(options, 'q') ? '' : `jail: "${name}" not found`);
};

/** rc.d/jail with a name behind the verb: it always succeeds, whatever became of the jail (13.2). */
export async function serviceJail(
  run: Invocation,
  verb: string,
  names: readonly string[],
): Promise<CommandResult> {
  const [name, ...more] = names;
  if (name === undefined || more.length > 0) return notModelled(run);
  if (verb === 'onestart') {
    const refused = await created(run, name);
    const how = refused === undefined ? ` ${name}` : ` cannot start jail  "${name}": \n${refused.stderr}`;
    return ok(`Starting jails:${how}.\n`);
  }
  if (verb === 'onestop') {
    const was = run.machine.jails.remove(name);
    return ok(`Stopping jails:${was ? ` ${name}` : ''}.\n`);
  }
  return notModelled(run);
}

async function created(run: Invocation, name: string): Promise<CommandResult | undefined> {
  try {
    await run.machine.jails.create(name);
    await run.machine.sleep(200);
    return undefined;
  } catch (error) {
    if (error instanceof JailError) return fail(1, error.message);
    throw error;
  }
}
