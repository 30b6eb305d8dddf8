import { Carp, Epoch, Fresh, Mounts, Peer, Request, Roles } from '../codes.js';
import type { Machine, Public, Work } from '../machine.js';
import { compare_epochs } from './epochs.js';
import { AgentSight } from './sight.js';

/** Asking the other node, and judging what it says. */
export abstract class AgentPeer extends AgentSight {
  protected abstract publish(state: string): void;

  protected *tell_peer(leave: () => void, told: { ok: boolean }, guarded = false): Work {
    told.ok = false;
    if (guarded && this.m.disk.lone) return;
    const there = this.w.sshTo(this.me);
    yield there ? 1 + this.w.clock.random(3) : 20;
    told.ok = there && this.w.sshTo(this.me);
    if (told.ok) leave();
  }

  /** The loop's last answer, of two seconds ago at most. */
  protected recall_peer(): boolean {
    const said = this.w.heard(this.me, this.w.clock.random(20));
    if (!said) return false;
    this.ap_answer = said;
    this.ap_alive = true;
    this.p_rep = this.w.repPath;
    this.ap_known = 'recalled';
    this.judge_peer();
    return true;
  }

  *ask_peer(): Work {
    const carp = this.o_carp;
    if (yield* this.probes()) yield* this.probes();
    this.o_carp = carp;
    this.ap_known = 'yes';
    this.judge_peer();
  }

  protected *ask_peer_again(): Work {
    const released = this.p_state === Peer.standby || this.p_state === Peer.down;
    const dead = this.ap_known === 'yes' && this.p_state === Peer.dead;
    if (dead || (this.ap_known === 'released' && released)) {
      this.ap_known = 'no';
      this.judge_peer();
    } else yield* this.ask_peer();
  }

  /** start_probes and await_probes; true when CARP has overtaken what answered. */
  private *probes(): Generator<number, boolean, void> {
    const w = this.w;
    yield 3;
    const rep = w.repPath;
    let alive = rep || w.lanPath;
    this.ap_answer = w.sshTo(this.me) ? this.peer_status() : null;
    let left = 10 + w.clock.random(20);
    if (!alive) left = w.clock.random(3) === 0 ? 20 : 4;
    else if (this.ap_answer !== null) left = w.clock.random(3);
    for (; left > 0; left -= 1) {
      yield 1;
      if (this.is_overtaken() && alive && this.ap_answer === null) return true;
    }
    this.p_rep = rep || w.repPath;
    alive ||= this.p_rep || w.lanPath;
    this.ap_alive = alive;
    return false;
  }

  private is_overtaken(): boolean {
    const standby = this.o_roles === Roles['all-secondary'] && this.o_carp === Carp.BACKUP;
    if (!this.m.run.wanted || !standby || this.m.carp !== Carp.MASTER) return false;
    this.look_carp();
    return true;
  }

  /** On the other node. */
  protected peer_status(): Public | null {
    const { owed } = (this.w.m[1 - this.me] as Machine).disk;
    const last = (this.w.m[1 - this.me] as Machine).run.public;
    if (last === null) return null;
    const said = { ...last, owed };
    const lone = (this.w.m[1 - this.me] as Machine).disk.lone && said.epoch === said.agreed;
    if (lone) return { ...said, epoch: said.epoch + 1 };
    return this.now() - said.time > 60 ? { ...said, state: 'unknown', epoch: -1, agreed: -1 } : said;
  }

  judge_peer(): void {
    this.p_state = Peer.silent;
    this.p_epoch = -1;
    this.p_agreed = -1;
    this.p_word = '';
    this.p_carp = Carp.none;
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
      this.weigh_owed(this.ap_answer?.owed === true);
      this.note_meeting();
    } else this.epoch_from_memory();
  }

  protected weigh_owed(theirs: boolean): void {
    const { disk } = this.m;
    if (disk.owed && this.relation === Epoch.equal) {
      this.r_epoch += 1;
      this.relation = Epoch.ahead;
      this.save_record();
      this.publish(this.m.run.public?.state ?? 'down');
    } else if (!disk.owed && theirs && this.relation === Epoch.equal) this.relation = Epoch.behind;
    disk.owed = false;
  }

  protected read_answer(said: Public): void {
    this.p_word = said.state;
    this.p_carp = said.carp;
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

  protected judge_released(): void {
    const released = this.m.run.released;
    if (released === null || this.now() - released[0] > 10) return;
    this.p_state = Peer.down;
    this.p_gone = true;
    this.p_epoch = released[1];
    this.p_agreed = released[2];
  }

  protected note_meeting(): void {
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
      run.gave = -1;
    }
    const down = this.p_state === Peer.standby || this.p_state === Peer.down;
    if (this.relation === Epoch.behind) this.set_fresh(Fresh.stale, 'behind');
    else if (this.relation !== Epoch.diverged && this.r_fresh === Fresh.unknown && down && this.r_epoch > 0)
      this.set_fresh(Fresh.fresh, 'the peer has not gone on');
  }

  protected *look_connected(): Work {
    this.o_connected = this.o_carrier;
    if (!this.o_connected || !this.w.settings.witness) return;
    const answers = this.w.witnessed(this.me);
    yield answers ? 1 : 13;
    this.o_connected = answers || this.w.witnessed(this.me);
  }
}
