import { Due } from './clock.js';
import { Carp, Epoch, Fresh, Mode, Mounts, Peer, Phase, Request, Roles, row } from './codes.js';
import type { Machine, Public, Work } from './machine.js';
import type { World } from './world.js';

/** compare_epochs */
export function compare_epochs(e: number, agreed: number, peerE: number, peerAgreed: number): number {
  if (e === peerE) return agreed >= e || peerAgreed >= e ? Epoch.equal : Epoch.diverged;
  if (e > peerE) return agreed >= peerE || peerAgreed >= peerE ? Epoch.ahead : Epoch.diverged;
  return peerAgreed >= e || agreed >= e ? Epoch.behind : Epoch.diverged;
}

type Link = 'insync' | 'syncing' | 'degraded' | 'connected' | 'none';

/**
 * The agent around its decision, function by function and with the script's own names, as far as it bears on who
 * serves what. A generator hands back how many tenths of a second pass where the script waits for something.
 */
export class Agent {
  o_carp = 0;
  o_skew = 0;
  o_carrier = true;
  o_roles = 0;
  o_link: Link = 'none';
  o_mounts = 0;
  o_mode = 0;
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
  private readonly m: Machine;
  readonly preferred: boolean;

  constructor(
    readonly w: World,
    readonly me: number,
  ) {
    this.m = w.m[me] as Machine;
    this.preferred = me === 0;
  }

  /** date +%s */
  private now(): number {
    return Math.floor(this.w.clock.now / 10);
  }

  private log(text: string): void {
    if (this.w.settings.trace !== undefined) this.w.log(this.me, text);
  }

  private *command(ticks: number, effect: () => void): Work {
    this.m.command = effect;
    yield ticks;
  }

  // ------------------------------------------------------------- look

  private *look(): Work {
    this.look_carp();
    yield 1;
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

  private set_fresh(fresh: number, why: string): void {
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

  // ------------------------------------------------------------- the other node

  private *tell_peer(leave: () => void, told: { ok: boolean }, guarded = false): Work {
    told.ok = false;
    for (const rep of [true, false]) {
      if (guarded && this.m.disk.lone) return;
      const path = () => (rep ? this.w.repPath : this.w.lanPath);
      const there = path();
      const ok = there && this.w.sshTo(this.me);
      yield there ? 4 : 20;
      told.ok = ok && path() && this.w.sshTo(this.me);
      if (!told.ok) continue;
      leave();
      return;
    }
  }

  *ask_peer(): Work {
    const w = this.w;
    yield 3;
    const rep = w.repPath;
    let alive = rep || w.lanPath;
    this.ap_answer = w.sshTo(this.me) ? this.peer_status() : null;
    if (alive && this.ap_answer !== null) yield 2;
    else yield alive ? 10 + w.clock.random(40) : 10;
    this.p_rep = rep || w.repPath;
    alive ||= this.p_rep || w.lanPath;
    this.ap_alive = alive;
    this.judge_peer();
  }

  /** On the other node. */
  private peer_status(): Public | null {
    const said = (this.w.m[1 - this.me] as Machine).run.public;
    if (said === null) return null;
    return this.now() - said.time > 60 ? { ...said, state: 'unknown', epoch: -1, agreed: -1 } : said;
  }

  judge_peer(): void {
    this.p_state = Peer.silent;
    this.p_epoch = -1;
    this.p_agreed = -1;
    this.p_word = '';
    this.p_gone = false;
    if (this.ap_answer !== null) this.read_answer(this.ap_answer);
    if (this.p_state === Peer.silent && !this.ap_alive) {
      this.m.run.released = null;
      this.p_state = Peer.dead;
    }
    if (this.p_state === Peer.silent) this.judge_released();
    const joined = this.o_link === 'insync' || this.o_link === 'syncing';
    if (this.p_state === Peer.silent && this.o_roles === Roles['all-primary'] && joined)
      this.p_state = Peer.down;
    const touch = this.o_roles === Roles['all-secondary'] && this.o_link === 'connected';
    if (this.p_state === Peer.silent && touch && this.o_request === Request.force)
      this.p_state = Peer.primary;
    if (this.p_epoch >= 0 && this.p_agreed >= 0) {
      this.relation = compare_epochs(this.r_epoch, this.r_agreed, this.p_epoch, this.p_agreed);
      this.note_meeting();
    } else this.epoch_from_memory();
  }

  private read_answer(said: Public): void {
    this.p_word = said.state;
    this.p_gone = said.gone;
    this.p_epoch = said.epoch;
    this.p_agreed = said.agreed;
    if (said.state === 'unknown') return;
    if (said.state === 'demoting') this.p_state = Peer.leaving;
    else if (said.state === 'promoting') this.p_state = Peer.primary;
    else if (said.roles === Roles['all-primary'] && said.carp === Carp.MASTER) this.p_state = Peer.serving;
    else if (said.roles === Roles['all-primary'] || said.roles === Roles.mixed) this.p_state = Peer.primary;
    else if (said.mounts === Mounts.none) this.p_state = said.ready && !said.gone ? Peer.standby : Peer.down;
    else this.p_state = Peer.primary;
  }

  private judge_released(): void {
    const released = this.m.run.released;
    if (released === null || this.now() - released[0] > 10) return;
    this.p_state = Peer.down;
    this.p_gone = true;
    this.p_epoch = released[1];
    this.p_agreed = released[2];
  }

  private note_meeting(): void {
    const run = this.m.run;
    run.diverged = this.relation === Epoch.diverged;
    if (this.relation !== Epoch.equal) run.met = false;
    if (this.p_epoch !== this.r_peer_epoch) {
      this.r_peer_epoch = this.p_epoch;
      this.save_record();
    }
    if (this.p_state === Peer.serving) {
      run.served = true;
      run.hold = -1;
    }
    const down = this.p_state === Peer.standby || this.p_state === Peer.down;
    if (this.relation === Epoch.behind) this.set_fresh(Fresh.stale, 'behind');
    else if (this.relation !== Epoch.diverged && this.r_fresh === Fresh.unknown && down && this.r_epoch > 0)
      this.set_fresh(Fresh.fresh, 'the peer has not gone on');
  }

  private *look_connected(): Work {
    this.o_connected = this.o_carrier;
    if (!this.o_connected || !this.w.settings.witness) return;
    const answers = this.w.witnessed(this.me);
    yield answers ? 1 : 30;
    this.o_connected = answers || this.w.witnessed(this.me);
  }

  // ------------------------------------------------------------- freshness and epochs

  private read_spool(): void {
    const { disk, run } = this.m;
    if (disk.spoolInsync >= 0) {
      const word = disk.spoolInsync;
      disk.spoolInsync = -1;
      this.heard_insync(word);
    }
    if (disk.spoolEqual !== null) {
      const [before, after] = disk.spoolEqual;
      disk.spoolEqual = null;
      this.heard_equal(before, after);
    }
    if (disk.spoolReleased !== null) {
      run.released = [this.now(), ...disk.spoolReleased];
      disk.spoolReleased = null;
      this.heard_released();
    }
    if (disk.spoolDemote) {
      disk.spoolDemote = false;
      run.request = Request.demote;
    }
  }

  private heard_released(): void {
    this.judge_released();
    if (this.p_epoch < 0 || this.p_agreed < 0) return;
    this.relation = compare_epochs(this.r_epoch, this.r_agreed, this.p_epoch, this.p_agreed);
    this.note_meeting();
  }

  heard_insync(word: number): void {
    const run = this.m.run;
    if (this.o_roles === Roles['all-primary'] || this.o_roles === Roles.mixed) return;
    if (word === 0) run.anew = false;
    if (word === 0) this.set_fresh(Fresh.stale, 'the primary has lost us');
    else if (this.o_roles !== Roles['all-secondary']) return;
    else if (this.o_link === 'connected' && word >= this.r_epoch) {
      run.anew = false;
      run.lost = -1;
      run.diverged = false;
      run.hold = -1;
      run.met = true;
      run.served = true;
      const known = this.r_epoch === word && this.r_agreed === word && this.r_peer_epoch === word;
      if (known && this.r_fresh === Fresh.fresh) return;
      this.log(`copy: in sync at epoch ${word}`);
      this.r_epoch = word;
      this.r_agreed = word;
      this.r_peer_epoch = word;
      this.r_fresh = Fresh.fresh;
      this.save_record();
    }
  }

  heard_equal(before: number, after: number): void {
    const run = this.m.run;
    const known = this.r_epoch === this.r_agreed && (this.r_epoch === before || this.r_epoch === after);
    if (after < before || !known || this.o_roles !== Roles['all-secondary'] || !run.anew) return;
    run.anew = false;
    run.lost = -1;
    run.hold = -1;
    this.r_epoch = after;
    this.r_agreed = after;
    this.r_peer_epoch = after;
    this.set_fresh(Fresh.fresh, `the peer gave up, equal at epoch ${after}`);
  }

  *keep_books(): Work {
    if (this.o_roles === Roles['all-primary']) {
      if (this.o_mounts === Mounts.all) yield* this.keep_books_primary();
    } else if (this.o_roles !== Roles.mixed) yield* this.keep_books_secondary();
  }

  private *keep_books_primary(): Work {
    const run = this.m.run;
    run.served = true;
    run.lost = -1;
    run.hookConnect = false;
    if (this.r_epoch === 0) {
      if (this.o_link !== 'insync') return;
      this.r_epoch = this.r_peer_epoch + 1;
    }
    if (this.o_link === 'degraded' || this.m.disk.lone) {
      this.m.disk.lone = false;
      if (this.r_epoch === this.r_agreed) {
        this.r_epoch += 1;
        this.r_fresh = Fresh.fresh;
        run.toldEpoch = -1;
        this.save_record();
        this.log(`going on without the secondary: epoch ${this.r_epoch}`);
        this.w.tellLater(this.me);
      }
    }
    if (this.o_link === 'insync') yield* this.tell_insync();
  }

  private *tell_insync(): Work {
    const run = this.m.run;
    if (this.r_agreed !== this.r_epoch || this.r_fresh !== Fresh.fresh) {
      this.r_agreed = this.r_epoch;
      this.r_fresh = Fresh.fresh;
      this.save_record();
      this.log(`in sync at epoch ${this.r_epoch}`);
    }
    run.met = true;
    const now = this.now();
    if (run.toldEpoch === this.r_epoch && now - run.toldAt < 15) return;
    const told = { ok: false };
    const word = this.r_epoch;
    const disk = (this.w.m[1 - this.me] as Machine).disk;
    const leave = () => {
      disk.spoolInsync = word;
      this.w.left(1 - this.me);
    };
    yield* this.tell_peer(leave, told, true);
    if (!told.ok) return;
    if (this.m.disk.lone) {
      yield* this.tell_peer(() => {
        disk.spoolInsync = 0;
        this.w.left(1 - this.me);
      }, told);
      return;
    }
    run.toldEpoch = word;
    run.toldAt = now;
    if (this.r_peer_epoch === word) return;
    this.r_peer_epoch = word;
    this.save_record();
  }

  private *keep_books_secondary(): Work {
    const run = this.m.run;
    if (this.m.disk.lone) this.count_lone_writes();
    if (this.o_roles !== Roles['all-secondary']) run.met = false;
    if (run.hookConnect) {
      run.hookConnect = false;
      run.lost = -1;
      if (this.o_roles === Roles['all-secondary'] && this.r_fresh !== Fresh.stale) {
        if (this.r_fresh === Fresh.fresh) run.anew = true;
        this.set_fresh(Fresh.stale, 'connected anew');
      }
      return;
    }
    if (this.r_fresh !== Fresh.fresh) return;
    if (this.o_link === 'connected') {
      if (run.lost < 0) return;
      run.lost = -1;
      this.set_fresh(Fresh.stale, 'was out of touch');
      return;
    }
    const now = this.now();
    if (run.lost < 0) run.lost = now;
    else if (this.o_carp === Carp.BACKUP && now - run.lost > 7) {
      yield* this.ask_peer(); // kb_still_fresh
      const alone = this.p_state === Peer.dead && this.r_epoch > this.r_agreed;
      if (this.p_state === Peer.standby || this.p_state === Peer.down || alone) run.lost = now;
      else this.set_fresh(Fresh.unknown, 'out of touch while the address is advertised');
    }
  }

  // ------------------------------------------------------------- CARP, roles, routes

  private set_skew(skew: number): void {
    if (skew < 0 || skew === this.o_skew || this.o_carp === Carp.none) return;
    this.w.setSkew(this.me, skew);
    this.o_skew = skew;
  }

  private *set_roles(role: number, done: { ok: boolean }): Work {
    const fails = this.m.rolesFail && role === Roles['all-primary'];
    const forced = role === Roles['all-primary'] && this.reason === 'forced';
    yield* this.command(3, () => {
      if (forced) this.w.force(this.me);
      this.w.setRole(this.me, fails ? Roles.mixed : role);
    });
    yield fails ? 50 : 1;
    this.look_hast();
    done.ok = this.o_roles === role;
  }

  private *await_link(): Work {
    for (let left = 10; left > 0; left -= 1) {
      if (this.o_link === 'insync' || this.o_link === 'syncing') return;
      yield 1;
      this.look_hast();
    }
  }

  private *block_peer(): Work {
    this.m.run.rejected = true;
    yield* this.command(1, () => {
      this.m.reject = true;
      this.w.refresh();
    });
  }

  private *unblock_peer(): Work {
    if (!this.m.run.rejected) return;
    yield* this.command(1, () => {
      this.m.reject = false;
      this.w.refresh();
    });
    this.m.run.rejected = false;
  }

  // ------------------------------------------------------------- storage

  private *attach(done: { ok: boolean }): Work {
    done.ok = false;
    yield 2; // fsck
    if (this.m.unattachable) {
      yield 20;
      return;
    }
    if (this.m.broken) yield* this.command(2, () => this.w.unmount(this.me));
    const forced = this.reason === 'forced';
    yield* this.command(2, () => this.w.mount(this.me, forced));
    done.ok = this.m.mounted;
  }

  private *detach(done: { ok: boolean }): Work {
    if (this.m.mounted) {
      yield this.m.busy || this.m.unmountable ? 140 : 2;
      if (this.m.unmountable) yield 100;
      else yield* this.command(2, () => this.w.unmount(this.me));
    }
    this.look_mounts();
    done.ok = this.o_mounts === Mounts.none;
  }

  // ------------------------------------------------------------- transitions

  private begin_transition(state: string): void {
    this.publish(state);
  }

  private end_transition(to: string, reason: string): void {
    this.log(`${this.state} -> ${to}: ${reason}, epoch ${this.r_epoch}/${this.r_agreed}`);
    this.r_at = this.now();
    this.save_record();
    this.publish(to);
  }

  private hold(seconds: number): void {
    this.m.run.hold = this.now() + seconds;
  }

  private *promote(reason: string, done: { ok: boolean }): Work {
    this.begin_transition('promoting');
    const before = [this.r_epoch, this.r_agreed, this.r_fresh] as const;
    yield* this.peer_stands_back(done);
    if (!done.ok) {
      this.hold(5);
      this.end_transition('standby', 'peer-first');
      return;
    }
    this.m.run.hookConnect = false;
    if (!this.p_rep || this.p_gone) yield* this.block_peer();
    const failed = yield* this.promote_storage();
    if (failed === '') {
      yield* this.unblock_peer();
      this.set_skew(0);
      this.m.run.hold = -1;
      this.m.run.served = true;
      yield* this.look();
      this.end_transition('serving', reason);
      return;
    }
    done.ok = false;
    yield* this.promote_undo(failed, before);
  }

  private *promote_storage(): Generator<number, string, void> {
    const done = { ok: false };
    yield* this.set_roles(Roles['all-primary'], done);
    if (!done.ok) return 'role';
    if (!this.m.run.rejected) yield* this.await_link();
    const joined = this.o_link === 'insync' || this.o_link === 'syncing';
    if (!joined && this.p_state !== Peer.dead) this.w.tellLater(this.me);
    yield this.m.hung ? 150 : 1; // read_devices
    if (this.m.hung) return 'read';
    this.raise_epoch();
    this.agree_early();
    yield* this.attach(done);
    return done.ok ? '' : 'mount';
  }

  raise_epoch(): void {
    if (this.reason === 'half-promoted' && this.r_epoch > this.r_agreed) return;
    this.r_epoch = Math.max(this.r_epoch, this.r_peer_epoch) + 1;
    if (this.reason === 'forced') this.r_epoch += 1;
    this.r_fresh = Fresh.fresh;
    this.m.run.toldEpoch = -1;
    this.m.disk.spoolInsync = -1;
    this.save_record();
  }

  private agree_early(): void {
    if (this.o_link !== 'insync') return;
    this.r_agreed = this.r_epoch;
    this.save_record();
    this.w.tellLater(this.me, this.r_epoch);
  }

  private *peer_stands_back(done: { ok: boolean }): Work {
    done.ok = true;
    if (this.p_state !== Peer.standby && this.p_state !== Peer.down && this.p_state !== Peer.silent) return;
    for (let left = 10; left > 0; left -= 1) {
      yield* this.ask_peer();
      const primary = this.p_state === Peer.primary;
      if (!(primary && this.p_word === 'promoting' && this.preferred)) {
        done.ok = !primary && this.p_state !== Peer.serving && this.p_state !== Peer.leaving;
        return;
      }
      yield 5;
    }
    done.ok = false;
  }

  private *promote_undo(what: string, before: readonly [number, number, number]): Work {
    const done = { ok: false };
    this.set_skew(240);
    this.hold(30);
    yield* this.detach(done);
    if (!done.ok) {
      yield* this.unblock_peer();
      this.demote_failed();
      return;
    }
    yield* this.undo_record(what, before);
    this.m.run.met = false;
    this.m.run.lost = -1;
    this.m.run.hookConnect = false;
    const lone = this.r_epoch !== this.r_agreed;
    if (!lone) yield* this.set_roles(Roles['all-secondary'], done);
    if (lone || !done.ok) yield* this.set_roles(Roles['all-init'], done);
    this.m.disk.lone = false;
    yield* this.unblock_peer();
    this.look_carp();
    this.look_mounts();
    this.end_transition('down', `failed-${what}`);
  }

  private *undo_record(what: string, before: readonly [number, number, number]): Work {
    this.r_fresh = before[2];
    if (what === 'role' || what === 'read') [this.r_epoch, this.r_agreed] = before;
    else {
      this.look_hast();
      if (this.o_link !== 'insync') {
        if (this.r_epoch <= this.r_agreed) this.r_epoch += 1;
        return;
      }
      this.r_agreed = this.r_epoch;
    }
    if (this.p_state === Peer.dead) return;
    const disk = (this.w.m[1 - this.me] as Machine).disk;
    const word: [number, number] = [before[0], this.r_epoch];
    const leave = () => {
      disk.spoolEqual = word;
      this.w.left(1 - this.me);
    };
    yield* this.tell_peer(leave, { ok: false });
  }

  private *demote(wanted: number, reason: string, done: { ok: boolean }): Work {
    this.begin_transition('demoting');
    this.set_skew(240);
    yield 1 + this.w.clock.random(20); // stop_services
    yield* this.detach(done);
    if (!done.ok) {
      this.demote_failed();
      return;
    }
    this.count_lone_writes();
    this.m.run.met = false;
    this.m.run.lost = -1;
    this.m.run.hookConnect = false;
    if (this.o_roles === Roles['no-hastd']) {
      this.end_transition('down', reason);
      return;
    }
    const role = this.r_epoch === this.r_agreed ? wanted : Roles['all-init'];
    yield* this.set_roles(role, done);
    if (!done.ok) {
      this.demote_failed();
      return;
    }
    this.m.disk.lone = false;
    this.hold_after(reason);
    this.look_mounts();
    this.end_transition(role === Roles['all-init'] ? 'down' : 'standby', reason);
  }

  private hold_after(reason: string): void {
    if (['requested', 'disconnected', 'partial', 'shutdown'].includes(reason)) this.hold(30);
    else if (!['isolated', 'split-brain', 'two-primaries'].includes(reason)) this.hold(10);
  }

  private count_lone_writes(): void {
    this.look_hast();
    if (this.o_link !== 'degraded' && !this.m.disk.lone) return;
    this.m.disk.lone = false;
    if (this.r_epoch !== this.r_agreed) return;
    this.r_epoch += 1;
    this.r_fresh = Fresh.fresh;
    this.save_record();
  }

  private demote_failed(): void {
    this.count_lone_writes();
    this.log('demote-failed');
    this.publish('down');
    if (this.w.settings.onDemoteFailure !== 'reboot' || this.m.workKind === 'stop') return;
    this.log('reboots');
    this.w.powerOff(this.me);
    this.w.powerOn(this.me);
  }

  private *take_over(done: { ok: boolean }): Work {
    const disk = (this.w.m[1 - this.me] as Machine).disk;
    done.ok = false;
    const told = { ok: false };
    yield* this.tell_peer(() => {
      disk.spoolDemote = true;
      this.w.left(1 - this.me);
    }, told);
    if (!told.ok) return;
    const end = this.now() + 15;
    for (let left = 200; left > 0; left -= 1) {
      yield* this.ask_peer();
      done.ok = this.p_state === Peer.standby || this.p_state === Peer.down;
      if (done.ok || this.p_state === Peer.dead) return;
      if (this.p_state !== Peer.leaving && this.now() >= end) return;
      yield 2;
    }
  }

  // ------------------------------------------------------------- what others are told

  private name_state(): void {
    if (this.o_roles === Roles['all-primary'] && this.o_mounts === Mounts.all) this.state = 'serving';
    else if (this.o_mode === Mode.on) this.state = 'maintenance';
    else if (this.o_roles === Roles['all-secondary'] && this.o_mounts === Mounts.none) this.state = 'standby';
    else this.state = 'down';
    if (this.is_split()) this.state = 'split-brain';
  }

  private is_split(): boolean {
    return this.m.run.diverged || this.m.run.hookSplit;
  }

  private publish(state: string): void {
    const behind = this.relation === Epoch.behind || this.relation === Epoch.diverged;
    const standby = this.o_roles === Roles['all-secondary'] && this.o_mounts === Mounts.none;
    const listens = this.o_carp === Carp.MASTER || this.o_carp === Carp.BACKUP;
    const ready = this.r_fresh === Fresh.fresh && listens && this.o_mode === Mode.off;
    this.m.run.public = {
      state,
      epoch: this.r_epoch,
      agreed: this.r_agreed,
      roles: this.o_roles,
      mounts: this.o_mounts,
      carp: this.o_carp,
      ready: state === 'standby' && standby && ready && !behind,
      gone: this.m.workKind === 'stop',
      time: this.now(),
    };
  }

  // ------------------------------------------------------------- the reconciler

  private look_phase(): void {
    const run = this.m.run;
    const now = this.now();
    if (run.served) this.o_phase = Phase.run;
    else if (run.since < 0) {
      run.since = now;
      this.o_phase = Phase.boot;
    } else this.o_phase = now - run.since < this.w.settings.bootWait ? Phase.boot : Phase.alone;
  }

  private needs_peer(kind: string): boolean {
    const served = this.o_roles === Roles['all-primary'] && this.o_mounts === Mounts.all;
    if (this.o_roles === Roles['all-secondary']) {
      const quiet = this.o_mounts === Mounts.none && this.o_link === 'connected';
      return !(quiet && this.r_fresh === Fresh.fresh && kind === 'wake');
    }
    if (served && this.o_link === 'degraded') return true;
    if (this.o_roles === Roles['no-hastd'] && this.o_mounts === Mounts.none) return true;
    if (served && this.o_link === 'insync' && kind === 'tick') return this.failsBack();
    return false;
  }

  private failsBack(): boolean {
    return this.w.settings.failback === 'auto' && !this.preferred;
  }

  private call_decide(): void {
    const { cells, thoughts } = this.w.settings.brain;
    const code = row(
      this.o_carp,
      this.o_roles,
      this.o_mounts,
      this.r_fresh,
      this.relation,
      this.p_state,
      this.o_connected,
      this.o_mode,
      this.o_phase,
      this.o_request,
      this.preferred,
    );
    const thought = thoughts[cells[code] ?? 0];
    if (thought === undefined) throw new Error('no such row');
    this.action = thought.action;
    this.reason = thought.reason;
    this.skew = thought.skew;
  }

  private *think(kind: string): Work {
    this.o_connected = this.o_carrier;
    if (this.o_roles === Roles['all-primary'] || this.o_carp === Carp.MASTER) yield* this.look_connected();
    if (this.needs_peer(kind)) yield* this.ask_peer();
    else {
      this.p_state = Peer.unasked;
      this.p_rep = true;
      this.p_gone = false;
      this.epoch_from_memory();
    }
    const served = this.o_roles === Roles['all-primary'] && this.o_mounts === Mounts.all;
    const quiet = kind === 'tick' && this.o_request === Request.none && this.now() - this.r_at > 60;
    if (this.p_state === Peer.standby && served && this.failsBack() && quiet) this.o_request = Request.demote;
    this.call_decide();
    if (this.action !== 'ask') return;
    yield* this.ask_peer();
    this.call_decide();
  }

  private *still_so(done: { ok: boolean }): Work {
    done.ok = true;
    const promotes = this.action === 'promote' && (this.reason === 'peer-dead' || this.reason === 'alone');
    const demotes = this.reason === 'isolated' || this.reason === 'disconnected';
    const lost = this.action === 'demote' && demotes;
    if (!promotes && !lost) return;
    if (lost) yield 10;
    const carp = this.o_carp;
    this.look_carp();
    this.o_connected = this.o_carrier;
    if (promotes) {
      done.ok = this.o_carp === Carp.MASTER && this.o_connected;
      return;
    }
    yield* this.look_connected();
    done.ok = (this.o_carp === carp && !this.o_connected) || this.o_carp === Carp.INIT;
    if (!done.ok || this.reason !== 'disconnected') return;
    yield* this.ask_peer(); // still_wanted
    done.ok = this.p_state === Peer.standby;
  }

  private *reconcile(kind: string): Work {
    const run = this.m.run;
    this.relation = Epoch.unknown;
    yield* this.unblock_peer();
    let rounds = 0;
    let waits = 0;
    while (rounds < 20) {
      run.wanted = false;
      yield* this.look();
      yield* this.keep_books();
      this.read_spool();
      this.look_phase();
      this.o_request = run.request;
      this.name_state();
      yield* this.think(kind);
      const done = { ok: true };
      if (this.action === 'wait') {
        waits += 1;
        if (waits >= 200) break;
        yield 3;
        continue;
      }
      rounds += 1;
      yield* this.act(done);
      if (!done.ok) break;
      if (this.action === 'none' && !run.wanted) break;
    }
    if (this.o_request !== Request.none) run.request = Request.none;
    if (this.action !== 'none') yield* this.look();
    this.name_state();
    this.check_alarms();
    this.publish(this.state);
  }

  private check_alarms(): void {
    if (this.o_link === 'connected' || this.o_link === 'insync' || this.o_link === 'syncing')
      this.m.run.hookSplit = false;
    this.m.splitAlarm = this.is_split();
    this.m.reason = `${this.action} ${this.reason}`;
  }

  private *act(done: { ok: boolean }): Work {
    switch (this.action) {
      case 'none':
        this.set_skew(this.skew);
        return;
      case 'promote':
        yield* this.still_so(done);
        if (done.ok) yield* this.promote(this.reason, done);
        else done.ok = true;
        return;
      case 'demote':
        yield* this.still_so(done);
        if (done.ok) yield* this.demote(Roles['all-secondary'], this.reason, done);
        else done.ok = true;
        return;
      case 'retire':
        return yield* this.demote(Roles['all-init'], this.reason, done);
      case 'secondary':
        return yield* this.become_secondary(done);
      case 'takeover':
        return yield* this.take_over(done);
      default:
        done.ok = false;
    }
  }

  private *become_secondary(done: { ok: boolean }): Work {
    this.set_skew(240);
    yield* this.set_roles(Roles['all-secondary'], done);
    if (!done.ok) return;
    this.m.run.lost = -1;
    this.r_at = this.now();
    this.save_record();
    this.log(`${this.state} -> standby: ${this.reason}, epoch ${this.r_epoch}/${this.r_agreed}`);
  }

  // ------------------------------------------------------------- verbs

  private with_lock(seconds: number, kind: string): boolean {
    if (this.m.work === null) {
      this.w.start(this.me, kind, kind === 'stop' ? this.release() : this.reconcile(kind));
      return true;
    }
    if (seconds > 0) this.m.waiters.push({ kind, until: this.w.now + 10 * seconds });
    return false;
  }

  /** The lock is free again. */
  released(kind: string): void {
    const { run, waiters } = this.m;
    if (kind === 'tick' && this.m.loop) this.nextTick(0);
    if (kind === 'stop') this.w.stopped(this.me);
    while (this.m.work === null && waiters.length > 0) {
      const waiter = waiters.shift();
      if (waiter !== undefined && waiter.until >= this.w.now) this.with_lock(0, waiter.kind);
    }
    if (this.m.work === null && kind === 'wake' && run.wanted) this.with_lock(0, 'wake');
  }

  wake(): void {
    this.m.run.wanted = true;
    this.with_lock(0, 'wake');
  }

  verb_request(request: number): void {
    if (this.m.power !== 'on') return;
    this.m.run.request = request;
    this.with_lock(120, 'request');
  }

  verb_start(): void {
    const run = this.m.run;
    run.served = false;
    run.met = false;
    run.lost = -1;
    run.since = -1;
    run.toldEpoch = -1;
    run.request = Request.none;
    run.hold = -1;
    run.anew = false;
    this.m.disk.spoolEqual = null;
    run.released = null;
    run.hookConnect = false;
    run.hookSplit = false;
    run.wanted = false;
    this.m.disk.spoolDemote = false;
    this.m.disk.spoolReleased = null;
    run.armed = true;
    this.m.loop = true;
    this.w.clock.set(Due.LOOP, this.me, 1);
  }

  private nextTick(after: number): void {
    this.w.clock.set(Due.LOOP, this.me, after + (this.m.run.served ? 100 : 20));
  }

  /** verb_loop: one turn; what lies in the spool is looked at within a second. */
  loop(): void {
    if (!this.m.loop) return;
    if (!this.with_lock(5, 'tick')) this.nextTick(50);
  }

  verb_stop(): void {
    this.m.run.armed = false;
    this.m.loop = false;
    this.w.clock.unset(Due.LOOP, this.me);
    if (!this.with_lock(60, 'stop')) this.w.clock.set(Due.BOOT, this.me, 605);
  }

  private *release(): Work {
    this.p_state = Peer.unasked;
    this.reason = 'shutdown';
    this.relation = Epoch.unknown;
    const done = { ok: true };
    yield* this.look();
    this.name_state();
    const primary = this.o_roles === Roles['all-primary'] || this.o_roles === Roles.mixed;
    if (primary || this.o_mounts !== Mounts.none) {
      yield* this.demote(Roles['all-secondary'], 'shutdown', done);
      if (done.ok) yield* this.tell_released();
    } else this.set_skew(240);
    yield* this.look();
    this.publish('down');
    yield* this.unblock_peer();
  }

  private *tell_released(): Work {
    const disk = (this.w.m[1 - this.me] as Machine).disk;
    const word: [number, number] = [this.r_epoch, this.r_agreed];
    yield* this.tell_peer(
      () => {
        disk.spoolReleased = word;
        this.w.left(1 - this.me);
      },
      { ok: false },
    );
  }
}
