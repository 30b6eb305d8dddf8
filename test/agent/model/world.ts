import { Agent } from './agent.js';
import type { Brain } from './brain.js';
import { Election } from './carp.js';
import { Clock, Due } from './clock.js';
import { Carp, Roles } from './codes.js';
import { Promises, same } from './data.js';
import { type Machine, type Public, Run, twoMachines, type Work } from './machine.js';
import { type HookName, Replication } from './replication.js';

export interface Settings {
  seed: number;
  /** The decision of both nodes. */
  brain: Brain;
  bootWait: number;
  failback: 'manual' | 'auto';
  onDiskError: 'alert' | 'handover';
  onDemoteFailure: 'reboot' | 'alert';
  witness: boolean;
  detects: boolean;
  hangs: boolean;
  syncTime: number;
  notice: number;
  /** One fault at a time: with a witness there is one history, whatever the fault. */
  strict: boolean;
  /** For tests of the invariants: the agent does without this. */
  lacks?: Guard | undefined;
  /** Every log line goes here, with its time. */
  trace?: string[] | undefined;
}

/** What keeps one history when a primary is cut off or frozen: see lost_secondary, abandon. */
export type Guard = 'a stopped worker' | 'devices first';

/** A promise was broken. */
export class Broken extends Error {}

/** Two machines, two networks, and what hastd, CARP and the clients do on them. */
export class World {
  readonly clock: Clock;
  readonly m: [Machine, Machine] = twoMachines();
  readonly promises = new Promises();
  readonly hast: Replication;
  readonly carp: Election;
  readonly agents: [Agent, Agent];
  rep = true;
  /** By sender. */
  lan = [true, true];
  /** The two nodes have seen neither of the networks at some moment while both were up. */
  partitioned = false;
  promotions = 0;
  /** A person has overruled a copy that was not fresh. */
  forced = false;
  /** ... while the other copy was another one. */
  overruled = false;

  constructor(readonly settings: Settings) {
    this.clock = new Clock(settings.seed);
    this.hast = new Replication(
      this.clock,
      this.m,
      this.promises,
      settings,
      () => this.repPath,
      () => this.repPath || this.lanPath,
      (node, name) => this.hook(node, name),
      (rule) => this.broke(rule),
    );
    this.carp = new Election(
      this.clock,
      this.m,
      (listener) =>
        (this.lan[1 - listener] ?? false) && this.m[0].carrier && this.m[1].carrier && !this.frozen,
      (node) => this.carpChanged(node),
    );
    this.agents = [new Agent(this, 0), new Agent(this, 1)];
  }

  get now(): number {
    return this.clock.now;
  }

  log(node: number, text: string): void {
    this.settings.trace?.push(
      `${(this.clock.now / 10).toFixed(1).padStart(7)} ${node === 0 ? 'A' : 'B'} ${text}`,
    );
  }

  broke(rule: string): never {
    this.log(0, `BROKEN: ${rule}`);
    throw new Broken(rule);
  }

  // ------------------------------------------------------------- networks

  get repPath(): boolean {
    const [a, b] = this.m;
    return this.rep && a.net && b.net && !a.reject && !b.reject && !this.frozen;
  }

  get lanPath(): boolean {
    const [a, b] = this.m;
    const wire = a.carrier && b.carrier && this.lan[0] === true && this.lan[1] === true;
    return a.net && b.net && wire && !this.frozen;
  }

  private get frozen(): boolean {
    return this.m[0].frozen || this.m[1].frozen;
  }

  witnessed(node: number): boolean {
    const me = this.m[node] as Machine;
    return !this.settings.witness || (me.carrier && me.witness);
  }

  /** After any change of power, links, roles. */
  refresh(): void {
    const [a, b] = this.m;
    const apart = !this.rep || this.frozen;
    if (a.net && b.net && !this.lanPath && apart && !this.settings.strict) this.partitioned = true;
    for (const m of this.m) {
      if (m.live && this.claims(m.index)) this.left(m.index);
      if (!m.live || (this.repPath && this.lanPath)) this.clock.unset(Due.QUIET, m.index);
      else if (!this.clock.isSet(Due.QUIET, m.index))
        this.clock.set(Due.QUIET, m.index, 20 + this.clock.random(15));
    }
    this.carp.refresh();
    this.hast.refresh();
  }

  private carpChanged(node: number): void {
    const me = this.m[node] as Machine;
    if (this.settings.trace !== undefined)
      this.log(node, `CARP ${Object.keys(Carp)[me.carp]} skew ${me.skew}`);
    this.wakeSoon(node);
  }

  setSkew(node: number, skew: number): void {
    (this.m[node] as Machine).skew = skew;
    this.carp.refresh();
  }

  // ------------------------------------------------------------- hastd

  setRole(node: number, role: number): void {
    const me = this.m[node] as Machine;
    if (!me.hastd || me.power === 'off' || me.role === role) return;
    if (me.mounted && role !== Roles['all-primary']) me.broken = true;
    this.hast.close(node);
    me.hung = false;
    me.halted = -1;
    me.role = role;
    me.writes = 0;
    me.worker += 1;
    me.diskErrors = false;
    this.hast.refresh();
    if (role === Roles['all-primary']) this.hast.hurry();
  }

  stopHastd(node: number): void {
    const me = this.m[node] as Machine;
    if (!me.hastd) return;
    // What the other one has acknowledged and not written goes with the connection: no agent can know of it then.
    if (me.role === Roles['all-primary'] && this.hast.draining) this.hast.youngLost += 1;
    this.loseQueue(me);
    this.hast.close(node);
    me.halted = -1;
    me.hastd = false;
    me.hung = false;
    if (me.mounted) me.broken = true;
    if (me.broken) this.left(node); // device_lost
    me.role = Roles['all-init'];
    this.hast.refresh();
  }

  /** Two faults: acknowledged from its memory, and the primary, whose disk has it as well, is gone already. */
  private loseQueue(me: Machine): void {
    if (me.pending !== null && !(this.m[1 - me.index] as Machine).live) this.hast.youngLost += 1;
  }

  startHastd(node: number): void {
    const me = this.m[node] as Machine;
    if (me.hastd || (me.power !== 'on' && me.power !== 'booting')) return;
    me.hastd = true;
    me.role = Roles['all-init'];
    this.hast.refresh();
  }

  private hook(node: number, name: HookName): void {
    const me = this.m[node] as Machine;
    if (me.power === 'off') return;
    this.log(node, `hastd: ${name}`);
    const primary = me.role === Roles['all-primary'];
    if (name === 'connect' && !primary) {
      me.run.hookConnect = true;
      me.run.meeting += 1;
    } else if (name === 'disconnect' && primary) {
      if (me.run.armed && me.live && this.settings.lacks !== 'a stopped worker') {
        me.halted = 0;
        this.clock.set(Due.ALONE, node, 1 + this.clock.random(8));
        return;
      }
      me.disk.lone = true;
      this.tellLater(node);
    } else if (name === 'split-brain') me.run.hookSplit = true;
    this.wakeSoon(node);
  }

  /** lost_secondary, from the hook: goes on alone where the peer has not taken over and is told, or is dead beside a witness. */
  private alone(node: number): void {
    const me = this.m[node] as Machine;
    if (me.halted < 0) return;
    const other = this.m[1 - node] as Machine;
    const said = this.sshTo(node) ? other.run.public : null;
    const primary = said?.roles === Roles['all-primary'] || said?.roles === Roles.mixed;
    if (said?.state === 'promoting' && me.halted < 20) {
      me.halted += 1;
      this.clock.set(Due.ALONE, node, 6);
      return;
    }
    const heard = said !== null || this.repPath || this.lanPath;
    if (primary || said?.state === 'promoting' || !(heard || (me.carrier && this.witnessed(node)))) {
      this.log(node, 'gives up its devices');
      if (!heard) me.disk.owed = true;
      this.setRole(node, Roles['all-init']);
    } else {
      me.halted = -1;
      me.disk.lone = true;
      if (me.live) this.hast.alone(me);
      if (said !== null) {
        other.disk.leaveInsync(0, other.run.meeting);
        me.told = true;
        this.left(1 - node);
      } else this.tellLater(node);
    }
    this.refresh();
    this.wakeSoon(node);
  }

  /** It goes on where it was. */
  thaw(node: number): void {
    (this.m[node] as Machine).frozen = false;
    this.refresh();
  }

  /** A person says that this copy is to go on, whatever the other one has. */
  force(node: number): void {
    this.forced = true;
    const other = this.m[1 - node] as Machine;
    // Nor can a copy that has gone on alone know that another one was put above it.
    const { epoch = 0, agreed = 0 } = other.disk.record ?? {};
    if (other.live || epoch > agreed || !same(this.m[0].disk.copy, this.m[1].disk.copy))
      this.overruled = true;
    const { copy } = (this.m[node] as Machine).disk;
    copy.torn = false;
    this.promises.settleFor(copy);
  }

  // ------------------------------------------------------------- storage

  mount(node: number, forced: boolean): void {
    const me = this.m[node] as Machine;
    const other = this.m[1 - node] as Machine;
    if (me.power === 'off' || me.mounted || me.role !== Roles['all-primary']) return;
    this.hast.ripen();
    me.mounted = true;
    me.broken = false;
    if (!me.open && other.power === 'on') this.hast.alone(me);
    this.promotions += 1;
    this.log(node, `mounts${forced ? ', forced' : ''}`);
    if (other.live && !this.partitioned && !this.settings.strict && !forced)
      this.broke('two nodes have the storage mounted');
    if (me.disk.copy.torn) {
      if (!forced) this.broke('a torn copy was promoted');
      me.disk.copy.torn = false;
    }
    if (!this.promises.missing(me.disk.copy)) return;
    if (forced || this.overruled || this.partitioned || this.hast.youngLost > 0)
      this.promises.settleFor(me.disk.copy);
    else this.broke('a copy that misses an acknowledged write was promoted');
  }

  unmount(node: number): void {
    const me = this.m[node] as Machine;
    if (me.live && this.hast.flowing && !this.hast.syncing && !this.hast.draining) me.disk.dirty = false;
    me.mounted = false;
    me.broken = false;
  }

  // ------------------------------------------------------------- power

  powerOff(node: number): void {
    const me = this.m[node] as Machine;
    if (me.power === 'off') return;
    this.log(node, 'power off');
    me.power = 'off';
    me.net = false;
    if (me.role === Roles['all-primary'] && this.hast.owes) this.hast.youngLost += 1;
    this.loseQueue(me);
    me.frozen = false;
    me.halted = -1;
    this.hast.forget(me);
    this.hast.close(node);
    for (const slot of [Due.WORK, Due.LOOP, Due.BOOT, Due.WAKE, Due.TELL, Due.ORPHAN, Due.QUIET, Due.ALONE])
      this.clock.unset(slot, node);
    me.work = null;
    me.command = null;
    me.waiters = [];
    me.loop = false;
    me.sshd = false;
    me.hastd = false;
    me.role = Roles['all-init'];
    me.hung = false;
    me.mounted = false;
    me.broken = false;
    me.reject = false;
    me.skew = 240;
    me.run = new Run();
    this.refresh();
  }

  powerOn(node: number): void {
    const me = this.m[node] as Machine;
    if (me.power !== 'off') return;
    this.log(node, 'power on');
    me.power = 'booting';
    me.bootStage = 0;
    this.clock.set(Due.BOOT, node, 80 + this.clock.random(120));
  }

  /** Order: network and CARP, hastd, the agent, sshd. */
  private boot(node: number): void {
    const me = this.m[node] as Machine;
    if (me.power === 'stopping') {
      this.halt(node);
      return;
    }
    me.bootStage += 1;
    if (me.bootStage === 1) me.net = true;
    if (me.bootStage === 2) this.startHastd(node);
    if (me.bootStage === 3) {
      me.power = 'on';
      this.log(node, 'booted');
      this.agents[node]?.verb_start();
    }
    if (me.bootStage === 4) me.sshd = true;
    else this.clock.set(Due.BOOT, node, 5 + this.clock.random(40));
    this.refresh();
  }

  /** shutdown -r: the agent first, then hastd, then the machine. */
  shutdown(node: number): void {
    const me = this.m[node] as Machine;
    if (me.power !== 'on') return;
    this.log(node, 'shutdown');
    me.power = 'stopping';
    this.agents[node]?.verb_stop();
  }

  /** The agent's stop has ended, or has given up. */
  stopped(node: number): void {
    const me = this.m[node] as Machine;
    if (me.power === 'stopping') this.clock.set(Due.BOOT, node, 5);
  }

  private halt(node: number): void {
    const me = this.m[node] as Machine;
    if (me.hastd) {
      this.stopHastd(node);
      this.clock.set(Due.BOOT, node, 10);
      return;
    }
    this.powerOff(node);
    this.powerOn(node);
  }

  // ------------------------------------------------------------- processes

  wakeSoon(node: number): void {
    const me = this.m[node] as Machine;
    if (me.power !== 'off') this.clock.soon(Due.WAKE, node, 1 + this.clock.random(2));
  }

  /** Something lies in the spool: the agent's loop looks every second. */
  left(node: number): void {
    const me = this.m[node] as Machine;
    if (me.loop) this.clock.soon(Due.WAKE, node, 1 + this.clock.random(10));
  }

  /** insync, said in the background. */
  tellLater(node: number, word = 0): void {
    this.clock.set(Due.TELL, node, 4);
    const me = this.m[node] as Machine;
    me.telling = word;
    // Asked for at once, told later.
    me.tellingMeeting = (this.m[1 - node] as Machine).run.meeting;
  }

  /** peer_claims: by its last answer the other node is primary as well, or about to be. */
  claims(node: number): boolean {
    const said = this.sshTo(node) ? (this.m[1 - node] as Machine).run.public : null;
    const primary = said?.roles === Roles['all-primary'] || said?.roles === Roles.mixed;
    return primary || said?.state === 'promoting';
  }

  /** A primary's loop has heard nothing on one of the networks for two seconds. */
  private quiet(node: number): void {
    const me = this.m[node] as Machine;
    if (me.loop && me.live && !(this.repPath && this.lanPath)) this.agents[node]?.wake();
  }

  /** What the other node's agent said up to `age` ago, undefined when nothing came then. */
  heard(node: number, age: number): Public | null | undefined {
    if (!this.sshTo(node)) return undefined;
    const { run, disk } = this.m[1 - node] as Machine;
    const at = this.now - age;
    const said = run.before.findLast(([, until]) => until > at)?.[0] ?? run.public;
    return said && { ...said, owed: disk.owed };
  }

  /** What the connection to the other node's agent needs. */
  sshTo(node: number): boolean {
    const other = this.m[1 - node] as Machine;
    return (this.repPath || this.lanPath) && other.sshd && other.power !== 'off';
  }

  start(node: number, kind: string, work: Work): void {
    const me = this.m[node] as Machine;
    me.work = work;
    me.workKind = kind;
    this.clock.set(Due.WORK, node, 0);
  }

  /** kill -9 of the reconciler: the program that it had started may go on to its end. */
  killWork(node: number, orphan: boolean): void {
    const me = this.m[node] as Machine;
    if (me.work === null) return;
    this.log(node, `reconciler killed${orphan && me.command !== null ? ', its command goes on' : ''}`);
    const left = me.command;
    me.command = null;
    if (orphan && left !== null) {
      me.orphan = left;
      this.clock.set(Due.ORPHAN, node, 2);
    }
    me.work = null;
    this.clock.unset(Due.WORK, node);
    this.agents[node]?.released(me.workKind);
  }

  private resume(node: number): void {
    const me = this.m[node] as Machine;
    const work = me.work;
    if (work === null) return;
    this.runCommand(me);
    const step = work.next();
    if (me.work !== work) return; // it has rebooted the machine
    if (step.done === true) {
      me.work = null;
      this.agents[node]?.released(me.workKind);
    } else this.clock.set(Due.WORK, node, step.value);
  }

  private runCommand(me: Machine): void {
    const command = me.command;
    me.command = null;
    command?.();
  }

  private readonly handlers: Record<number, (node: number) => void> = {
    [Due.WORK]: (node) => this.resume(node),
    [Due.LOOP]: (node) => this.agents[node]?.loop(),
    [Due.CARP]: (node) => this.carp.due(node),
    [Due.BOOT]: (node) => this.boot(node),
    [Due.WAKE]: (node) => this.wake(node),
    [Due.TELL]: (node) => this.tell(node),
    [Due.QUIET]: (node) => this.quiet(node),
    [Due.ALONE]: (node) => this.alone(node),
    [Due.ORPHAN]: (node) => this.m[node]?.orphan?.(),
    [Due.NOTICE]: (node) => this.hast.notice(node),
    [Due.DRAIN]: (node) => this.hast.drained(node),
    [Due.CONNECT]: () => this.hast.connect(),
    [Due.SYNCED]: () => this.hast.synced(),
  };

  private wake(node: number): void {
    if (this.m[node]?.run.armed) this.agents[node]?.wake();
  }

  private tell(node: number): void {
    const me = this.m[node] as Machine;
    if (!this.sshTo(node) || (me.telling > 0 && me.disk.lone)) return;
    (this.m[1 - node] as Machine).disk.leaveInsync(me.telling, me.tellingMeeting);
    if (me.telling === 0) me.told = true;
    this.left(1 - node);
  }

  /** Lets time pass; the clients write all the while. */
  run(ticks: number): void {
    const limit = this.clock.now + ticks;
    while (true) {
      const packed = this.clock.next(limit);
      this.writes();
      if (packed < 0) return;
      const slot = packed >> 1;
      const node = packed & 1;
      // Whatever a frozen machine was about to do comes when it goes on.
      if (slot < Due.CONNECT && this.m[node]?.frozen) this.clock.set(slot, node, 1);
      else this.handlers[slot]?.(node);
    }
  }

  writes(): void {
    this.hast.write(0);
    this.hast.write(1);
  }
}
