import type { Clock } from './clock.js';
import { Due } from './clock.js';
import { Roles } from './codes.js';
import { append, type Copy, contains, overwrite, type Promises, same } from './data.js';
import { type Machine, NEVER } from './machine.js';

export interface ReplicationSettings {
  /** hastd compares counters, finds a split-brain and refuses; without, it overwrites (measured.md §3.2). */
  detects: boolean;
  /** A stale primary hangs (measured.md §3.1); without, it overwrites its newer secondary. */
  hangs: boolean;
  /** How long a synchronisation takes. */
  syncTime: number;
  /** Writes too young to have been told of are no promise yet: acknowledged alone for less than this. */
  notice: number;
  /** Whatever happens, there is one history. */
  strict: boolean;
}

/** A standby that was not told asks by itself every ten seconds. */
const ASKED = 150;

export type HookName = 'connect' | 'disconnect' | 'split-brain' | 'syncdone';

/** hastd's connection between the two nodes, and what it does to the copies. */
export class Replication {
  syncing = false;
  /** A queue was lost: its extents stay dirty until both are connected again. */
  private dropped = false;
  /** Young lone writes that were lost with their node. */
  youngLost = 0;

  constructor(
    private readonly clock: Clock,
    private readonly m: [Machine, Machine],
    private readonly promises: Promises,
    private readonly settings: ReplicationSettings,
    private readonly path: () => boolean,
    /** Some network connects the nodes. */
    private readonly reaches: () => boolean,
    private readonly hook: (node: number, name: HookName) => void,
    private readonly broke: (rule: string) => void,
  ) {}

  private works(i: number, role: number): boolean {
    const me = this.m[i] as Machine;
    return me.power !== 'off' && me.hastd && me.role === role;
  }

  /** The primary of the pair where roles are complementary, else -1. */
  primary(): number {
    for (let i = 0; i < 2; i += 1)
      if (this.works(i, Roles['all-primary']) && this.works(1 - i, Roles['all-secondary'])) return i;
    return -1;
  }

  /** Data goes through now. */
  get flowing(): boolean {
    return this.m[0].open && this.m[1].open && this.path() && this.primary() >= 0;
  }

  /** A worker ended: its end of the connection is gone at once. */
  close(i: number): void {
    const me = this.m[i] as Machine;
    if (!me.open) return;
    me.open = false;
    this.clock.unset(Due.NOTICE, i);
    this.drop(me);
    this.interrupt();
  }

  /** A secondary worker ends, and its queue with it. */
  private drop(me: Machine): void {
    if (me.pending !== null) this.dropped = true;
    me.pending = null;
    this.clock.unset(Due.DRAIN, me.index);
  }

  /** A secondary's queue was lost, and its primary has not connected again: the only disk that has it is the primary's. */
  get owes(): boolean {
    return this.dropped;
  }

  /** Some of what a secondary has acknowledged is not on its disk yet. */
  get draining(): boolean {
    return this.dropped || this.m[0].pending !== null || this.m[1].pending !== null;
  }

  /** The disk of a secondary has got everything. */
  drained(i: number): void {
    const me = this.m[i] as Machine;
    if (me.pending === null) return;
    overwrite(me.disk.copy, me.pending);
    me.pending = null;
  }

  private receive(me: Machine, copy: Copy): void {
    if (!me.slowDisk && me.pending === null) {
      overwrite(me.disk.copy, copy);
      return;
    }
    me.pending = { ...copy };
    if (!this.clock.isSet(Due.DRAIN, me.index))
      this.clock.set(Due.DRAIN, me.index, 1 + this.clock.random(me.slowDisk ? 150 : 5));
  }

  private interrupt(): void {
    this.syncing = false;
    this.clock.unset(Due.SYNCED, 0);
  }

  /** After any change of roles, paths or power: who will notice what, and when. */
  refresh(): void {
    const through = this.path();
    for (let i = 0; i < 2; i += 1) this.refreshEnd(i, through);
    const p = this.primary();
    if (p >= 0 && through && !this.m[p]?.open) {
      if (!this.clock.isSet(Due.CONNECT, 0)) this.clock.set(Due.CONNECT, 0, 1 + this.clock.random(100));
    } else this.clock.unset(Due.CONNECT, 0);
  }

  private refreshEnd(i: number, through: boolean): void {
    const me = this.m[i] as Machine;
    if (!me.open) return;
    const other = this.m[1 - i] as Machine;
    if (through && other.open) this.clock.unset(Due.NOTICE, i);
    else if (through) this.clock.soon(Due.NOTICE, i, 1 + this.clock.random(5));
    else if (!this.clock.isSet(Due.NOTICE, i)) {
      const patience = me.role === Roles['all-primary'] ? 100 : 200;
      // Nothing tells a secondary that its primary has lost power.
      this.clock.set(Due.NOTICE, i, this.clock.random(2) === 0 && me.pending === null ? 5 : patience);
    }
  }

  /** A new primary tries at once, not after ten seconds. */
  hurry(): void {
    if (this.clock.isSet(Due.CONNECT, 0)) this.clock.set(Due.CONNECT, 0, 3);
  }

  /** One end gives the connection up. */
  notice(i: number): void {
    const me = this.m[i] as Machine;
    me.open = false;
    this.drop(me);
    this.interrupt();
    this.hook(i, 'disconnect');
    if (me.role === Roles['all-primary'] && me.live && me.halted < 0) this.alone(me);
    this.refresh();
  }

  connect(): void {
    const p = this.primary();
    if (p < 0 || !this.path()) return;
    this.dropped = false;
    const primary = this.m[p] as Machine;
    const secondary = this.m[1 - p] as Machine;
    const a = primary.disk.copy;
    const b = secondary.disk.copy;
    const write = { branch: b.branch, n: b.n };
    const apart = !b.torn && !contains(a, write);
    const ahead = apart && !a.torn && contains(b, { branch: a.branch, n: a.n });
    if (apart && !ahead && this.settings.detects) {
      this.hook(p, 'split-brain');
      this.hook(1 - p, 'split-brain');
      this.refresh();
      return;
    }
    if (ahead && this.settings.hangs) primary.hung = true;
    else if (!same(a, b) || primary.disk.dirty || secondary.disk.dirty) this.startSync(primary, secondary);
    this.mature(primary);
    primary.open = true;
    secondary.open = true;
    this.clock.unset(Due.NOTICE, 1 - p);
    this.hook(p, 'connect');
    this.hook(1 - p, 'connect');
  }

  private startSync(primary: Machine, secondary: Machine): void {
    const a = primary.disk.copy;
    const b = secondary.disk.copy;
    if (this.youngLost > 0) this.promises.settleFor(a);
    if (this.promises.lost(b, a)) this.broke('an acknowledged write was overwritten');
    if (!same(a, b)) b.torn = true;
    primary.disk.dirty = true;
    this.syncing = true;
    this.clock.set(Due.SYNCED, 0, 1 + this.clock.random(this.settings.syncTime));
  }

  synced(): void {
    const p = this.primary();
    if (p < 0 || !this.syncing) return;
    if (!this.path()) {
      this.clock.set(Due.SYNCED, 0, 10);
      return;
    }
    this.syncing = false;
    const primary = this.m[p] as Machine;
    const secondary = this.m[1 - p] as Machine;
    overwrite(secondary.disk.copy, primary.disk.copy);
    primary.disk.dirty = false;
    secondary.disk.dirty = false;
    this.hook(p, 'syncdone');
  }

  /** A client writes and fsyncs on this node, if it can: memsync with a secondary, alone without. */
  write(i: number): void {
    const me = this.m[i] as Machine;
    if (!me.live || me.hung || me.frozen || me.halted >= 0) return;
    const copy = me.disk.copy;
    me.writes += 1;
    if (!me.open) {
      append(copy);
      me.disk.dirty = true;
      this.acknowledgeAlone(me);
      return;
    }
    if (!this.flowing) return; // blocked until hastd gives the connection up
    append(copy);
    if (!this.syncing) this.receive(this.m[1 - i] as Machine, copy);
    this.promise(copy);
  }

  private promise(copy: Copy): void {
    this.promises.add(copy);
    if (this.settings.strict && this.promises.parted) this.broke('two histories');
  }

  /** fsck changes what is on the copy; nobody was promised that. */
  repair(i: number): void {
    const me = this.m[i] as Machine;
    if (me.hung || me.role !== Roles['all-primary']) return;
    if (me.open && !this.flowing) return; // blocked, as the clients are
    append(me.disk.copy);
    me.writes += 1;
    if (!this.flowing) me.disk.dirty = true;
    else if (!this.syncing) this.receive(this.m[1 - i] as Machine, me.disk.copy);
  }

  /** From now on it writes without the other one, which is alive. */
  alone(me: Machine): void {
    me.loneSince = this.clock.now;
    me.told = false;
  }

  /** How long it takes until the other node knows that this one goes on alone; for ever, while it is deaf. */
  private patience(me: Machine): number {
    const other = this.m[1 - me.index] as Machine;
    if (other.power === 'off' || me.told) return this.settings.notice;
    return me.sshd && other.loop && this.reaches() ? Math.max(ASKED, this.settings.notice) : NEVER;
  }

  private acknowledgeAlone(me: Machine): void {
    if (this.clock.now - me.loneSince >= this.patience(me)) {
      me.loneSince = NEVER;
      me.young = null;
    }
    if (me.loneSince === NEVER) this.promise(me.disk.copy);
    else me.young = { ...me.disk.copy };
  }

  /** Lone writes that lived long enough, or whose node has let go in order, are promised. */
  mature(me: Machine): void {
    if (me.young !== null) this.promise(me.young);
    me.young = null;
    me.loneSince = NEVER;
  }

  /** Lone writes that are old enough by now. */
  ripen(): void {
    for (const me of this.m) if (this.clock.now - me.loneSince >= this.patience(me)) this.mature(me);
  }

  /** The node died under its young lone writes. */
  forget(me: Machine): void {
    if (this.clock.now - me.loneSince >= this.patience(me)) this.mature(me);
    if (me.young !== null) this.youngLost += 1;
    me.young = null;
    me.loneSince = NEVER;
  }
}
