import type { CommandResult } from '../types.js';
import { CtlError } from './ctl.js';
import { DevdSyntaxError } from './devd.js';
import { HastConfError } from './hast-conf.js';
import type { Machine } from './machine.js';
import { NfsError } from './nfs.js';
import { BASE_SERVICES, type BaseService } from './rc-services.js';
import { rcEnabled } from './rcconf.js';

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

/** required_files of rc.subr. */
const REQUIRED_FILES: Readonly<Record<string, string>> = { mountd: '/etc/exports', ctld: '/etc/ctl.conf' };

/** Its processes are gone, by whatever way. */
function endDaemon(machine: Machine, name: string): void {
  for (const pid of servicePids(machine, name)) machine.processes.delete(pid);
  machine.daemons.delete(name);
  if (name === 'mountd') machine.nfs.stopMountd();
}

/** A signal ended a daemon that is no more than that; false: no such daemon has this pid. LUNs outlive a killed ctld. */
export function killedDaemon(machine: Machine, pid: number, signal: string): boolean {
  const name = [...machine.daemons].find(([, pids]) => pids.includes(pid))?.[0];
  if (name === undefined) return false;
  // nfsd ignores SIGTERM (nfsd.c).
  if (name === 'nfsd' && signal === 'TERM') return true;
  endDaemon(machine, name);
  if (name === 'ctld' && signal === 'TERM') machine.ctl.stop();
  return true;
}

export async function start(
  machine: Machine,
  service: BaseService,
  running: readonly number[],
): Promise<CommandResult> {
  if (running.length > 0) {
    return result(1, '', `${service.name} already running?  (pid=${running.join(' ')}).\n`);
  }
  const required = REQUIRED_FILES[service.name];
  if (required !== undefined && !(await machine.files.exists(required))) {
    return result(1, '', `/etc/rc.d/${service.name}: WARNING: ${required} is not readable.\n`);
  }
  const fourth = await rcEnabled(machine, 'nfsv4_server_enable');
  let stdout = service.name === 'nfsd' && !fourth ? 'NFSv4 is disabled\n' : '';
  for (const name of service.needs) {
    const needed = BASE_SERVICES.find((one) => one.name === name);
    if (needed === undefined || servicePids(machine, name).length > 0) continue;
    stdout += (await runBase(machine, needed, 'onestart')).stdout;
  }
  stdout += `Starting ${service.name}.\n`;
  try {
    await launch(machine, service);
  } catch (error) {
    // It is a daemon by then: its script has succeeded (nfsd.c, main).
    if (error instanceof NfsError) return result(0, stdout);
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
  if (error instanceof DevdSyntaxError || error instanceof CtlError) return error.message;
  return error instanceof HastConfError ? `[ERROR] ${error.message}` : undefined;
}

async function launch(machine: Machine, service: BaseService): Promise<void> {
  if (service.name === 'hastd') return machine.hastd.start();
  if (service.name === 'devd') return machine.devd.start();
  if (service.name === 'ctld') await machine.ctl.start();
  if (service.name === 'mountd') await machine.nfs.startMountd();
  if (service.name === 'nfsd') await machine.nfs.startNfsd();
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
    endDaemon(machine, service.name);
    if (service.name === 'ctld') machine.ctl.stop();
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

export async function reload(
  machine: Machine,
  service: BaseService,
  running: readonly number[],
): Promise<CommandResult> {
  if (!service.extra.includes('reload')) {
    return result(1, '', `/etc/rc.d/${service.name}: unknown directive 'reload'.\n`);
  }
  if (running.length === 0) {
    return result(1, '', `${service.name} not running? (check /var/run/${service.name}.pid).\n`);
  }
  if (service.name === 'hastd') machine.hastd.reload();
  if (service.name === 'mountd') await machine.nfs.readExports();
  if (service.name === 'ctld') {
    // What cannot be applied is told to syslog, and the rest goes on (ctld.c, main loop).
    await machine.ctl.start().catch((error: unknown) => {
      if (!(error instanceof CtlError)) throw error;
      machine.syslog('ctld', undefined, 'err', error.message);
    });
  }
  return result(0);
}
