import type { Core } from './core.js';
import type { Machine } from './machine.js';
import { GATEWAYS, type NetworkName } from './profile.js';

export interface InterfaceAddress {
  address: string;
  prefixLength: number;
  vhid?: number;
}

export interface Interface {
  name: string;
  index: number;
  network: NetworkName | undefined;
  ether: string;
  up: boolean;
  mtu: number;
  addresses: InterfaceAddress[];
  /** Carrier as last told to the kernel, so that changes make events once. */
  carrier: boolean;
}

/** What became of one packet and its answer. */
export type Reach = 'answered' | 'silent' | 'no-route' | 'refused-by-route' | 'self';

/** Interfaces and routes of one machine. */
export class Interfaces {
  readonly list: Interface[] = [];
  /** Hosts with a `-reject` route. */
  readonly rejected = new Set<string>();
  /** Static host routes: destination -> gateway. */
  readonly hostRoutes = new Map<string, string>();
  gateway: string | undefined;

  constructor(readonly machine: Machine) {
    this.reset();
  }

  /** The state before rc's netif has run. */
  reset(): void {
    this.list.length = 0;
    this.rejected.clear();
    this.hostRoutes.clear();
    this.gateway = undefined;
    this.machine.profile.interfaces.forEach((profile, index) => {
      this.list.push({
        name: profile.name,
        index: index + 1,
        network: profile.network,
        ether: profile.ether,
        up: false,
        mtu: 1500,
        addresses: [],
        carrier: this.machine.core.carrier(profile.network, this.machine.host.name),
      });
    });
    this.list.push({
      name: 'lo0',
      index: this.list.length + 1,
      network: undefined,
      ether: '',
      up: true,
      mtu: 16384,
      addresses: [{ address: '127.0.0.1', prefixLength: 8 }],
      carrier: true,
    });
  }

  get(name: string): Interface | undefined {
    return this.list.find((one) => one.name === name);
  }

  /** The interface whose subnet holds the address. */
  towards(address: string): Interface | undefined {
    return this.list.find((one) =>
      one.addresses.some(
        (own) => own.vhid === undefined && sameSubnet(own.address, address, own.prefixLength),
      ),
    );
  }

  /** Whether the address is this machine's to answer for (a CARP address only while MASTER). */
  owns(address: string): boolean {
    return this.list.some((one) =>
      one.addresses.some(
        (own) =>
          own.address === address &&
          (own.vhid === undefined || this.machine.carp.get(one.name, own.vhid)?.state === 'MASTER'),
      ),
    );
  }

  /** Takes over carrier changes of the core; makes the kernel's lines and devd's events. */
  linkChanged(): void {
    for (const one of this.list) {
      if (one.network === undefined) continue;
      const carrier = this.machine.core.carrier(one.network, this.machine.name);
      if (carrier === one.carrier) continue;
      one.carrier = carrier;
      if (this.machine.power === 'off') continue;
      this.machine.kernel(`${one.name}: link state changed to ${carrier ? 'UP' : 'DOWN'}`);
      this.machine.carp.interfaceChanged(one.name);
      this.machine.devd.event('IFNET', one.name, carrier ? 'LINK_UP' : 'LINK_DOWN');
    }
    if (this.machine.power !== 'off') this.machine.hastd.linkChanged();
  }
}

/** Who answers for an address on a network, other than `from`. */
export function holder(core: Core, from: Machine, address: string): Machine | undefined {
  return core.peersOf(from).find((peer) => peer.alive && peer.interfaces.owns(address));
}

/** Sends a packet from one machine to an address. */
export function reach(from: Machine, address: string): { reach: Reach; peer?: Machine } {
  const { core } = from;
  if (!from.alive) return { reach: 'no-route' };
  if (from.interfaces.owns(address)) return { reach: 'self' };
  if (from.interfaces.rejected.has(address)) return { reach: 'refused-by-route' };
  const out = from.interfaces.towards(address) ?? from.interfaces.towards(from.interfaces.gateway ?? '');
  if (out?.network === undefined) return { reach: 'no-route' };
  if (!out.up || !out.carrier) return { reach: 'no-route' };
  const gateway = GATEWAYS[address];
  if (gateway !== undefined) return { reach: gateway === out.network ? 'answered' : 'silent' };
  const peer = holder(core, from, address);
  if (peer === undefined) return { reach: 'silent' };
  // Every machine of the lab has the same address on the management network: it is no way between them.
  const back = peer.interfaces.towards(address);
  const usable = back?.network === out.network && back.up && back.carrier && out.network !== 'mgmt';
  return usable ? { reach: 'answered', peer } : { reach: 'silent' };
}

function toNumber(address: string): number | undefined {
  const parts = address.split('.').map(Number);
  if (parts.length !== 4 || parts.some((part) => !Number.isInteger(part) || part < 0 || part > 255)) {
    return undefined;
  }
  return parts.reduce((sum, part) => sum * 256 + part, 0);
}

/** Whether both IPv4 addresses are in one subnet. */
export function sameSubnet(a: string, b: string, prefixLength: number): boolean {
  const left = toNumber(a);
  const right = toNumber(b);
  if (left === undefined || right === undefined) return false;
  const size = 2 ** (32 - prefixLength);
  return Math.floor(left / size) === Math.floor(right / size);
}

export function isAddress(text: string): boolean {
  return toNumber(text) !== undefined;
}

/** First address of the subnet. */
export function networkOf(address: string, prefixLength: number): string {
  const size = 2 ** (32 - prefixLength);
  return toText(Math.floor((toNumber(address) ?? 0) / size) * size);
}

export function broadcastOf(address: string, prefixLength: number): string {
  const size = 2 ** (32 - prefixLength);
  return toText(Math.floor((toNumber(address) ?? 0) / size) * size + size - 1);
}

/** `0xffffff00`. */
export function hexMask(prefixLength: number): string {
  const mask = prefixLength === 0 ? 0 : (0xffffffff << (32 - prefixLength)) >>> 0;
  return `0x${mask.toString(16).padStart(8, '0')}`;
}

function toText(value: number): string {
  return [24, 16, 8, 0].map((shift) => Math.floor(value / 2 ** shift) % 256).join('.');
}
