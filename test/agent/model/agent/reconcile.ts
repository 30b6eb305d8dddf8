import { Epoch, Request, Roles } from '../codes.js';
import type { Work } from '../machine.js';
import { AgentThink } from './think.js';

/** One round after the other, under the lock. */
export abstract class AgentReconcile extends AgentThink {
  protected *reconcile(kind: string): Work {
    const run = this.m.run;
    this.relation = Epoch.unknown;
    yield* this.unblock_left_over();
    this.ap_known = 'no';
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
    yield* this.lift_route();
    this.check_alarms();
    this.publish(this.state);
  }

  protected check_alarms(): void {
    if (this.o_link === 'connected' || this.o_link === 'insync' || this.o_link === 'syncing')
      this.m.run.hookSplit = false;
    this.m.splitAlarm = this.is_split();
    this.m.reason = `${this.action} ${this.reason}`;
  }

  protected *act(done: { ok: boolean }): Work {
    switch (this.action) {
      case 'none':
        this.set_skew(this.skew);
        return;
      case 'promote':
        if (this.has_news()) return;
        yield* this.still_so(done);
        if (done.ok && !this.has_news()) yield* this.promote(this.reason, done);
        else done.ok = true;
        return;
      case 'demote':
        yield* this.still_so(done);
        if (done.ok && this.reason === 'isolated' && this.w.settings.lacks !== 'devices first')
          yield* this.abandon(this.reason, done);
        else if (done.ok) yield* this.demote(Roles['all-secondary'], this.reason, done);
        else done.ok = true;
        return;
      case 'retire':
        if (this.reason === 'two-primaries' && this.w.settings.lacks !== 'devices first')
          return yield* this.abandon(this.reason, done);
        return yield* this.demote(Roles['all-init'], this.reason, done);
      case 'secondary':
        return yield* this.become_secondary(done);
      case 'takeover':
        return yield* this.take_over(done);
      default:
        done.ok = false;
    }
  }

  protected *become_secondary(done: { ok: boolean }): Work {
    this.set_skew(240);
    yield* this.set_roles(Roles['all-secondary'], done);
    if (!done.ok) return;
    this.m.run.lost = -1;
    this.r_at = this.now();
    this.save_record();
    this.log(`${this.state} -> standby: ${this.reason}, epoch ${this.r_epoch}/${this.r_agreed}`);
  }
}
