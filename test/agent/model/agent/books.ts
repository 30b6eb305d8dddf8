import { Carp, Fresh, Mounts, Peer, Request, Roles } from '../codes.js';
import type { Machine, Work } from '../machine.js';
import { compare_epochs } from './epochs.js';
import { AgentPeer } from './peer.js';

/** What follows for the record from what was seen and heard. */
export abstract class AgentBooks extends AgentPeer {
  protected read_spool(): void {
    const { disk, run } = this.m;
    if (disk.spoolInsync >= 0) {
      const word = disk.spoolInsync;
      disk.spoolInsync = -1;
      this.heard_insync(word, disk.spoolInsyncMeeting);
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

  protected heard_released(): void {
    this.judge_released();
    if (this.p_epoch < 0 || this.p_agreed < 0) return;
    this.relation = compare_epochs(this.r_epoch, this.r_agreed, this.p_epoch, this.p_agreed);
    this.note_meeting();
  }

  heard_insync(word: number, meeting = this.m.run.meeting): void {
    const run = this.m.run;
    if (this.o_roles === Roles['all-primary'] || this.o_roles === Roles.mixed) return;
    if (word === 0) run.anew = false;
    if (word === 0) this.set_fresh(Fresh.stale, 'the primary has lost us');
    else if (this.o_roles !== Roles['all-secondary']) return;
    else if (this.o_link === 'connected' && meeting === run.meeting && word >= this.r_epoch) {
      run.anew = false;
      run.lost = -1;
      run.diverged = false;
      this.m.disk.owed = false;
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

  protected *keep_books_primary(): Work {
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

  protected *tell_insync(): Work {
    const run = this.m.run;
    if (this.r_agreed !== this.r_epoch || this.r_fresh !== Fresh.fresh) {
      this.r_agreed = this.r_epoch;
      this.r_fresh = Fresh.fresh;
      this.save_record();
      this.log(`in sync at epoch ${this.r_epoch}`);
    }
    run.met = true;
    this.m.disk.owed = false;
    const word = this.r_epoch;
    if (!this.is_told()) {
      const told = { ok: false };
      yield* this.say_insync(word, told);
      if (!told.ok) return;
    }
    if (this.r_peer_epoch === word) return;
    this.r_peer_epoch = word;
    this.save_record();
  }

  private is_told(): boolean {
    const run = this.m.run;
    if (run.toldEpoch !== this.r_epoch) return false;
    const heard = this.w.heard(this.me, this.w.clock.random(20));
    if (heard) {
      if ((this.w.m[1 - this.me] as Machine).run.meeting !== run.toldMeeting) return false;
      if (heard.fresh === Fresh.fresh && heard.met) return true;
    }
    return this.now() - run.toldAt < 15;
  }

  private *say_insync(word: number, told: { ok: boolean }): Work {
    const { disk, run: theirs } = this.w.m[1 - this.me] as Machine;
    const run = this.m.run;
    yield 1; // ask_once
    if (!this.w.sshTo(this.me)) return;
    const { meeting } = theirs;
    const leave = () => {
      disk.leaveInsync(word, meeting);
      this.w.left(1 - this.me);
    };
    yield* this.tell_peer(leave, told, true);
    if (!told.ok) return;
    if (this.m.disk.lone) {
      yield* this.tell_peer(() => {
        disk.leaveInsync(0, meeting);
        this.w.left(1 - this.me);
      }, told);
      told.ok = false;
      return;
    }
    run.toldEpoch = word;
    run.toldMeeting = meeting;
    run.toldAt = this.now();
  }

  protected *keep_books_secondary(): Work {
    const run = this.m.run;
    if (this.m.disk.lone) this.count_lone_writes();
    if (this.o_roles === Roles['all-secondary']) run.promoting = false;
    else if (!run.promoting) run.met = false;
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

  protected count_lone_writes(undrained = false): void {
    this.look_hast();
    if (this.o_link !== 'degraded' && !this.m.disk.lone && !undrained) return;
    this.m.disk.lone = false;
    if (this.r_epoch !== this.r_agreed) return;
    this.r_epoch += 1;
    this.r_fresh = Fresh.fresh;
    this.save_record();
  }
}
