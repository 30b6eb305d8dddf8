import { AgentReconcile } from './agent/reconcile.js';
import { Due } from './clock.js';
import { Epoch, Mounts, Peer, Request, Roles } from './codes.js';
import type { Machine, Work } from './machine.js';

/**
 * The agent around its decision, function by function and with the script's own names, as far as it bears on who
 * serves what; its parts are in agent/, one subject each. A generator hands back how many tenths of a second pass where
 * the script waits for something. Here: the verbs.
 */
export class Agent extends AgentReconcile {
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
    run.promoting = false;
    run.lost = -1;
    run.since = -1;
    run.toldEpoch = -1;
    run.meeting += 1;
    run.request = Request.none;
    run.hold = -1;
    run.gave = -1;
    run.misplaced = -1;
    run.anew = false;
    this.m.disk.spoolEqual = null;
    run.released = null;
    run.hookConnect = false;
    run.hookSplit = false;
    run.wanted = false;
    this.m.disk.spoolDemote = false;
    this.m.disk.spoolReleased = null;
    run.badDisk = -1;
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
    } else {
      this.set_skew(240);
      yield* this.drain_queue(done);
    }
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
