import type { ClusterSpec } from '../../spec/types.js';
import { failed, warning } from '../finding.js';
import type { Finding } from '../types.js';

/** What one node heard of CARP in some seconds, and what its kernel counted meanwhile. */
export interface Heard {
  node: string;
  /** Its own addresses on the CARP interface. */
  addresses: readonly string[];
  state: 'INIT' | 'BACKUP' | 'MASTER';
  /** tcpdump could listen at all. */
  listened: boolean;
  /** Source addresses of the pair's vhid, its own included. tcpdump hears before any firewall. */
  speakers: readonly string[];
  received: number;
  sent: number;
  badAuthentication: number;
  badAddresses: number;
  /** pf filters on it. */
  filters: boolean;
  /** net.inet.carp.allow. */
  allowed: boolean;
  /** The other node's own address on this network answers. */
  lanAnswers?: boolean;
}

/** Whether pings to multicast groups came through from one node to the other. */
export interface Multicast {
  from: string;
  to: string;
  /** CARP's own group. */
  group: boolean;
  /** The group that no switch may hold back. */
  allHosts: boolean;
}

/** Who is not heard and why; strangers on the same VHID. Pure. */
export function judgeHearing(
  spec: ClusterSpec,
  heard: readonly Heard[],
  multicast: readonly Multicast[],
): Finding[] {
  const known = new Set(heard.flatMap(({ addresses }) => addresses));
  const complete = heard.length === 2 && heard.every(({ addresses }) => addresses.length > 0);
  const foreign = complete
    ? [...new Set(heard.flatMap(({ speakers }) => speakers))].filter((address) => !known.has(address))
    : [];
  const strangers = foreign.map((address) =>
    failed(
      undefined,
      `another machine, ${address}, advertises VHID ${spec.carp.vhid} on this network`,
      'set carp.vhid to another number, then hastconf apply; or switch that machine off',
    ),
  );
  const deaf = heard.filter(({ listened }) => !listened);
  const unheard = deaf.map(({ node }) =>
    warning(
      node,
      `tcpdump does not listen on ${node}: what it hears is not known`,
      `on ${node}: tcpdump -n proto 112`,
    ),
  );
  const [first, second] = heard;
  if (!first || !second || !complete || deaf.length > 0) return [...strangers, ...unheard];
  return [
    ...strangers,
    ...direction(spec, first, second, multicast),
    ...direction(spec, second, first, multicast),
  ];
}

/** Whether `to` hears `from`, if `from` speaks; the first cause that explains it. */
function direction(spec: ClusterSpec, from: Heard, to: Heard, multicast: readonly Multicast[]): Finding[] {
  if (from.state !== 'MASTER') return [];
  const heard = from.addresses.some((address) => to.speakers.includes(address));
  const both = to.state === 'MASTER';
  if (heard) return both || to.badAuthentication > 0 ? refusedBy(spec, from, to) : [];
  const saw = both ? `both are MASTER, and ${to.node}` : to.node;
  return [lost(spec, `${saw} does not hear ${from.node}`, from, to, multicast)];
}

/** It arrives at the wire of `to`, and its kernel does not take it. */
function refusedBy(spec: ClusterSpec, from: Heard, to: Heard): Finding[] {
  const saw = `${to.node} hears the advertisements of ${from.node}`;
  if (to.badAuthentication > 0 || to.badAddresses > 0) {
    const what = `and refuses them (${to.badAuthentication + to.badAddresses} in some seconds)`;
    const fix = `the passwords or the addresses of VHID ${spec.carp.vhid} differ: hastconf doctor carp-identity, then hastconf apply`;
    return [failed(to.node, `${saw}, ${what}`, fix)];
  }
  if (!to.allowed) {
    return [failed(to.node, `${saw}, but CARP is off there`, `on ${to.node}: sysctl net.inet.carp.allow=1`)];
  }
  if (to.received > 0) {
    // Also seen in the second after an election.
    const fix =
      'look again in some seconds; if it stays, compare advbase and advskew: ifconfig on both nodes';
    return [warning(to.node, `${saw} and takes them, and is MASTER all the same`, fix)];
  }
  const fix = to.filters
    ? `let CARP in on ${to.node}, in /etc/pf.conf: pass in quick proto carp; then: pfctl -f /etc/pf.conf`
    : `look for a firewall on ${to.node} (pf, ipfw, ipfilter) that drops protocol 112`;
  return [failed(to.node, `${saw} on the wire, but its kernel gets none: a firewall drops them`, fix)];
}

function lost(
  spec: ClusterSpec,
  saw: string,
  from: Heard,
  to: Heard,
  multicast: readonly Multicast[],
): Finding {
  if (from.sent === 0) {
    const fix = from.filters
      ? `let CARP out on ${from.node}, in /etc/pf.conf: pass out quick proto carp; then: pfctl -f /etc/pf.conf`
      : `on ${from.node}: netstat -sp carp (send failed), dmesg, a firewall that drops protocol 112`;
    return failed(from.node, `${saw}: ${from.node} sends none`, fix);
  }
  if (to.lanAnswers === false) {
    const fix =
      'check cable, port and VLAN of the CARP interfaces, and that nothing else has their addresses';
    return failed(undefined, `${saw}: the two do not reach each other on this network at all`, fix);
  }
  const tried = multicast.find((one) => one.from === from.node && one.to === to.node);
  if (!tried) {
    const fix =
      'check IGMP snooping of the switch, and promiscuous mode and forged transmits of the hypervisor';
    return failed(undefined, `${saw}: they are lost on the way`, fix);
  }
  return failed(undefined, ...cause(spec, saw, tried));
}

/** What else is lost on the same way tells who drops it. */
function cause(spec: ClusterSpec, saw: string, { group, allHosts }: Multicast): [string, string] {
  if (group) {
    return [
      `${saw}: packets to the same group arrive from its own MAC address, those from CARP's do not`,
      `the hypervisor drops frames from 00:00:5e:00:01:${spec.carp.vhid.toString(16).padStart(2, '0')}: allow forged transmits, MAC address changes and promiscuous mode for both machines (VMware port group; VirtualBox: promiscuous mode "allow all"; Hyper-V: MAC address spoofing)`,
    ];
  }
  if (allHosts) {
    return [
      `${saw}: packets to all hosts arrive, those to 224.0.0.18 do not (IGMP snooping)`,
      'turn IGMP snooping off for this VLAN, or make the group 224.0.0.18 static on both ports; on FreeBSD 14: carp.unicast: true',
    ];
  }
  return [
    `${saw}: no multicast arrives, and ordinary packets do`,
    'the switch, the cloud network or a filter of the hypervisor drops multicast: allow it between the two ports; on FreeBSD 14: carp.unicast: true',
  ];
}
