import type { Machine } from './machine.js';

export type CarpState = 'INIT' | 'BACKUP' | 'MASTER';

export interface Vhid {
  interface: string;
  vhid: number;
  state: CarpState;
  advbase: number;
  advskew: number;
  password: string;
  cancel: (() => void) | undefined;
}

/** One advertisement as it travels on the LAN. */
export interface Advertisement {
  vhid: number;
  advbase: number;
  advskew: number;
  password: string;
  addresses: string;
  from: string;
}

export interface CarpStatistics {
  received: number;
  badAuthentication: number;
  sent: number;
}

/** carp(4) of one machine: election by real intervals and silences (freebsd-facts §4). */
export class Carp {
  readonly vhids: Vhid[] = [];
  readonly statistics: CarpStatistics = { received: 0, badAuthentication: 0, sent: 0 };
  demotion = 0;
  preempt = 0;
  allow = 1;
  /** Advertisements seen on an interface, for tcpdump. */
  onAdvertisement: Set<(seen: { interface: string; ad: Advertisement }) => void> = new Set();

  constructor(readonly machine: Machine) {}

  reset(): void {
    for (const one of this.vhids) one.cancel?.();
    this.vhids.length = 0;
    Object.assign(this.statistics, { received: 0, badAuthentication: 0, sent: 0 });
    this.demotion = 0;
    this.preempt = 0;
    this.allow = 1;
  }

  get(interfaceName: string, vhid: number): Vhid | undefined {
    return this.vhids.find((one) => one.interface === interfaceName && one.vhid === vhid);
  }

  of(interfaceName: string): Vhid[] {
    return this.vhids.filter((one) => one.interface === interfaceName);
  }

  /** Finds or makes the vhid; a new one is in INIT until an address is attached. */
  ensure(interfaceName: string, vhid: number): Vhid {
    const found = this.get(interfaceName, vhid);
    if (found !== undefined) return found;
    const made: Vhid = {
      interface: interfaceName,
      vhid,
      state: 'INIT',
      advbase: 1,
      advskew: 0,
      password: '',
      cancel: undefined,
    };
    if (this.of(interfaceName).length === 0)
      this.machine.kernel(`${interfaceName}: promiscuous mode enabled`);
    this.vhids.push(made);
    return made;
  }

  /** An address came or went: the vhid elects anew, or disappears with its last address. */
  attached(one: Vhid): void {
    if (this.#addresses(one) === '') {
      one.cancel?.();
      this.vhids.splice(this.vhids.indexOf(one), 1);
      if (this.of(one.interface).length === 0) {
        this.machine.kernel(`${one.interface}: promiscuous mode disabled`);
      }
      return;
    }
    if (one.state !== 'INIT') this.#set(one, 'INIT', 'initialization complete', true);
    this.interfaceChanged(one.interface);
  }

  /** `ifconfig … state master|backup`; without effect in INIT. */
  force(one: Vhid, state: 'MASTER' | 'BACKUP'): void {
    if (one.state === 'INIT' || one.state === state) return;
    this.#set(one, state, 'user requested via ifconfig');
  }

  /** Link or IFF_UP changed. */
  interfaceChanged(interfaceName: string): void {
    const nic = this.machine.interfaces.get(interfaceName);
    const ready = nic?.up === true && nic.carrier && this.allow !== 0;
    for (const one of this.of(interfaceName)) {
      if (!ready && one.state !== 'INIT') {
        this.#set(one, 'INIT', 'hardware interface down');
        this.demote(240, 'interface down');
      } else if (ready && one.state === 'INIT') {
        this.#set(one, 'BACKUP', 'initialization complete');
        if (this.#down.delete(one)) this.demote(-240, 'interface up');
      }
      if (!ready) this.#down.add(one);
    }
  }
  readonly #down = new Set<Vhid>();

  /** Adds to the demotion counter, as writes to net.inet.carp.demotion do. */
  demote(by: number, reason: string): void {
    this.demotion += by;
    this.machine.kernel(`carp: demoted by ${by} to ${this.demotion} (${reason})`);
  }

  receive(interfaceName: string, ad: Advertisement): void {
    const nic = this.machine.interfaces.get(interfaceName);
    if (nic?.up !== true || !nic.carrier || this.machine.power === 'off') return;
    for (const listener of this.onAdvertisement) listener({ interface: interfaceName, ad });
    const one = this.get(interfaceName, ad.vhid);
    if (one === undefined || one.state === 'INIT') return;
    this.statistics.received++;
    if (ad.password !== one.password || ad.addresses !== this.#addresses(one)) {
      this.statistics.badAuthentication++;
      return;
    }
    const own = one.advbase + this.#sentSkew(one) / 256;
    const theirs = ad.advbase + ad.advskew / 256;
    if (one.state === 'MASTER') {
      if (theirs <= own) this.#set(one, 'BACKUP', 'more frequent advertisement received');
    } else if (this.preempt !== 0 && own < theirs) {
      this.#set(one, 'MASTER', 'preempting a slower master');
    } else if (one.advbase * 3 < theirs) {
      this.#set(one, 'MASTER', 'master will time out');
    } else {
      this.#listen(one);
    }
  }

  #addresses(one: Vhid): string {
    const nic = this.machine.interfaces.get(one.interface);
    const own = (nic?.addresses ?? []).filter((address) => address.vhid === one.vhid);
    return own
      .map((address) => address.address)
      .sort()
      .join(' ');
  }

  #sentSkew(one: Vhid): number {
    return Math.min(240, Math.max(0, one.advskew + this.demotion));
  }

  #set(one: Vhid, state: CarpState, reason: string, quiet = false): void {
    const before = one.state;
    one.state = state;
    one.cancel?.();
    one.cancel = undefined;
    if (!quiet) {
      this.machine.kernel(`carp: ${one.vhid}@${one.interface}: ${before} -> ${state} (${reason})`);
      this.machine.devd.event('CARP', `${one.vhid}@${one.interface}`, state);
    }
    if (state === 'BACKUP') this.#listen(one);
    if (state === 'MASTER') this.#advertise(one);
  }

  /** A backup takes over after 3·advbase + advskew/256 seconds of silence. */
  #listen(one: Vhid): void {
    one.cancel?.();
    const silence = (one.advbase * 3 + one.advskew / 256) * 1000;
    one.cancel = this.machine.later(silence, () => this.#set(one, 'MASTER', 'master timed out'));
  }

  #advertise(one: Vhid): void {
    one.cancel?.();
    this.#send(one);
    if (one.state !== 'MASTER') return;
    const interval = (one.advbase + this.#sentSkew(one) / 256) * 1000;
    one.cancel = this.machine.later(interval, () => this.#advertise(one));
  }

  #send(one: Vhid): void {
    const nic = this.machine.interfaces.get(one.interface);
    if (nic?.up !== true || !nic.carrier) return;
    this.statistics.sent++;
    const ad: Advertisement = {
      vhid: one.vhid,
      advbase: one.advbase,
      advskew: this.#sentSkew(one),
      password: one.password,
      addresses: this.#addresses(one),
      from: nic.addresses.find((address) => address.vhid === undefined)?.address ?? '0.0.0.0',
    };
    this.machine.later(1, () => {
      for (const peer of this.machine.core.peersOf(this.machine)) {
        const other = peer.interfaces.list.find((candidate) => candidate.network === nic.network);
        if (other !== undefined) peer.carp.receive(other.name, ad);
      }
    });
  }
}
