import { Carp, Epoch, Fresh, Mode, Mounts, Roles } from '../codes.js';
import type { Machine, Public, Work } from '../machine.js';
import type { World } from '../world.js';

type Link = 'insync' | 'syncing' | 'degraded' | 'connected' | 'none';

/** What it sees of itself, and its record. */
export abstract class AgentSight {
  o_carp = 0;
  o_skew = 0;
  o_carrier = true;
  o_roles = 0;
  o_link: Link = 'none';
  o_mounts = 0;
  o_mode = 0;
  o_written = 0;
  o_errors = false;
  o_connected = true;
  o_phase = 0;
  o_request = 0;
  r_epoch = 0;
  r_agreed = 0;
  r_peer_epoch = 0;
  r_fresh = 0;
  r_at = 0;
  p_state = 0;
  p_word = '';
  p_carp: number = Carp.none;
  p_rep = false;
  p_gone = false;
  p_epoch = -1;
  p_agreed = -1;
  relation = 0;
  state = 'down';
  action = 'none';
  reason = '';
  skew = 0;
  ap_answer: Public | null = null;
  ap_alive = false;
  ap_known: 'no' | 'yes' | 'released' | 'recalled' = 'no';
  protected readonly m: Machine;
  readonly preferred: boolean;

  constructor(
    readonly w: World,
    readonly me: number,
  ) {
    this.m = w.m[me] as Machine;
    this.preferred = me === 0;
  }

  /** date +%s */
  protected now(): number {
    return Math.floor(this.w.clock.now / 10);
  }

  protected log(text: string): void {
    if (this.w.settings.trace !== undefined) this.w.log(this.me, text);
  }

  protected *command(ticks: number, effect: () => void): Work {
    this.m.command = effect;
    yield ticks;
  }

  protected *look(): Work {
    this.look_carp();
    yield 1;
    while (this.m.halted >= 0) yield 1; // hastd waits for its worker
    this.look_hast();
    this.look_mounts();
    this.look_mode();
    this.load_record();
  }

  look_carp(): void {
    this.o_carp = this.m.carp;
    this.o_skew = this.m.skew;
    this.o_carrier = this.m.carrier;
  }

  look_hast(): void {
    const m = this.m;
    this.o_written = m.writes;
    this.o_errors = m.diskErrors;
    this.o_roles = m.hastd ? m.role : Roles['no-hastd'];
    if (!m.hastd) this.o_link = 'none';
    else if (m.role === Roles['all-primary'])
      this.o_link = m.open ? (this.w.hast.syncing ? 'syncing' : 'insync') : 'degraded';
    else if (m.role === Roles.mixed) this.o_link = 'degraded';
    else this.o_link = m.role === Roles['all-secondary'] && m.open ? 'connected' : 'none';
  }

  look_mounts(): void {
    if (!this.m.mounted) this.o_mounts = Mounts.none;
    else this.o_mounts = this.m.broken ? Mounts.some : Mounts.all;
  }

  look_mode(): void {
    const now = this.now();
    this.o_mode = Mode.off;
    if (this.m.run.hold > now) this.o_mode = Mode.hold;
    else this.m.run.hold = -1;
    if (this.m.disk.maintenance > now) this.o_mode = Mode.on;
    else this.m.disk.maintenance = 0;
  }

  load_record(): void {
    const record = this.m.disk.record;
    this.r_epoch = record?.epoch ?? 0;
    this.r_agreed = record?.agreed ?? 0;
    this.r_peer_epoch = record?.peerEpoch ?? 0;
    this.r_fresh = record?.fresh ?? Fresh.unknown;
    this.r_at = record?.at ?? 0;
  }

  save_record(): void {
    this.m.disk.record = {
      epoch: this.r_epoch,
      agreed: this.r_agreed,
      peerEpoch: this.r_peer_epoch,
      fresh: this.r_fresh,
      at: this.r_at,
    };
  }

  protected set_fresh(fresh: number, why: string): void {
    if (this.r_fresh === fresh) return;
    this.log(`copy: ${Object.keys(Fresh)[fresh]}: ${why}`);
    this.r_fresh = fresh;
    this.save_record();
  }

  epoch_from_memory(): void {
    if (this.m.run.diverged) this.relation = Epoch.diverged;
    else if (this.r_epoch > this.r_agreed) this.relation = Epoch.ahead;
    else this.relation = this.m.run.met ? Epoch.equal : Epoch.unknown;
  }
}
