import type { Machine } from './machine.js';
import { broadcastOf, hexMask, type Interface, isAddress } from './network.js';

/** A refusal in ifconfig's words; `modelled` false means that the lab does not know the option. */
export class IfconfigError extends Error {
  constructor(
    message: string,
    readonly modelled = true,
  ) {
    super(message);
  }
}

interface Change {
  vhid?: number;
  advbase?: number;
  advskew?: number;
  password?: string;
  state?: 'MASTER' | 'BACKUP';
  address?: { address: string; prefixLength: number };
  remove: boolean;
}

/** Applies `ifconfig INTERFACE words…`. Throws IfconfigError. */
export function configure(machine: Machine, name: string, words: readonly string[]): void {
  const nic = machine.interfaces.get(name);
  if (nic === undefined) throw new IfconfigError(`interface ${name} does not exist`);
  const change = parse(machine, nic, words);
  if (change.vhid !== undefined && !machine.modules.has('carp')) {
    throw new IfconfigError('SIOCGVH: Protocol not supported');
  }
  if (change.remove) remove(machine, nic, change);
  else apply(machine, nic, change);
}

function parse(machine: Machine, nic: Interface, words: readonly string[]): Change {
  const change: Change = { remove: false };
  const value = (at: number): string => {
    const word = words[at];
    if (word === undefined) throw new IfconfigError(`'${words[at - 1]}' requires argument`);
    return word;
  };
  for (let at = 0; at < words.length; at++) {
    const word = words[at] ?? '';
    if (word === 'inet' || word === 'alias' || word === 'add') continue;
    if (word === '-alias' || word === 'delete' || word === 'remove') change.remove = true;
    else if (word === 'up' || word === 'down') {
      nic.up = word === 'up';
      machine.carp.interfaceChanged(nic.name);
    } else if (word === 'vhid') change.vhid = number(value(++at), 1, 255, 'vhid');
    else if (word === 'advbase') change.advbase = number(value(++at), 1, 255, 'advbase');
    else if (word === 'advskew') change.advskew = number(value(++at), 0, 254, 'advskew');
    // strlcpy into 20 bytes: longer passwords are cut without a word.
    else if (word === 'pass') change.password = value(++at).slice(0, 19);
    else if (word === 'state') change.state = stateOf(value(++at));
    else if (word === 'netmask') setMask(change, value(++at));
    else if (word === 'broadcast') at++;
    else if (word === 'mtu') nic.mtu = Number(value(++at));
    else change.address = address(word);
  }
  return change;
}

function number(text: string, least: number, most: number, what: string): number {
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most) {
    throw new IfconfigError(`${what} must be greater than ${least - 1} and less than ${most + 1}`);
  }
  return value;
}

function stateOf(text: string): 'MASTER' | 'BACKUP' {
  const upper = text.toUpperCase();
  if (upper !== 'MASTER' && upper !== 'BACKUP') throw new IfconfigError('unknown state');
  return upper;
}

function setMask(change: Change, text: string): void {
  if (change.address === undefined)
    throw new IfconfigError('lab: not modelled: netmask before the address', false);
  const bits = text.startsWith('0x')
    ? Number(text).toString(2)
    : text
        .split('.')
        .map((part) => Number(part).toString(2).padStart(8, '0'))
        .join('');
  change.address.prefixLength = bits.replace(/0+$/, '').length;
}

function address(word: string): { address: string; prefixLength: number } {
  const [host = '', length] = word.split('/');
  if (!isAddress(host)) {
    if (word.startsWith('-') || /^[a-z][a-z0-9_]*$/.test(word)) {
      throw new IfconfigError(`lab: not modelled: ifconfig ${word}`, false);
    }
    throw new IfconfigError(`${word}: bad value`);
  }
  return { address: host, prefixLength: length === undefined ? 24 : Number(length) };
}

function remove(machine: Machine, nic: Interface, change: Change): void {
  const at = nic.addresses.findIndex((own) => own.address === change.address?.address);
  const found = nic.addresses[at];
  if (found === undefined) throw new IfconfigError("ioctl (SIOCDIFADDR): Can't assign requested address");
  nic.addresses.splice(at, 1);
  const vhid = found.vhid === undefined ? undefined : machine.carp.get(nic.name, found.vhid);
  if (vhid !== undefined) machine.carp.attached(vhid);
}

function apply(machine: Machine, nic: Interface, change: Change): void {
  if (change.vhid === undefined && (change.advskew !== undefined || change.state !== undefined)) {
    throw new IfconfigError('vhid must be set');
  }
  const vhid = change.vhid === undefined ? undefined : machine.carp.ensure(nic.name, change.vhid);
  if (vhid !== undefined) {
    vhid.advbase = change.advbase ?? vhid.advbase;
    vhid.advskew = change.advskew ?? vhid.advskew;
    vhid.password = change.password ?? vhid.password;
  }
  if (change.address !== undefined) {
    const own = nic.addresses.find((one) => one.address === change.address?.address);
    const entry = { ...change.address, ...(vhid === undefined ? {} : { vhid: vhid.vhid }) };
    if (own === undefined) nic.addresses.push(entry);
    else Object.assign(own, entry);
    if (change.vhid === undefined || nic.network !== undefined) nic.up = true;
    if (vhid !== undefined && own?.vhid !== vhid.vhid) machine.carp.attached(vhid);
    return;
  }
  // Timers run on: a new advskew goes out with the next advertisement, up to a second later (measured §2).
  if (vhid === undefined) return;
  if (change.state !== undefined) machine.carp.force(vhid, change.state);
}

/** `ifconfig` output for one interface; `family` leaves out what `ifconfig -a inet` leaves out. */
export function describe(
  machine: Machine,
  nic: Interface,
  options: { inetOnly: boolean; keys: boolean },
): string {
  const { inetOnly } = options;
  const lines = [...head(machine, nic)];
  if (!inetOnly && nic.ether !== '') lines.push(`\tether ${nic.ether}`);
  if (nic.name === 'lo0' && !inetOnly) {
    lines.push('\tinet6 ::1 prefixlen 128', '\tinet6 fe80::1%lo0 prefixlen 64 scopeid 0x4');
  }
  for (const own of nic.addresses) {
    const broadcast = nic.name === 'lo0' ? '' : ` broadcast ${broadcastOf(own.address, own.prefixLength)}`;
    const vhid = own.vhid === undefined ? '' : ` vhid ${own.vhid}`;
    lines.push(`\tinet ${own.address} netmask ${hexMask(own.prefixLength)}${broadcast}${vhid}`);
  }
  if (inetOnly) return lines.map((line) => `${line}\n`).join('');
  for (const one of machine.carp.of(nic.name)) {
    const key = options.keys && one.password !== '' ? ` key "${one.password}"` : '';
    lines.push(`\tcarp: ${one.state} vhid ${one.vhid} advbase ${one.advbase} advskew ${one.advskew}${key}`);
  }
  if (nic.name === 'lo0') lines.push('\tgroups: lo', '\tnd6 options=21<PERFORMNUD,AUTO_LINKLOCAL>');
  else {
    lines.push('\tmedia: Ethernet autoselect (10Gbase-T <full-duplex>)');
    lines.push(`\tstatus: ${nic.carrier ? 'active' : 'no carrier'}`);
    lines.push('\tnd6 options=29<PERFORMNUD,IFDISABLED,AUTO_LINKLOCAL>');
  }
  return lines.map((line) => `${line}\n`).join('');
}

function head(machine: Machine, nic: Interface): string[] {
  if (nic.name === 'lo0') {
    return [
      `lo0: flags=8049<UP,LOOPBACK,RUNNING,MULTICAST> metric 0 mtu ${nic.mtu}`,
      '\toptions=680003<RXCSUM,TXCSUM,LINKSTATE,RXCSUM_IPV6,TXCSUM_IPV6>',
    ];
  }
  const promiscuous = machine.carp.of(nic.name).length > 0;
  const names = [
    ...(nic.up ? ['UP'] : []),
    'BROADCAST',
    ...(nic.up ? ['RUNNING'] : []),
    ...(promiscuous ? ['PROMISC'] : []),
    'SIMPLEX',
    'MULTICAST',
  ];
  const bits: Readonly<Record<string, number>> = {
    UP: 0x1,
    BROADCAST: 0x2,
    RUNNING: 0x40,
    PROMISC: 0x100,
    SIMPLEX: 0x800,
    MULTICAST: 0x8000,
  };
  // The permanent IFF_DRV and allmulti bits of vtnet are what is left of the measured 8863.
  const flags = names.reduce((sum, flag) => sum | (bits[flag] ?? 0), 0x20);
  return [
    `${nic.name}: flags=${flags.toString(16)}<${names.join(',')}> metric 0 mtu ${nic.mtu}`,
    '\toptions=80028<VLAN_MTU,JUMBO_MTU,LINKSTATE>',
  ];
}
