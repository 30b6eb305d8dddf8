import type { Machine } from '../world/machine.js';
import { networkOf } from '../world/network.js';
import { getopt, has, notModelled, ok, option, type Program } from './program.js';

export const netstat: Program = async (run) => {
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
