import type { CommandResult } from '../types.js';
import { runBase } from '../world/rc.js';
import { localScripts, rcvarOf, runLocal } from '../world/rc-local.js';
import { BASE_SERVICES } from '../world/rc-services.js';
import { rcEnabled } from '../world/rcconf.js';
import { fail, type Invocation, notModelled, ok } from './program.js';
import { serviceJail } from './served.js';

/** Scripts that `service -e` names on a machine as measured, before those that can be switched here. */
const ALWAYS = [
  'hostid',
  'hostid_save',
  'cleanvar',
  'rctl',
  'kldxref',
  'ip6addrctl',
  'mixer',
  'devmatch',
  'netif',
  'resolv',
];

/** service(8): base scripts are modelled, local ones run under the node's own sh. */
export async function service(run: Invocation): Promise<CommandResult> {
  const [name, verb, ...more] = run.args;
  if (name === '-e') return listEnabled(run);
  if (name === '-l' && verb === undefined) return listAll(run);
  if (name === '-r' && verb === undefined) return listOrder(run);
  if (name === undefined || name.startsWith('-')) return notModelled(run);
  if (verb === undefined) return notModelled(run);
  if (name === 'jail') return serviceJail(run, verb, more);
  const base = BASE_SERVICES.find((one) => one.name === name);
  if (base !== undefined) return runBase(run.machine, base, verb);
  const local = (await localScripts(run.machine)).find((one) => one.name === name);
  if (local !== undefined && more.length === 0) return runLocal(run.machine, local.path, verb, run.signal);
  if (local !== undefined) return notModelled(run);
  return fail(
    1,
    `${name} does not exist in /etc/rc.d or the local startup\n` +
      'directories (/usr/local/etc/rc.d), or is not executable',
  );
}

async function listEnabled(run: Invocation): Promise<CommandResult> {
  const lines = ALWAYS.map((one) => `/etc/rc.d/${one}`);
  for (const one of BASE_SERVICES) {
    if (await rcEnabled(run.machine, one.rcvar)) lines.push(`/etc/rc.d/${one.name}`);
  }
  for (const one of await localScripts(run.machine)) {
    if (await rcEnabled(run.machine, rcvarOf(one))) lines.push(one.path);
  }
  return ok(`${lines.join('\n')}\n`);
}

/** As rcorder(8) sorts them: a local script behind the last one that it requires. */
async function listOrder(run: Invocation): Promise<CommandResult> {
  const order = [...ALWAYS, ...BASE_SERVICES.map((one) => one.name)].map((one) => `/etc/rc.d/${one}`);
  for (const { path, text } of await localScripts(run.machine)) {
    const required = /^# REQUIRE:(.*)$/m.exec(text)?.[1]?.trim().split(/\s+/) ?? [];
    const last = Math.max(
      -1,
      ...required.map((one) => order.findIndex((known) => known.endsWith(`/${one}`))),
    );
    order.splice(last + 1, 0, path);
  }
  return ok(`${order.join('\n')}\n`);
}

async function listAll(run: Invocation): Promise<CommandResult> {
  const names = [...ALWAYS, ...BASE_SERVICES.map((one) => one.name)];
  const local = (await localScripts(run.machine)).map((one) => one.name);
  return ok(`${[...names.sort(), ...local].join('\n')}\n`);
}

/** hastd(8) started by hand; without -F it goes to the background. */
export async function hastd(run: Invocation): Promise<CommandResult> {
  if (run.args.length > 0) return notModelled(run);
  const service_ = BASE_SERVICES.find((one) => one.name === 'hastd');
  if (service_ === undefined) return notModelled(run);
  const started = await runBase(run.machine, service_, 'onestart');
  return { ...started, stdout: '' };
}
