import type { Clock } from './clock.js';
import { Due } from './clock.js';
import { Carp } from './codes.js';
import type { Machine } from './machine.js';

/** advbase 1: what a backup waits for, plus its own skew (measured.md §2). */
const SILENCE = 30;

/**
 * CARP between two nodes with preempt=1: the next change of each node, given what it hears now. Nothing is advertised
 * one by one; a condition that lasts long enough changes the state.
 */
export class Election {
  private condition = ['', ''];

  constructor(
    private readonly clock: Clock,
    private readonly m: [Machine, Machine],
    private readonly hears: (listener: number) => boolean,
    private readonly changed: (node: number) => void,
  ) {}

  /** After any change of power, carrier, link, skew or state. */
  refresh(): void {
    this.refreshNode(0);
    this.refreshNode(1);
  }

  private refreshNode(i: number): void {
    const me = this.m[i] as Machine;
    const other = this.m[1 - i] as Machine;
    if (!me.net || !me.carrier) {
      this.enter(me, Carp.INIT);
      this.condition[i] = '';
      this.clock.unset(Due.CARP, i);
      return;
    }
    if (me.carp === Carp.INIT) this.enter(me, Carp.BACKUP);
    const heard = other.carp === Carp.MASTER && this.hears(i);
    if (me.carp === Carp.BACKUP) this.refreshBackup(i, me, other, heard);
    else if (heard && other.skew <= me.skew) this.when(i, 'yield', 1 + this.clock.random(10));
    else this.when(i, '', 0);
  }

  private refreshBackup(i: number, me: Machine, other: Machine, heard: boolean): void {
    if (!heard) this.when(i, `silence${me.skew}`, SILENCE + Math.ceil(me.skew / 25.6));
    else if (me.skew < other.skew)
      this.when(i, 'preempt', 1 + this.clock.random(10 + Math.ceil(other.skew / 25.6)));
    else this.when(i, '', 0);
  }

  private when(i: number, condition: string, delay: number): void {
    if (this.condition[i] === condition) return;
    this.condition[i] = condition;
    if (condition === '') this.clock.unset(Due.CARP, i);
    else this.clock.set(Due.CARP, i, delay);
  }

  private enter(me: Machine, state: number): void {
    if (me.carp === state) return;
    me.carp = state;
    this.changed(me.index);
  }

  /** The condition has lasted. */
  due(i: number): void {
    const me = this.m[i] as Machine;
    this.condition[i] = '';
    this.enter(me, me.carp === Carp.MASTER ? Carp.BACKUP : Carp.MASTER);
    this.refresh();
  }
}
