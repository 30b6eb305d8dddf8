import type { AddressFacts, CarpFacts, InterfaceFacts } from './types.js';

export function interfacesCommand(): string {
  return 'frame interfaces ifconfig -a\n';
}

interface Draft {
  name: string;
  up: boolean;
  carrier?: boolean;
  mtu: number;
  addresses: AddressFacts[];
  carp: CarpFacts[];
}

/** `ifconfig -a` of 8.x to 15. Lines that it does not know are left out. */
export function parseInterfaces(text: string): InterfaceFacts[] {
  const interfaces: Draft[] = [];
  for (const line of text.split('\n')) {
    const head = /^([^\s:][^\s:]*): flags=[0-9a-f]+(?:<([^>]*)>)?.*?(?: mtu (\d+))?$/.exec(line);
    if (head) {
      interfaces.push({
        name: head[1]!,
        up: (head[2] ?? '').split(',').includes('UP'),
        mtu: Number(head[3] ?? 0),
        addresses: [],
        carp: [],
      });
      continue;
    }
    const current = interfaces.at(-1);
    if (current && /^\s/.test(line)) readDetail(current, line.trim());
  }
  for (const one of interfaces) claimAddresses(one);
  return interfaces;
}

function readDetail(current: Draft, line: string): void {
  const words = line.split(/\s+/);
  if (words[0] === 'inet' || words[0] === 'inet6') {
    const address = parseAddress(words);
    if (address) current.addresses.push(address);
  } else if (words[0] === 'carp:') {
    const carp = parseCarp(words);
    if (carp) current.carp.push(carp);
  } else if (words[0] === 'vrrp:') {
    const vrrp = parseVrrp(words);
    if (vrrp) current.carp.push(vrrp);
  } else if (words[0] === 'status:') {
    // "associated" is wireless for "active"; "inactive" and "no carrier" are both no link.
    current.carrier = words[1] === 'active' || words[1] === 'associated';
  }
}

/** `inet A [--> B] netmask 0xM [broadcast B] [vhid N]`, `inet6 A%scope prefixlen N [scopeid 0xN] [vhid N]`. */
function parseAddress(words: readonly string[]): AddressFacts | undefined {
  const [family, written] = words;
  if (written === undefined) return undefined;
  const [host, slash] = written.split('/');
  const address = host!.split('%')[0]!;
  const vhid = numberAfter(words, 'vhid');
  const owner = vhid === undefined ? {} : { vhid };
  if (family === 'inet6') {
    const prefixLength = slash === undefined ? numberAfter(words, 'prefixlen') : Number(slash);
    return { family: 6, address, prefixLength: prefixLength ?? 128, ...owner };
  }
  const prefixLength = slash === undefined ? maskLength(wordAfter(words, 'netmask')) : Number(slash);
  return { family: 4, address, prefixLength, ...owner };
}

/** Bits of `0xffffff00` or of a dotted mask; 32 without one. */
function maskLength(mask: string | undefined): number {
  if (mask === undefined) return 32;
  const bits = mask.startsWith('0x')
    ? Number(mask).toString(2)
    : mask
        .split('.')
        .map((part) => Number(part).toString(2))
        .join('');
  return bits.replaceAll('0', '').length;
}

/** `carp: MASTER vhid 1 advbase 1 advskew 0 [key "…"]`; the key is never asked for and never read. */
function parseCarp(words: readonly string[]): CarpFacts | undefined {
  const state = stateOf(words[1]);
  const vhid = numberAfter(words, 'vhid');
  if (!state || vhid === undefined) return undefined;
  return {
    vhid,
    state,
    advbase: numberAfter(words, 'advbase') ?? 1,
    advskew: numberAfter(words, 'advskew') ?? 0,
  };
}

/** FreeBSD 15: `vrrp: MASTER vrid 1 prio 100 interval 100`. It takes the vhid's number all the same. */
function parseVrrp(words: readonly string[]): CarpFacts | undefined {
  const state = stateOf(words[1]);
  const vhid = numberAfter(words, 'vrid');
  if (!state || vhid === undefined) return undefined;
  const priority = numberAfter(words, 'prio') ?? 0;
  return {
    vhid,
    state,
    advbase: 0,
    advskew: 0,
    vrrp: { priority, interval: numberAfter(words, 'interval') ?? 0 },
  };
}

function stateOf(word: string | undefined): CarpFacts['state'] | undefined {
  return word === 'INIT' || word === 'BACKUP' || word === 'MASTER' ? word : undefined;
}

/** Up to 9.x the vhid is an interface of its own (carp0), and its addresses do not repeat the number. */
function claimAddresses(one: Draft): void {
  const vhid = one.carp.length === 1 ? one.carp[0]!.vhid : undefined;
  if (vhid === undefined || !/^carp\d+$/.test(one.name)) return;
  one.addresses = one.addresses.map((address) => ({ ...address, vhid }));
}

function wordAfter(words: readonly string[], key: string): string | undefined {
  const at = words.indexOf(key);
  return at < 0 ? undefined : words[at + 1];
}

function numberAfter(words: readonly string[], key: string): number | undefined {
  const word = wordAfter(words, key);
  return word !== undefined && /^\d+$/.test(word) ? Number(word) : undefined;
}
