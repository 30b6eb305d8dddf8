import type { CommandResult } from '../types.js';
import { configure, describe, IfconfigError } from '../world/ifconfig.js';
import type { Machine } from '../world/machine.js';
import { isAddress, networkOf, reach } from '../world/network.js';
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

const route: Program = async (run) => {
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

/** ping(8): -c -t -q -W -i -n -o; 0 answered, 2 silent or no route. */
const ping: Program = async (run) => {
  const options = getopt(run.args, 'c:t:qW:i:noS:');
  const [name] = options?.rest ?? [];
  if (options === undefined || name === undefined || options.rest.length > 1) return notModelled(run);
  const host = await resolve(run.machine, name);
  if (host === undefined) return fail(68, `ping: cannot resolve ${name}: Host name lookup failure`);
  const count = Number(option(options, 'c') ?? 'Infinity');
  const limit = Number(option(options, 't') ?? 'Infinity') * 1000;
  if (!Number.isFinite(count) && !Number.isFinite(limit)) return notModelled(run, 'ping without -c or -t');
  const interval = Number(option(options, 'i') ?? '1') * 1000;
  const patience = Number(option(options, 'W') ?? '10000');
  return pingLoop(run, options, host, { count, limit, interval, patience });
};

async function pingLoop(
  run: Invocation,
  options: { given: [string, string][]; rest: string[] },
  host: string,
  plan: { count: number; limit: number; interval: number; patience: number },
): Promise<CommandResult> {
  const { clock } = run.world.core;
  const start = clock.now();
  let sent = 0;
  let answered = 0;
  let stderr = '';
  let stdout = `PING ${host} (${host}): 56 data bytes\n`;
  const left = (): number => plan.limit - (clock.now() - start);
  while (sent < plan.count && left() > 0) {
    const { reach: what } = reach(run.machine, host);
    sent++;
    const got = what === 'answered' || what === 'self';
    if (what === 'no-route' || what === 'refused-by-route') stderr += 'ping: sendto: No route to host\n';
    if (got) {
      answered++;
      await clock.sleep(1, run.signal);
      if (!options.given.some(([letter]) => letter === 'q')) {
        stdout += `64 bytes from ${host}: icmp_seq=${sent - 1} ttl=64 time=1.127 ms\n`;
      }
      if (options.given.some(([letter]) => letter === 'o')) break;
    }
    const last = sent >= plan.count;
    const wait = last ? (got ? 0 : plan.patience) : plan.interval;
    if (wait > 0) await clock.sleep(Math.max(0, Math.min(wait, left())), run.signal);
  }
  const loss = (((sent - answered) / sent) * 100).toFixed(1);
  stdout += `\n--- ${host} ping statistics ---\n`;
  stdout += `${sent} packets transmitted, ${answered} packets received, ${loss}% packet loss\n`;
  if (answered > 0) stdout += 'round-trip min/avg/max/stddev = 1.127/1.127/1.127/0.000 ms\n';
  return { code: answered > 0 ? 0 : 2, stdout, stderr };
}

/** Looks a name up in the node's /etc/hosts. */
export async function resolve(machine: Machine, name: string): Promise<string | undefined> {
  if (isAddress(name)) return name;
  for (const line of ((await machine.files.read('/etc/hosts')) ?? '').split('\n')) {
    const [address, ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (address !== undefined && isAddress(address) && names.includes(name)) return address;
  }
  return undefined;
}

/** nc(1) -z for a port, and -U on devd's pipe. */
const nc: Program = async (run) => {
  const options = getopt(run.args, 'zvnw:U');
  if (options === undefined) return notModelled(run);
  if (has(options, 'U')) return notModelled(run);
  const [host, port] = options.rest;
  if (!has(options, 'z') || host === undefined || port === undefined) return notModelled(run);
  const { reach: what, peer } = reach(run.machine, host);
  if (what === 'silent') {
    await run.world.core.clock.sleep(Number(option(options, 'w') ?? '75') * 1000, run.signal);
    return fail(1, '');
  }
  const owner = what === 'self' ? run.machine : peer;
  const open = owner !== undefined && listens(owner, Number(port));
  const why = owner === undefined ? 'No route to host' : 'Connection refused';
  const note = open
    ? `Connection to ${host} ${port} port [tcp/*] succeeded!\n`
    : `nc: connect to ${host} port ${port} (tcp) failed: ${why}\n`;
  return { code: open ? 0 : 1, stdout: '', stderr: has(options, 'v') ? note : '' };
};

function listens(machine: Machine, port: number): boolean {
  if (port === 22) return machine.daemons.has('sshd');
  if (port === 8457) return machine.hastd.running;
  if (port === 2049) return machine.daemons.has('nfsd');
  return port === 3260 && machine.daemons.has('ctld');
}

/** Longest listening; output of a program that is killed in the lab cannot reach its shell any more. */
const LISTEN_MS = 3500;

/**
 * tcpdump(1) only for listening to CARP. Guessed: no transcript of its output exists. It ends by itself after
 * LISTEN_MS, which the real one does not.
 */
const tcpdump: Program = async (run) => {
  const options = getopt(run.args, 'i:nlpqvtUc:s:T:');
  const nic = options === undefined ? undefined : run.machine.interfaces.get(option(options, 'i') ?? '');
  const filter = (options?.rest ?? []).join(' ');
  if (options === undefined || nic === undefined) return notModelled(run);
  if (!/^(ip )?(proto (112|carp|\\carp|vrrp|\\vrrp)|carp|vrrp)$/.test(filter)) return notModelled(run);
  const most = Number(option(options, 'c') ?? 'Infinity');
  const lines: string[] = [];
  const { clock } = run.world.core;
  let stop: () => void = () => undefined;
  const enough = new Promise<void>((resolve) => {
    const listener = (seen: {
      interface: string;
      ad: { vhid: number; advbase: number; advskew: number; from: string };
    }): void => {
      if (seen.interface !== nic.name) return;
      const { ad } = seen;
      lines.push(
        `IP ${ad.from} > 224.0.0.18: CARPv2-advertise 36: vhid=${ad.vhid} advbase=${ad.advbase} advskew=${ad.advskew} authlen=7 counter=1`,
      );
      if (lines.length >= most) resolve();
    };
    run.machine.carp.onAdvertisement.add(listener);
    stop = () => run.machine.carp.onAdvertisement.delete(listener);
  });
  try {
    await Promise.race([clock.outside(enough), clock.sleep(LISTEN_MS, run.signal)]);
  } finally {
    stop();
  }
  const text = lines.map((line) => `${line}\n`).join('');
  return { code: 0, stdout: text, stderr: `listening on ${nic.name}, link-type EN10MB (Ethernet)\n` };
};

export const networkCommands: Programs = { ifconfig, netstat, route, ping, nc, tcpdump };
