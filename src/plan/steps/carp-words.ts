import type { CarpChange } from '../carp-change.js';
import { type OwnCarp, wantedCarp } from '../own-carp.js';
import type { Impact, PlanInput } from '../types.js';

/** Seconds without the address while the serving node changes it: ifconfig twice, and `state master` at once. */
const REPLACE_SECONDS = 1;

export function titleOf({ stale }: CarpChange, address: string, nic: string): string {
  if (stale.length === 0) return `Put the CARP address ${address} on ${nic}`;
  return `Put the CARP address ${address} on ${nic} in place of ${listed(stale)}`;
}

/** An address that leaves its VHID, or joins it, makes CARP elect anew (carp_sc_state). */
export function replaceImpact({ spec }: PlanInput, { node, stale, attached }: CarpChange): Impact {
  const seconds = REPLACE_SECONDS;
  const old = stale.map(({ address }) => address).join(', ');
  const wanted = wantedCarp(spec, node);
  const shared = stale.some((one) => one.interface === wanted.interface && one.vhid === wanted.vhid);
  if (attached && !shared) return { kind: 'nothing', detail: `${old} goes, the wanted address is up` };
  if (attached) return { kind: 'interruption', seconds, detail: `${old} goes, and CARP elects anew` };
  return { kind: 'interruption', seconds, detail: 'the address is down from the old VHID to the new one' };
}

export function listed(addresses: readonly OwnCarp[]): string {
  return addresses
    .map(({ interface: nic, vhid, address }) => `${address} (VHID ${vhid}, ${nic})`)
    .join(' and ');
}
