import type { OwnCarp } from '../own-carp.js';
import { words } from '../shell.js';

/** Nobody else has the address: no need to wait three seconds for silence. No effect in INIT, so it is asked again. */
export function becomeMaster(nic: string, vhid: number, peer: readonly string[]): string {
  return `
is_master() {
	case $(ifconfig ${words(nic)}) in *"carp: MASTER vhid ${vhid} "*) return 0 ;; esac
	ifconfig ${words(nic, 'vhid', String(vhid), ...peer)} state master
	return 1
}
until_true 10 is_master || fail "VHID ${vhid} on ${nic} does not become MASTER"`;
}

/** has_carp INTERFACE ADDRESS VHID, line by line: VHID 1 is no VHID 12. */
const HAS_CARP = `
has_carp() {
	[ "$(ifconfig "$1" | while read -r _line; do
		case "$_line " in *" $2 "*" vhid $3 "*) echo yes; break ;; esac
	done)" = yes ]
}`;

/** Takes addresses off that are still there. */
export function removal(addresses: readonly OwnCarp[]): string {
  const off = addresses.map(({ interface: nic, address, vhid }) => {
    const family = address.includes(':') ? 'inet6' : 'inet';
    const has = `has_carp ${words(nic, address)} ${vhid}`;
    return `! ${has} || ifconfig ${words(nic)} ${family} ${words(address)} -alias || exit 1`;
  });
  return [HAS_CARP, ...off].join('\n');
}

/** Exits 1 while one of them is there. */
export function absence(addresses: readonly OwnCarp[]): string {
  const gone = addresses.map(
    ({ interface: nic, address, vhid }) => `! has_carp ${words(nic, address)} ${vhid} || exit 1`,
  );
  return [HAS_CARP, ...gone].join('\n');
}

/** Exits 1 unless the address is up with its VHID. */
export function presence({ interface: nic, vhid, address }: OwnCarp): string {
  return `${HAS_CARP}
case $(ifconfig ${words(nic)}) in *"carp: "*" vhid ${vhid} "*) ;; *) exit 1 ;; esac
has_carp ${words(nic, address)} ${vhid} || exit 1`;
}

/**
 * Where the announcements go (FreeBSD 14): to the peer, or back to everybody. Said again with every change, since one
 * that does not say it has been seen to go back to multicast.
 */
export function peerWords(line: string, before = ''): string[] {
  const [, key, address] = /\b(peer6?) (\S+)/.exec(line) ?? [];
  if (key !== undefined && address !== undefined) return [key, address];
  if (!/\bpeer6? /.test(before)) return [];
  return [before.includes('peer6 ') ? 'mcast6' : 'mcast'];
}
