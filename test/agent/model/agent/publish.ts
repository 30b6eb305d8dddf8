import { Carp, Epoch, Fresh, Mode, Mounts, Roles } from '../codes.js';
import { AgentRoles } from './roles.js';

/** What the other node is told. */
export abstract class AgentPublish extends AgentRoles {
  protected name_state(): void {
    if (this.o_roles === Roles['all-primary'] && this.o_mounts === Mounts.all) this.state = 'serving';
    else if (this.o_mode === Mode.on) this.state = 'maintenance';
    else if (this.o_roles === Roles['all-secondary'] && this.o_mounts === Mounts.none) this.state = 'standby';
    else this.state = 'down';
    if (this.is_split()) this.state = 'split-brain';
  }

  protected is_split(): boolean {
    return this.m.run.diverged || this.m.run.hookSplit;
  }

  protected publish(state: string): void {
    const behind = this.relation === Epoch.behind || this.relation === Epoch.diverged;
    const standby = this.o_roles === Roles['all-secondary'] && this.o_mounts === Mounts.none;
    const listens = this.o_carp === Carp.MASTER || this.o_carp === Carp.BACKUP;
    const ready =
      this.r_fresh === Fresh.fresh && listens && this.o_mode === Mode.off && this.m.run.badDisk < 0;
    const { run } = this.m;
    run.before = [[run.public, this.w.now] as [typeof run.public, number], ...run.before].slice(0, 8);
    run.public = {
      state,
      epoch: this.r_epoch,
      agreed: this.r_agreed,
      roles: this.o_roles,
      mounts: this.o_mounts,
      carp: this.o_carp,
      ready: state === 'standby' && standby && ready && !behind,
      fresh: this.r_fresh,
      met: run.met,
      gone: this.m.workKind === 'stop',
      time: this.now(),
    };
  }

  protected begin_transition(state: string): void {
    this.publish(state);
  }

  protected end_transition(to: string, reason: string): void {
    this.log(`${this.state} -> ${to}: ${reason}, epoch ${this.r_epoch}/${this.r_agreed}`);
    this.r_at = this.now();
    this.save_record();
    this.publish(to);
  }

  protected hold(seconds: number): void {
    this.m.run.hold = this.now() + seconds;
  }
}
