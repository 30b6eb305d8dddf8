import type { CommandResult } from '../types.js';
import type { Machine } from '../world/machine.js';
import { isAddress, reach } from '../world/network.js';
import { fail, getopt, has, type Invocation, notModelled, option, type Program } from './program.js';

/** ping(8): -c -t -q -W -i -n -o -D -s (any size passes); 0 answered, 2 silent or no route. */
export const ping: Program = async (run) => {
  const options = getopt(run.args, 'c:t:qW:i:noS:Ds:');
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
export const nc: Program = async (run) => {
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
export const tcpdump: Program = async (run) => {
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
