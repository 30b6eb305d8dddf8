import type { CommandResult } from '../types.js';
import { DevdSyntaxError } from './devd.js';
import { HastConfError } from './hast-conf.js';
import { configure, IfconfigError } from './ifconfig.js';
import type { Machine } from './machine.js';
import { parseAssignments, rcEnabled, rcValue, rcVariables } from './rcconf.js';
import { setSysctl } from './sysctl.js';

/** A base-system rc.d script. */
export interface BaseService {
  name: string;
  rcvar: string;
  /** Other services that it starts first when they do not run. */
  needs: readonly string[];
  /** Number of processes. */
  processes: number;
  extra: readonly string[];
}

const plain = (name: string, more: Partial<BaseService> = {}): BaseService => ({
  name,
  rcvar: `${name}_enable`,
  needs: [],
  processes: 1,
  extra: [],
  ...more,
});

/** In boot order. */
export const BASE_SERVICES: readonly BaseService[] = [
  plain('devd'),
  plain('syslogd', { extra: ['reload'] }),
  plain('hastd', { extra: ['reload'] }),
  plain('rpcbind'),
  plain('mountd', { extra: ['reload'] }),
  plain('nfsd', { rcvar: 'nfs_server_enable', needs: ['rpcbind', 'mountd'], processes: 2 }),
  plain('ctld', { extra: ['reload'] }),
  plain('cron'),
  plain('ntpd'),
  plain('sshd', { extra: ['reload'] }),
];
const LOCAL = '/usr/local/etc/rc.d';

const result = (code: number, stdout = '', stderr = ''): CommandResult => ({ code, stdout, stderr });

/** Pids of a running service, empty when it does not run. */
export function servicePids(machine: Machine, name: string): number[] {
  if (name === 'hastd') return machine.hastd.running ? [machine.hastd.pid] : [];
  if (name === 'devd') return machine.devd.running ? [machine.devd.pid] : [];
  return machine.daemons.get(name) ?? [];
}

/** `service NAME VERB` for a base script. */
export async function runBase(machine: Machine, service: BaseService, word: string): Promise<CommandResult> {
  const match =
    /^(one|force|fast|quiet)?(start|stop|restart|status|rcvar|reload|extracommands|enabled|poll)$/.exec(word);
  const verb = match?.[2];
  if (verb === undefined || verb === 'poll') {
    return result(1, '', `/etc/rc.d/${service.name}: unknown directive '${word}'.\n`);
  }
  const forced = match?.[1] === 'one' || match?.[1] === 'force';
  const running = servicePids(machine, service.name);
  const enabled = await rcEnabled(machine, service.rcvar);
  if (verb === 'rcvar') return result(0, rcvarText(service, enabled));
  if (verb === 'enabled') return result(enabled ? 0 : 1);
  if (!enabled && !forced && !(verb === 'stop' && running.length > 0)) {
    return result(
      0,
      `Cannot '${verb}' ${service.name}. Set ${service.rcvar} to YES in /etc/rc.conf or use 'one${verb}' instead of '${verb}'.\n`,
    );
  }
  if (verb === 'extracommands') return result(0, `${service.extra.join(' ')}\n`);
  if (verb === 'status') return status(service, running);
  if (verb === 'start') return start(machine, service, running);
  if (verb === 'stop') return stop(machine, service, running);
  if (verb === 'restart') return restart(machine, service, running);
  return reload(machine, service, running);
}

function rcvarText(service: BaseService, enabled: boolean): string {
  const about = service.name === 'hastd' ? 'hastd : Highly Available Storage daemon' : service.name;
  return `# ${about}\n#\n${service.rcvar}="${enabled ? 'YES' : 'NO'}"\n#   (default: "")\n\n`;
}

function status(service: BaseService, running: readonly number[]): CommandResult {
  return running.length === 0
    ? result(1, `${service.name} is not running.\n`)
    : result(0, `${service.name} is running as pid ${running.join(' ')}.\n`);
}

async function start(
  machine: Machine,
  service: BaseService,
  running: readonly number[],
): Promise<CommandResult> {
  if (running.length > 0) {
    return result(1, '', `${service.name} already running?  (pid=${running.join(' ')}).\n`);
  }
  let stdout = service.name === 'nfsd' ? 'NFSv4 is disabled\n' : '';
  for (const name of service.needs) {
    const needed = BASE_SERVICES.find((one) => one.name === name);
    if (needed === undefined || servicePids(machine, name).length > 0) continue;
    stdout += (await runBase(machine, needed, 'onestart')).stdout;
  }
  stdout += `Starting ${service.name}.\n`;
  try {
    await launch(machine, service);
  } catch (error) {
    const text = startFailure(error);
    if (text === undefined) throw error;
    return result(
      1,
      stdout,
      `${text}\n/etc/rc.d/${service.name}: WARNING: failed to start ${service.name}\n`,
    );
  }
  return result(0, stdout);
}

function startFailure(error: unknown): string | undefined {
  if (error instanceof DevdSyntaxError) return error.message;
  return error instanceof HastConfError ? `[ERROR] ${error.message}` : undefined;
}

async function launch(machine: Machine, service: BaseService): Promise<void> {
  if (service.name === 'hastd') return machine.hastd.start();
  if (service.name === 'devd') return machine.devd.start();
  const pids = Array.from({ length: service.processes }, () =>
    machine.addProcess({
      ppid: 1,
      user: 'root',
      command: `/usr/sbin/${service.name}`,
      title: service.name,
      state: 'Ss',
    }),
  );
  machine.daemons.set(service.name, pids);
  const seconds = { nfsd: 1.3, ctld: 0.4 }[service.name] ?? 0.1;
  await machine.sleep(seconds * 1000);
}

async function stop(
  machine: Machine,
  service: BaseService,
  running: readonly number[],
): Promise<CommandResult> {
  if (running.length === 0) {
    return result(1, '', `${service.name} not running? (check /var/run/${service.name}.pid).\n`);
  }
  const waits = ['hastd', 'nfsd', 'mountd'].includes(service.name);
  const waiting = waits ? `Waiting for PIDS: ${running.join(' ')}.\n` : '';
  if (service.name === 'hastd') await machine.hastd.stop();
  else if (service.name === 'devd') machine.devd.stop();
  else {
    for (const pid of running) machine.processes.delete(pid);
    machine.daemons.delete(service.name);
    await machine.sleep(250);
  }
  return result(0, `Stopping ${service.name}.\n${waiting}`);
}

async function restart(
  machine: Machine,
  service: BaseService,
  running: readonly number[],
): Promise<CommandResult> {
  const stopped = running.length === 0 ? result(0) : await stop(machine, service, running);
  const started = await start(machine, service, servicePids(machine, service.name));
  return result(started.code, stopped.stdout + started.stdout, stopped.stderr + started.stderr);
}

function reload(machine: Machine, service: BaseService, running: readonly number[]): CommandResult {
  if (!service.extra.includes('reload')) {
    return result(1, '', `/etc/rc.d/${service.name}: unknown directive 'reload'.\n`);
  }
  if (running.length === 0) {
    return result(1, '', `${service.name} not running? (check /var/run/${service.name}.pid).\n`);
  }
  if (service.name === 'hastd') machine.hastd.reload();
  return result(0);
}

/** rc.d scripts of /usr/local/etc/rc.d, with their KEYWORD and rcvar. */
export async function localScripts(
  machine: Machine,
): Promise<{ name: string; path: string; text: string }[]> {
  const names = (await machine.files.list(LOCAL)) ?? [];
  const scripts = [];
  for (const name of [...names].sort()) {
    const text = await machine.files.read(`${LOCAL}/${name}`);
    if (text !== undefined) scripts.push({ name, path: `${LOCAL}/${name}`, text });
  }
  return scripts;
}

/** Name of a local script's rcvar, by the usual forms of its assignment. */
export function rcvarOf(script: { name: string; text: string }): string {
  const name = /^\s*name=["']?([A-Za-z0-9_]+)/m.exec(script.text)?.[1] ?? script.name;
  const written = /^\s*rcvar=["']?([^"'\s]+)/m.exec(script.text)?.[1];
  return written === undefined ? `${name}_enable` : written.replace(/\$\{?name\}?/g, name);
}

/** Runs a local script's verb under the node's own sh. */
export function runLocal(
  machine: Machine,
  path: string,
  verb: string,
  signal?: AbortSignal,
): Promise<CommandResult> {
  const run = machine.host.shell.exec(['/bin/sh', path, verb], {
    env: { PATH: '/sbin:/bin:/usr/sbin:/usr/bin', HOME: '/' },
    signal: signal ?? machine.signal,
  });
  return machine.core.clock.outside(run);
}

/**
 * Measured §1 bounds it: a returning node that preempts (1.4 s at the latest) is MASTER before hastd runs, and
 * a pair that boots together gets its first MASTER (3.0 s) with hastd running.
 */
const NETIF_TO_HASTD_MS = 2000;

/** Boot from the loader to the local scripts, in rcorder's order (freebsd-facts §6). */
export async function bootSequence(machine: Machine): Promise<void> {
  const loader = parseAssignments((await machine.files.read('/boot/loader.conf')) ?? '');
  for (const [name, value] of loader) {
    if (name.endsWith('_load') && /^yes$/i.test(value)) machine.modules.add(name.slice(0, -5));
  }
  await applySysctlConf(machine);
  if (await rcEnabled(machine, 'zfs_enable')) {
    machine.modules.add('zfs');
    await machine.zfs.importCached();
  }
  await cleanVar(machine);
  await netif(machine);
  for (const service of BASE_SERVICES) {
    if (service.name === 'hastd') await machine.sleep(NETIF_TO_HASTD_MS);
    if (!(await rcEnabled(machine, service.rcvar)) || servicePids(machine, service.name).length > 0) continue;
    const started = await runBase(machine, service, 'start');
    if (started.code !== 0) machine.syslog('root', undefined, 'err', started.stderr.trim());
  }
  for (const script of await localScripts(machine)) {
    if (await rcEnabled(machine, rcvarOf(script))) await runLocal(machine, script.path, 'faststart');
  }
  await applySysctlConf(machine);
}

/** rc.d/cleanvar empties /var/run, and /tmp is a tmpfs. */
async function cleanVar(machine: Machine): Promise<void> {
  for (const directory of ['/var/run', '/tmp']) {
    for (const name of (await machine.files.list(directory)) ?? [])
      await machine.files.remove(`${directory}/${name}`);
  }
}

/** sysctl.conf is read twice, by sysctl and by sysctl_lastload. */
async function applySysctlConf(machine: Machine): Promise<void> {
  for (const line of ((await machine.files.read('/etc/sysctl.conf')) ?? '').split('\n')) {
    const match = /^\s*([a-z0-9_.]+)\s*=\s*(\S+)/.exec(line);
    if (match !== null) setSysctl(machine, match[1] ?? '', match[2] ?? '');
  }
}

async function netif(machine: Machine): Promise<void> {
  const variables = await rcVariables(machine);
  for (const nic of machine.interfaces.list) {
    const prefix = `ifconfig_${nic.name.replace(/[.\-/+]/g, '_')}`;
    const main = variables.get(prefix);
    if (main === undefined) continue;
    nic.up = true;
    const aliases = [...variables]
      .filter(([name]) => name.startsWith(`${prefix}_alias`))
      .sort(([a], [b]) => Number(a.replace(/^.*alias/, '')) - Number(b.replace(/^.*alias/, '')));
    for (const value of [main, ...aliases.map(([, words]) => words)]) {
      try {
        configure(machine, nic.name, value.trim().split(/\s+/));
      } catch (error) {
        if (!(error instanceof IfconfigError)) throw error;
        machine.syslog('root', undefined, 'err', `ifconfig: ${error.message}`);
      }
    }
    machine.kernel(`${nic.name}: link state changed to ${nic.carrier ? 'UP' : 'DOWN'}`);
  }
  machine.interfaces.gateway = await rcValue(machine, 'defaultrouter');
}

/** rc.shutdown: scripts with KEYWORD shutdown, in reverse order. */
export async function shutdownSequence(machine: Machine): Promise<void> {
  for (const script of (await localScripts(machine)).reverse()) {
    const wanted = /^#\s*KEYWORD:.*\bshutdown\b/m.test(script.text);
    if (wanted && (await rcEnabled(machine, rcvarOf(script))))
      await runLocal(machine, script.path, 'faststop');
  }
  for (const service of [...BASE_SERVICES].reverse()) {
    if (servicePids(machine, service.name).length > 0) await runBase(machine, service, 'onestop');
  }
}
