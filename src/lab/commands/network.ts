import type { CommandResult } from '../types.js';
import { configure, describe, IfconfigError } from '../world/ifconfig.js';
import type { Machine } from '../world/machine.js';
import { isAddress, networkOf } from '../world/network.js';
import { nc, ping, tcpdump } from './probes.js';
import {
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

const netstat: Program = async (run) => {
  const options = getopt(run.args, 'rnf:sp:W');
  if (options === undefined) return notModelled(run);
  if (has(options, 'r') && (option(options, 'f') ?? 'inet') === 'inet') return ok(routes(run.machine));
  if (has(options, 's') && option(options, 'p') === 'carp') return ok(carpStatistics(run.machine));
  return notModelled(run);
};

function routes(machine: Machine): string {
  const { interfaces } = machine;
  const row = (to: string, via: string, flags: string, nic: string): string =>
    `${to.padEnd(18)} ${via.padEnd(18)} ${flags.padEnd(8)} ${nic.padStart(6)}`;
  const rows: string[] = [];
  const gateway = interfaces.gateway;
  const out = gateway === undefined ? undefined : interfaces.towards(gateway);
  const list: [string, string][] = [];
  for (const nic of interfaces.list) {
    const link = `link#${nic.index}`;
    for (const own of nic.addresses) {
      if (nic.name === 'lo0') list.push([own.address, row(own.address, link, 'UH', 'lo0')]);
      else {
        const net = `${networkOf(own.address, own.prefixLength)}/${own.prefixLength}`;
        list.push([net, row(net, link, 'U', nic.name)]);
        list.push([own.address, row(own.address, link, 'UHS', 'lo0')]);
      }
    }
  }
  for (const host of interfaces.rejected) list.push([host, row(host, '127.0.0.1', 'UHRS', 'lo0')]);
  for (const [host, via] of interfaces.hostRoutes) {
    list.push([host, row(host, via, 'UGHS', interfaces.towards(via)?.name ?? 'lo0')]);
  }
  if (gateway !== undefined && out !== undefined) rows.push(row('default', gateway, 'UGS', out.name));
  list.sort(([a], [b]) => compareAddresses(a, b));
  rows.push(...new Set(list.map(([, text]) => text)));
  return `Routing tables\n\nInternet:\nDestination        Gateway            Flags     Netif Expire\n${rows.join('\n')}\n`;
}

function compareAddresses(a: string, b: string): number {
  const numbers = (text: string): number[] => text.split(/[./]/).map(Number);
  const left = numbers(a);
  const right = numbers(b);
  for (let at = 0; at < 5; at++) {
    const difference = (left[at] ?? -1) - (right[at] ?? -1);
    if (difference !== 0) return at === 4 ? -difference : difference;
  }
  return 0;
}

function carpStatistics(machine: Machine): string {
  const { received, badAuthentication, sent } = machine.carp.statistics;
  return [
    'carp:',
    `\t${received} packets received (IPv4)`,
    '\t0 packets received (IPv6)',
    '\t\t0 packets discarded for wrong TTL',
    '\t\t0 packets shorter than header',
    '\t\t0 discarded for bad checksums',
    '\t\t0 discarded packets with a bad version',
    '\t\t0 discarded because packet too short',
    `\t\t${badAuthentication} discarded for bad authentication`,
    '\t\t0 discarded for bad vhid',
    '\t\t0 discarded because of a bad address list',
    `\t${sent} packets sent (IPv4)`,
    '\t0 packets sent (IPv6)',
    '\t\t0 send failed due to mbuf memory error',
    '',
  ].join('\n');
}

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
