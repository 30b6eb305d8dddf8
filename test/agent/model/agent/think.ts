import { Carp, Epoch, Fresh, Mode, Mounts, Peer, Phase, Request, Roles, row } from '../codes.js';
import type { Work } from '../machine.js';
import { AgentPromote } from './promote.js';

/** From what is seen to an action. */
export abstract class AgentThink extends AgentPromote {
  protected look_phase(): void {
    const run = this.m.run;
    const now = this.now();
    if (run.served) this.o_phase = Phase.run;
    else if (run.since < 0) {
      run.since = now;
      this.o_phase = Phase.boot;
    } else this.o_phase = now - run.since < this.w.settings.bootWait ? Phase.boot : Phase.alone;
  }

  protected needs_peer(kind: string): boolean {
    const served = this.o_roles === Roles['all-primary'] && this.o_mounts === Mounts.all;
    if (this.o_roles === Roles['all-primary'] && this.w.claims(this.me)) return true;
    if (this.o_roles === Roles['all-secondary']) {
      const quiet = this.o_mounts === Mounts.none && this.o_link === 'connected';
      return !(quiet && this.r_fresh === Fresh.fresh && kind === 'wake');
    }
    if (served && this.o_link === 'degraded') return true;
    if (this.o_roles === Roles['no-hastd'] && this.o_mounts === Mounts.none) return true;
    if (served && this.o_link === 'insync' && kind === 'tick') return this.failsBack() || this.wants_away();
    return false;
  }

  protected failsBack(): boolean {
    return this.w.settings.failback === 'auto' && !this.preferred;
  }

  protected call_decide(): void {
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
      this.preferred && !(this.o_phase === Phase.boot && this.p_state === Peer.standby && !this.p_rep),
    );
    const thought = thoughts[cells[code] ?? 0];
    if (thought === undefined) throw new Error('no such row');
    this.action = thought.action;
    this.reason = thought.reason;
    this.skew = thought.skew;
  }

  protected *think(kind: string): Work {
    this.o_connected = this.o_carrier;
    if (this.o_roles === Roles['all-primary'] || this.o_carp === Carp.MASTER) yield* this.look_connected();
    const recalls = kind === 'tick' && this.o_request === Request.none;
    if (this.needs_peer(kind)) {
      if (!recalls || !this.recall_peer()) yield* this.ask_peer_again();
    } else {
      this.p_state = Peer.unasked;
      this.p_rep = true;
      this.p_gone = false;
      this.ap_known = 'no';
      this.epoch_from_memory();
    }
    let why = 'requested';
    if (this.gives_away(kind)) {
      this.o_request = Request.demote;
      why = 'local-errors';
    } else if (this.gives_back(kind)) this.o_request = Request.demote;
    else if (this.follows_address(kind)) this.o_request = Request.promote;
    this.call_decide();
    if (this.action === 'ask' || (this.action !== 'none' && this.ap_known === 'recalled')) {
      yield* this.ask_peer_again();
      this.call_decide();
    }
    if (this.action === 'demote' && this.reason === 'requested') this.reason = why;
    if (this.action !== 'none' && this.action !== 'takeover') this.ap_known = 'no';
  }

  private wants_away(): boolean {
    if (this.w.settings.onDiskError !== 'handover' || !this.o_errors) return false;
    const { badDisk } = this.m.run;
    return badDisk < 0 || this.now() - badDisk >= 3600;
  }

  private gives_away(kind: string): boolean {
    const serves = this.o_roles === Roles['all-primary'] && this.o_mounts === Mounts.all;
    const free = this.o_mode === Mode.off && kind === 'tick' && this.o_request === Request.none;
    const given = this.wants_away() && this.p_state === Peer.standby && serves && free;
    return given && this.now() - this.r_at > 60;
  }

  protected gives_back(kind: string): boolean {
    const serves = this.o_roles === Roles['all-primary'] && this.o_mounts === Mounts.all;
    const free = this.o_mode === Mode.off && kind === 'tick' && this.o_request === Request.none;
    if (!this.failsBack() || this.p_state !== Peer.standby || !serves || !free) return false;
    const { run } = this.m;
    if (this.now() - this.r_at <= 60 || (run.gave >= 0 && this.now() - run.gave < 3600)) return false;
    run.gave = this.now();
    return true;
  }

  protected follows_address(kind: string): boolean {
    if (kind !== 'tick') return false;
    const free = this.o_request === Request.none && this.o_mode === Mode.off;
    const standby = this.o_roles === Roles['all-secondary'] && this.o_mounts === Mounts.none;
    const good = standby && this.r_fresh === Fresh.fresh && this.relation === Epoch.equal;
    const lost = this.p_state === Peer.primary && this.p_word === 'serving' && this.p_carp === Carp.BACKUP;
    const { run } = this.m;
    const now = this.now();
    if (!free || !good || !lost || this.o_carp !== Carp.MASTER) run.misplaced = -1;
    else if (run.misplaced < 0) run.misplaced = now;
    else if (now - run.misplaced >= 5) {
      run.misplaced = now + 600;
      return true;
    }
    return false;
  }

  protected *still_so(done: { ok: boolean }): Work {
    done.ok = true;
    const promotes = this.action === 'promote' && (this.reason === 'peer-dead' || this.reason === 'alone');
    const demotes = this.reason === 'isolated' || this.reason === 'disconnected';
    const lost = this.action === 'demote' && demotes;
    if (!promotes && !lost) return;
    if (lost) yield this.o_carrier ? 1 : 10;
    else yield this.w.clock.random(2) * 5;
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
}
