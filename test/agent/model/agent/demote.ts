import { Fresh, Peer, Request, Roles } from '../codes.js';
import type { Machine, Work } from '../machine.js';
import { AgentPublish } from './publish.js';

/** Letting go of the storage, and waiting until the peer has. */
export abstract class AgentDemote extends AgentPublish {
  protected *demote(wanted: number, reason: string, done: { ok: boolean }): Work {
    this.begin_transition('demoting');
    this.set_skew(240);
    yield 1 + this.w.clock.random(20); // stop_services
    const handsOver = wanted === Roles['all-secondary'] && this.p_state === Peer.standby;
    const planned = handsOver && ['requested', 'local-errors', 'disconnected'].includes(reason);
    yield* this.detach(done);
    const detached = done.ok;
    if (detached) yield* this.drain(planned, done);
    if (!done.ok && planned) {
      yield* this.call_off(done);
      return;
    }
    if (!detached) {
      this.demote_failed();
      return;
    }
    this.count_lone_writes(!done.ok);
    this.m.run.met = false;
    this.m.run.lost = -1;
    this.m.run.raised = '';
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
    this.publish(role === Roles['all-init'] ? 'down' : 'standby');
    if (reason === 'local-errors') this.m.run.badDisk = this.now();
    this.hold_after(reason);
    this.look_mounts();
    this.end_transition(role === Roles['all-init'] ? 'down' : 'standby', reason);
  }

  private *drain(planned: boolean, done: { ok: boolean }): Work {
    this.look_hast();
    done.ok = true;
    if (this.o_link === 'none') return;
    if (this.o_link === 'degraded') {
      done.ok = !planned;
      return;
    }
    if (!planned && (this.p_state === Peer.dead || this.p_state === Peer.silent)) {
      this.m.disk.owed ||= this.w.hast.draining;
      return;
    }
    for (let left = 150; left > 0 && this.owes(); left -= 1) {
      yield 1;
      this.look_hast();
    }
    done.ok = this.linkIs('insync') && !this.w.hast.draining;
  }

  private owes(): boolean {
    return this.linkIs('syncing') || (this.linkIs('insync') && this.w.hast.draining);
  }

  private linkIs(link: string): boolean {
    return this.o_link === link;
  }

  private *call_off(done: { ok: boolean }): Work {
    this.m.run.request = Request.none;
    this.reason = 'called-off';
    yield* this.attach(done);
    if (!done.ok) {
      this.demote_failed();
      return;
    }
    this.set_skew(0);
    yield* this.look();
    this.end_transition('serving', 'called-off');
    done.ok = false;
  }

  protected *drain_queue(done: { ok: boolean }): Work {
    const waits = this.m.pending !== null;
    const { worker } = this.m;
    for (let left = 150; this.m.pending !== null && left > 0; left -= 1) yield 1;
    done.ok = this.m.pending === null;
    if (!done.ok || !waits || (this.m.open && this.m.worker === worker) || !this.w.hast.owes) return;
    done.ok = false;
    this.set_fresh(Fresh.stale, 'its queue was lost');
  }

  /** The devices go first, before hastd acknowledges a write alone. */
  protected *abandon(reason: string, done: { ok: boolean }): Work {
    this.begin_transition('demoting');
    if (reason === 'isolated') this.m.disk.owed = true;
    yield* this.command(2 + this.w.clock.random(10), () => this.w.setRole(this.me, Roles['all-init']));
    this.set_skew(240);
    yield 1 + this.w.clock.random(20); // stop_services
    yield* this.detach(done);
    if (!done.ok) {
      this.demote_failed();
      return;
    }
    if (this.m.disk.lone && this.r_epoch === this.r_agreed) {
      this.r_epoch += 1;
      this.r_fresh = Fresh.fresh;
    }
    this.m.run.met = false;
    this.m.run.lost = -1;
    this.m.run.raised = '';
    this.m.run.hookConnect = false;
    this.look_hast();
    this.end_transition('down', reason);
    this.m.disk.lone = false;
  }

  protected hold_after(reason: string): void {
    if (['requested', 'local-errors', 'disconnected', 'partial', 'shutdown'].includes(reason)) this.hold(30);
    else if (!['isolated', 'split-brain', 'two-primaries'].includes(reason)) this.hold(10);
  }

  protected demote_failed(): void {
    this.count_lone_writes();
    this.log('demote-failed');
    this.publish('down');
    if (this.w.settings.onDemoteFailure !== 'reboot' || this.m.workKind === 'stop') return;
    this.log('reboots');
    this.w.powerOff(this.me);
    this.w.powerOn(this.me);
  }

  protected *take_over(done: { ok: boolean }): Work {
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
      if (done.ok) this.ap_known = 'released';
      if (done.ok || this.p_state === Peer.dead) return;
      if (this.p_state !== Peer.leaving && this.now() >= end) return;
      yield 2;
    }
  }
}
