import { Secret } from '../spec/secret.js';

/** One address list entry of rc.conf that has a vhid: `inet vhid 1 advskew 100 pass … alias 192.168.50.10/32`. */
export interface RcCarp {
  /** Variable it stands in, for example ifconfig_vtnet1_alias0. */
  variable: string;
  /** Interface as rc.conf spells it in a variable's name (`.` and the like are `_`). */
  interface: string;
  vhid: number;
  address?: string;
  /** From `/N`, `prefixlen N` or `netmask`; 32 or 128 when nothing says. */
  prefixLength?: number;
  advbase: number;
  advskew: number;
  password?: Secret;
  /** Unicast peer (FreeBSD 14). */
  peer?: string;
}

/** `ifconfig_IF`, `ifconfig_IF_ipv6`, `ifconfig_IF_aliasN`, `ifconfig_IF_aliases` (rc.conf(5)). */
const VARIABLE = /^ifconfig_(.+?)(?:_alias\d+|_aliases|_ipv6)?$/;

/** Every CARP address that rc.conf sets. `carp0` of FreeBSD 9 and before stands there as an interface. */
export function rcCarps(rc: Readonly<Record<string, string>>): RcCarp[] {
  return Object.entries(rc).flatMap(([variable, value]) => {
    const name = VARIABLE.exec(variable)?.[1];
    if (name === undefined || !/\bvhid\b/.test(value)) return [];
    return entriesOf(value).flatMap((words) => {
      const entry = readEntry(words);
      return entry ? [{ variable, interface: name, ...entry }] : [];
    });
  });
}

/** `_aliases` holds several entries; each begins with its address family. */
function entriesOf(value: string): string[][] {
  const entries: string[][] = [[]];
  for (const word of value.split(/\s+/).filter((part) => part !== '')) {
    if ((word === 'inet' || word === 'inet6') && entries.at(-1)!.length > 0) entries.push([]);
    entries.at(-1)!.push(word);
  }
  return entries;
}

/** ifconfig copies the password into 20 bytes: what follows the 19th has never counted. */
const PASSWORD_BYTES = 19;

function readEntry(words: readonly string[]): Omit<RcCarp, 'variable' | 'interface'> | undefined {
  const after = (key: string): string | undefined => {
    const at = words.indexOf(key);
    return at === -1 ? undefined : words[at + 1];
  };
  const vhid = Number(after('vhid') ?? Number.NaN);
  if (!Number.isInteger(vhid)) return undefined;
  const [password, peer] = [after('pass'), after('peer') ?? after('peer6')];
  return {
    vhid,
    ...addressOf(words, after),
    advbase: Number(after('advbase') ?? 1),
    advskew: Number(after('advskew') ?? 0),
    ...(password === undefined ? {} : { password: new Secret(password.slice(0, PASSWORD_BYTES)) }),
    ...(peer === undefined ? {} : { peer }),
  };
}

const TAKES_VALUE = [
  'vhid',
  'advbase',
  'advskew',
  'pass',
  'peer',
  'peer6',
  'netmask',
  'broadcast',
  'prefixlen',
];

function addressOf(
  words: readonly string[],
  after: (key: string) => string | undefined,
): { address?: string; prefixLength?: number } {
  const place = words.findIndex(
    (word, at) =>
      /^[0-9a-f:.]*[.:][0-9a-f:.]*(?:\/\d+)?$/i.test(word) && !TAKES_VALUE.includes(words[at - 1] ?? ''),
  );
  if (place === -1) return {};
  const [address, slash] = words[place]!.split('/');
  const written = slash ?? after('prefixlen');
  const prefixLength = written === undefined ? maskLength(after('netmask'), address!) : Number(written);
  return { address: address!, prefixLength };
}

function maskLength(mask: string | undefined, address: string): number {
  if (address.includes(':')) return 128;
  if (mask === undefined) return 32;
  const bits = mask.startsWith('0x')
    ? Number(mask).toString(2)
    : mask
        .split('.')
        .map((part) => Number(part).toString(2))
        .join('');
  return bits.replaceAll('0', '').length;
}
