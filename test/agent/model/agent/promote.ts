import { Carp, Epoch, Fresh, Peer, Request, Roles } from '../codes.js';
import type { Machine, Work } from '../machine.js';
import { AgentDemote } from './demote.js';

/** Taking the storage, and undoing it. */
export abstract class AgentPromote extends AgentDemote {
  /** The storage may have been written to. */
  private begun = false;
  /** peer_stands_back: there is something new, which wants another look. */
  private news = false;

  protected *promote(reason: string, done: { ok: boolean }): Work {
    this.begin_transition('promoting');
    const before = [this.r_epoch, this.r_agreed, this.r_fresh] as const;
    this.begun = false;
    yield* this.peer_stands_back(done);
    if (this.news) {
      done.ok = true;
      this.publish(this.state);
      return;
    }
    if (!done.ok) {
      this.hold(5);
      this.end_transition('standby', 'peer-first');
      return;
    }
    this.m.run.hookConnect = false;
    if (!this.p_rep || this.p_gone) yield* this.block_peer();
    const failed = yield* this.promote_storage();
    if (failed === '') {
      this.set_skew(0);
      this.m.run.hold = -1;
      this.m.run.raised = '';
      this.m.run.promoting = false;
      if (this.o_request === Request.promote || this.o_request === Request.force)
        this.m.run.request = Request.none;
      this.m.run.served = true;
      yield* this.look();
      this.end_transition('serving', reason);
      return;
    }
    done.ok = false;
    yield* this.promote_undo(failed, before);
  }

  protected *promote_storage(): Generator<number, string, void> {
    const done = { ok: false };
    yield* this.drain_queue(done);
    if (!done.ok) return 'queue';
    this.look_hast();
    this.m.run.promoting = true;
    if (this.o_roles !== Roles['all-primary']) yield* this.set_roles(Roles['all-init'], done);
    yield* this.set_roles(Roles['all-primary'], done);
    if (!done.ok) return 'role';
    yield this.m.hung ? 150 : 1; // the first read
    if (this.m.hung) return 'read';
    if (!this.m.run.rejected) yield* this.await_link();
    if (this.p_state !== Peer.dead) yield* this.unblock_peer();
    yield* this.is_unclaimed(done);
    if (!done.ok) return 'claimed';
    const joined = this.o_link === 'insync' || this.o_link === 'syncing';
    if (!joined && this.p_state !== Peer.dead) this.w.tellLater(this.me);
    this.raise_epoch();
    this.agree_early();
    this.publish('promoting');
    this.begun = true;
    yield* this.attach(done);
    return done.ok ? '' : 'mount';
  }

  raise_epoch(): void {
    if (this.is_raised()) return;
    this.r_epoch = Math.max(this.r_epoch, this.r_peer_epoch) + 1;
    if (this.reason === 'forced') this.r_epoch += this.preferred ? 1 : 101;
    this.r_fresh = Fresh.fresh;
    this.m.run.raised = `${this.r_epoch} ${this.m.worker}`;
    this.m.run.toldEpoch = -1;
    this.m.disk.spoolInsync = -1;
    this.m.disk.owed = false;
    this.save_record();
  }

  private *is_unclaimed(done: { ok: boolean }): Work {
    done.ok = true;
    if (this.reason === 'forced') return;
    const before = this.p_state;
    for (let left = 60; left > 0; left -= 1) {
      yield* this.ask_peer();
      done.ok = this.keeps_up();
      if (this.p_state === Peer.primary && this.p_word === 'promoting' && this.preferred) done.ok = false;
      else if ([Peer.serving, Peer.primary, Peer.leaving].includes(this.p_state as never)) {
        done.ok = false;
        return;
      } else if (before !== Peer.dead || this.p_state !== Peer.silent || left <= 58) break;
      yield 10;
    }
    if (this.reason !== 'peer-dead' && this.reason !== 'alone') return;
    this.look_carp();
    done.ok &&= this.o_carp === Carp.MASTER;
  }

  private is_raised(): boolean {
    if (this.m.run.raised === `${this.r_epoch} ${this.m.worker}`) return true;
    return this.reason === 'half-promoted' && this.r_epoch > this.r_agreed;
  }

  protected agree_early(): void {
    if (this.o_link !== 'insync' || this.reason === 'forced') return;
    this.r_agreed = this.r_epoch;
    this.save_record();
    this.w.tellLater(this.me, this.r_epoch);
  }

  private keeps_up(): boolean {
    if (this.reason === 'forced') return true;
    return this.relation !== Epoch.behind && this.relation !== Epoch.diverged && !this.has_news();
  }

  protected has_news(): boolean {
    if (this.o_roles === Roles['all-primary'] || this.o_roles === Roles.mixed) return false;
    const { disk, run } = this.m;
    return (
      run.hookConnect || disk.spoolInsync >= 0 || disk.spoolEqual !== null || disk.spoolReleased !== null
    );
  }

  protected *peer_stands_back(done: { ok: boolean }): Work {
    done.ok = true;
    this.news = false;
    if (this.p_state !== Peer.standby && this.p_state !== Peer.down && this.p_state !== Peer.silent) return;
    for (let left = 10; left > 0; left -= 1) {
      yield* this.ask_peer();
      const primary = this.p_state === Peer.primary;
      if (!(primary && this.p_word === 'promoting' && this.preferred)) {
        done.ok = !primary && this.p_state !== Peer.serving && this.p_state !== Peer.leaving;
        this.news = done.ok && !this.keeps_up();
        return;
      }
      yield 5;
    }
    done.ok = false;
  }

  protected *promote_undo(what: string, before: readonly [number, number, number]): Work {
    const done = { ok: false };
    this.set_skew(240);
    this.hold(30);
    yield* this.detach(done);
    if (!done.ok) {
      yield* this.unblock_peer();
      this.demote_failed();
      return;
    }
    yield* this.undo_record(what === 'queue' ? [before[0], before[1], this.r_fresh] : before);
    if (this.p_state !== Peer.dead || this.r_epoch !== before[0]) this.m.run.met = false;
    this.m.run.promoting = false;
    this.m.run.lost = -1;
    this.m.run.raised = '';
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

  protected *undo_record(before: readonly [number, number, number]): Work {
    this.r_fresh = before[2];
    if (!this.begun) [this.r_epoch, this.r_agreed] = before;
    else if (this.untouched()) {
      if (this.r_agreed !== this.r_epoch) [this.r_epoch, this.r_agreed] = before;
    } else if (this.o_link === 'insync' && !this.w.hast.draining) this.r_agreed = this.r_epoch;
    else {
      if (this.r_epoch <= this.r_agreed) this.r_epoch += 1;
      return;
    }
    if (this.p_state === Peer.dead || this.o_link === 'syncing') return;
    const disk = (this.w.m[1 - this.me] as Machine).disk;
    const word: [number, number] = [before[0], this.r_epoch];
    const leave = () => {
      disk.spoolEqual = word;
      this.w.left(1 - this.me);
    };
    yield* this.tell_peer(leave, { ok: false });
  }

  private untouched(): boolean {
    this.look_hast();
    const counted = this.o_roles === Roles['all-primary'] && this.o_written === 0;
    return counted && this.reason !== 'half-promoted';
  }
}
