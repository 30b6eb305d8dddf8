import type { CommandResult } from '../types.js';
import { configure, describe, IfconfigError } from '../world/ifconfig.js';
import { isAddress } from '../world/network.js';
import { netstat } from './netstat.js';
import { nc, ping, tcpdump } from './probes.js';
import {
  fail,
  getopt,
  has,
  type Invocation,
  notModelled,
  ok,
  type Program,
  type Programs,
} from './program.js';

const ifconfig: Program = async (run) => {
  const options = getopt(run.args, 'aklmnvu');
  if (options === undefined || has(options, 'v') || has(options, 'u')) return notModelled(run);
  const nics = run.machine.interfaces.list;
  if (has(options, 'l')) return ok(`${nics.map((nic) => nic.name).join(' ')}\n`);
  const words = options.rest;
  const [first] = words;
  const everything = has(options, 'a') || first === undefined;
  const family = everything ? words : words.slice(1);
  const only = { inetOnly: family[0] === 'inet' && family.length === 1, keys: has(options, 'k') };
  if (everything && (family.length === 0 || only.inetOnly)) {
    return ok(nics.map((nic) => describe(run.machine, nic, only)).join(''));
  }
  if (everything || first === undefined) return notModelled(run);
  const nic = run.machine.interfaces.get(first);
  if (nic === undefined) return fail(1, `ifconfig: interface ${first} does not exist`);
  if (words.length === 1 || only.inetOnly) return ok(describe(run.machine, nic, only));
  try {
    configure(run.machine, first, words.slice(1));
  } catch (error) {
    if (!(error instanceof IfconfigError)) throw error;
    return error.modelled ? fail(1, `ifconfig: ${error.message}`) : fail(127, error.message);
  }
  return ok();
};

export const route: Program = async (run) => {
  const words = run.args.filter((word) => !['-q', '-n', '-host', '-inet', '-4'].includes(word));
  const quiet = run.args.includes('-q');
  const [verb, host, ...more] = words;
  const { interfaces } = run.machine;
  if (verb === 'get' && host !== undefined && more.length === 0) return routeGet(run, host);
  if (host === undefined || !isAddress(host)) return notModelled(run);
  const exists = interfaces.rejected.has(host) || interfaces.hostRoutes.has(host);
  if (verb === 'add') {
    const [via] = more;
    if (
      via === undefined ||
      !isAddress(via) ||
      more.some((word) => word.startsWith('-') && word !== '-reject')
    ) {
      return notModelled(run);
    }
    if (exists) return fail(1, quiet ? '' : `add host ${host}: gateway ${via} fib 0: route already in table`);
    if (more.includes('-reject')) interfaces.rejected.add(host);
    else interfaces.hostRoutes.set(host, via);
    run.machine.hastd.linkChanged();
    return ok(quiet ? '' : `add host ${host}: gateway ${via}\n`);
  }
  if (verb !== 'delete' && verb !== 'del') return notModelled(run);
  if (!exists) return fail(1, 'route: route has not been found');
  interfaces.rejected.delete(host);
  interfaces.hostRoutes.delete(host);
  run.machine.hastd.linkChanged();
  return ok(quiet ? '' : `delete host ${host}\n`);
};

function routeGet(run: Invocation, host: string): CommandResult {
  const { interfaces } = run.machine;
  if (host !== 'default') return notModelled(run);
  const { gateway } = interfaces;
  if (gateway === undefined) return fail(1, 'route: route has not been found');
  return ok(
    `   route to: default\ndestination: default\n       mask: default\n    gateway: ${gateway}\n        fib: 0\n` +
      `  interface: ${interfaces.towards(gateway)?.name ?? ''}\n      flags: <UP,GATEWAY,DONE,STATIC>\n`,
  );
}

export const networkCommands: Programs = { ifconfig, netstat, route, ping, nc, tcpdump };
