import { Carp, Mounts, Peer, Roles } from '../codes.js';
import type { Work } from '../machine.js';
import { AgentBooks } from './books.js';

/** CARP, roles, routes and storage. */
export abstract class AgentRoles extends AgentBooks {
  protected set_skew(skew: number): void {
    if (skew < 0 || skew === this.o_skew || this.o_carp === Carp.none) return;
    this.w.setSkew(this.me, skew);
    this.o_skew = skew;
  }

  protected *set_roles(role: number, done: { ok: boolean }): Work {
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

  protected *await_link(): Work {
    for (let left = 10; left > 0; left -= 1) {
      if (this.o_link === 'insync' || this.o_link === 'syncing') return;
      yield 1;
      this.look_hast();
    }
  }

  protected *block_peer(): Work {
    this.m.run.rejected = true;
    this.m.run.rejectedAt = this.now();
    yield* this.command(1, () => {
      this.m.reject = true;
      this.w.refresh();
    });
  }

  protected *unblock_peer(): Work {
    if (!this.m.run.rejected) return;
    yield* this.delete_route();
    this.m.run.rejected = false;
  }

  private *delete_route(): Work {
    yield* this.command(1, () => {
      this.m.reject = false;
      this.w.refresh();
    });
  }

  protected *lift_route(): Work {
    const { run } = this.m;
    if (!run.rejected) return;
    const away = [Peer.standby, Peer.down, Peer.leaving].includes(this.p_state as never);
    const most = Math.min(40, this.w.settings.bootWait / 2);
    if (this.o_roles === Roles['all-primary'] && !away && this.now() - run.rejectedAt < most) return;
    yield* this.unblock_peer();
  }

  protected *unblock_left_over(): Work {
    const { run } = this.m;
    if (run.rejected && this.m.live) return;
    if (run.rejected) {
      run.unblockAgain = true;
      yield* this.unblock_peer();
    } else if (run.unblockAgain) {
      yield* this.delete_route();
      run.unblockAgain = false;
    }
  }

  // ------------------------------------------------------------- storage

  protected *attach(done: { ok: boolean }): Work {
    done.ok = false;
    if (this.w.clock.random(2) === 0) this.w.hast.repair(this.me);
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

  protected *detach(done: { ok: boolean }): Work {
    if (this.m.mounted) {
      yield this.m.busy || this.m.unmountable ? 140 : 2;
      if (this.m.unmountable) yield 100;
      else yield* this.command(2, () => this.w.unmount(this.me));
    }
    this.look_mounts();
    done.ok = this.o_mounts === Mounts.none;
  }
}
