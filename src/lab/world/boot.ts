import { configure, IfconfigError } from './ifconfig.js';
import type { Machine } from './machine.js';
import { runBase, servicePids } from './rc.js';
import { localScripts, rcvarOf, runLocal } from './rc-local.js';
import { BASE_SERVICES } from './rc-services.js';
import { parseAssignments, rcEnabled, rcValue, rcVariables } from './rcconf.js';
import { setSysctl } from './sysctl.js';

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
