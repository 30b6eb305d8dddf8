import type { Agent } from './agent.js';
import { Due } from './clock.js';
import { Request, Roles } from './codes.js';
import type { Machine } from './machine.js';
import type { World } from './world.js';

/** What may happen to a pair. `n` is the node that it happens to. */
export type EventName =
  | 'wait'
  | 'powerCut'
  | 'powerOn'
  | 'shutdown'
  | 'cutReplication'
  | 'joinReplication'
  | 'cutLan'
  | 'cutLanOneWay'
  | 'joinLan'
  | 'carrierLost'
  | 'carrierBack'
  | 'witnessLost'
  | 'witnessBack'
  | 'killReconciler'
  | 'killCommandGoesOn'
  | 'killAgent'
  | 'startAgent'
  | 'killHastd'
  | 'restartHastd'
  | 'sshdDown'
  | 'sshdUp'
  | 'flap'
  | 'freeze'
  | 'isolate'
  | 'busy'
  | 'unmountable'
  | 'unattachable'
  | 'rolesFail'
  | 'slowDisk'
  | 'diskErrors'
  | 'mend'
  | 'promote'
  | 'demote'
  | 'force'
  | 'maintenance'
  | 'maintenanceOff'
  | 'resolve'
  | 'repairAll';

export interface HistoryEvent {
  name: EventName;
  node: number;
  /** Tenths of a second that pass afterwards. */
  gap: number;
}

/** How often each happens, of the sum of all. */
const WEIGHTS: [EventName, number][] = [
  ['wait', 3],
  ['powerCut', 9],
  ['powerOn', 14],
  ['shutdown', 4],
  ['cutReplication', 5],
  ['joinReplication', 5],
  ['cutLan', 4],
  ['cutLanOneWay', 2],
  ['joinLan', 6],
  ['carrierLost', 3],
  ['carrierBack', 4],
  ['witnessLost', 2],
  ['witnessBack', 2],
  ['killReconciler', 6],
  ['killCommandGoesOn', 2],
  ['killAgent', 2],
  ['startAgent', 4],
  ['killHastd', 3],
  ['restartHastd', 4],
  ['sshdDown', 2],
  ['sshdUp', 3],
  ['flap', 3],
  ['freeze', 2],
  ['isolate', 1],
  ['busy', 2],
  ['unmountable', 2],
  ['unattachable', 2],
  ['rolesFail', 2],
  ['slowDisk', 4],
  ['diskErrors', 3],
  ['mend', 4],
  ['promote', 6],
  ['demote', 5],
  ['force', 1],
  ['maintenance', 2],
  ['maintenanceOff', 2],
  ['resolve', 2],
  ['repairAll', 6],
];
const NAMES = WEIGHTS.flatMap(([name, weight]) => Array<EventName>(weight).fill(name));
const GAPS = [0, 1, 2, 3, 5, 8, 12, 17, 25, 40, 60, 90, 130, 180, 240, 300, 450, 700];

export const EVENT_CODES = NAMES.length * 2 * GAPS.length;

/** Small numbers are the simplest events, so that a shrunken history is easy to read. */
export function decode(code: number): HistoryEvent {
  const name = NAMES[code % NAMES.length] ?? 'wait';
  const rest = Math.floor(code / NAMES.length);
  return { name, node: rest % 2, gap: GAPS[Math.floor(rest / 2) % GAPS.length] ?? 0 };
}

export function describe(event: HistoryEvent): string {
  return `${event.name} ${event.node === 0 ? 'A' : 'B'}, then ${event.gap / 10} s`;
}

/** The code of an event: histories that are written by hand. */
export function encode(name: EventName, node = 0, gap = 0): number {
  const nearest = GAPS.reduce(
    (best, g, i) => (Math.abs(g - gap) < Math.abs((GAPS[best] ?? 0) - gap) ? i : best),
    0,
  );
  return NAMES.indexOf(name) + NAMES.length * (node + 2 * nearest);
}

export interface Rules {
  /** May both networks be down between two running nodes? */
  partitions: boolean;
}

/** Does it to the world, if it can happen there now. */
export function apply(w: World, event: HistoryEvent, rules: Rules): void {
  w.writes();
  const act = ACTS[event.name];
  if (SEVERING.has(event.name) && !rules.partitions && wouldSever(w, event)) return;
  if (w.settings.trace !== undefined && event.name !== 'wait') w.log(event.node, `--- ${event.name}`);
  act(w, w.m[event.node] as Machine, w.agents[event.node] as Agent);
  w.refresh();
  w.writes();
}

const SEVERING = new Set<EventName>([
  'cutReplication',
  'cutLan',
  'cutLanOneWay',
  'carrierLost',
  'flap',
  'freeze',
  'isolate',
]);

function wouldSever(w: World, event: HistoryEvent): boolean {
  const lan = w.lan[0] === true && w.lan[1] === true && w.m[0].carrier && w.m[1].carrier;
  if (event.name === 'freeze' || event.name === 'isolate') return true;
  return event.name === 'cutReplication' ? !lan : !w.rep;
}

type Act = (w: World, m: Machine, agent: Agent) => void;

const ACTS: Record<EventName, Act> = {
  wait: () => {},
  powerCut: (w, m) => w.powerOff(m.index),
  powerOn: (w, m) => w.powerOn(m.index),
  shutdown: (w, m) => w.shutdown(m.index),
  cutReplication: (w) => {
    w.rep = false;
  },
  joinReplication: (w) => {
    w.rep = true;
  },
  cutLan: (w) => {
    w.lan = [false, false];
  },
  cutLanOneWay: (w, m) => {
    w.lan[m.index] = false;
  },
  joinLan: (w) => {
    w.lan = [true, true];
  },
  carrierLost: (_w, m) => {
    m.carrier = false;
  },
  carrierBack: (_w, m) => {
    m.carrier = true;
  },
  witnessLost: (_w, m) => {
    m.witness = false;
  },
  witnessBack: (_w, m) => {
    m.witness = true;
  },
  killReconciler: (w, m) => w.killWork(m.index, false),
  killCommandGoesOn: (w, m) => w.killWork(m.index, true),
  killAgent: (w, m) => {
    m.loop = false;
    w.clock.unset(Due.LOOP, m.index);
    w.killWork(m.index, false);
  },
  startAgent: (_w, m, agent) => {
    if (m.power === 'on' && !m.loop) agent.verb_start();
  },
  killHastd: (w, m) => w.stopHastd(m.index),
  restartHastd: (w, m) => {
    w.stopHastd(m.index);
    w.startHastd(m.index);
  },
  sshdDown: (_w, m) => {
    m.sshd = false;
  },
  sshdUp: (_w, m) => {
    m.sshd = m.power === 'on';
  },
  flap: (w, m) => {
    w.lan[m.index] = false;
    w.refresh();
    w.run(35);
    w.lan[m.index] = true;
  },
  // As a hypervisor does it for a snapshot or a migration.
  freeze: (w, m) => {
    if (m.power !== 'on') return;
    m.frozen = true;
    w.refresh();
    w.run([20, 32, 36, 40, 45, 60, 80, 300][w.clock.random(8)] ?? 20);
    w.thaw(m.index);
  },
  isolate: (w, m) => {
    w.rep = false;
    w.lan = [false, false];
    m.witness = false;
  },
  busy: (_w, m) => {
    m.busy = true;
  },
  unmountable: (_w, m) => {
    m.unmountable = true;
  },
  unattachable: (_w, m) => {
    m.unattachable = true;
  },
  rolesFail: (_w, m) => {
    m.rolesFail = true;
  },
  slowDisk: (_w, m) => {
    m.slowDisk = true;
  },
  diskErrors: (_w, m) => {
    m.diskErrors = m.role !== Roles['all-init'];
  },
  mend: (_w, m) => mend(m),
  promote: (_w, _m, agent) => agent.verb_request(Request.promote),
  demote: (_w, _m, agent) => agent.verb_request(Request.demote),
  force: (_w, _m, agent) => agent.verb_request(Request.force),
  maintenance: (w, m, agent) => {
    m.disk.maintenance = Math.floor(w.now / 10) + 60;
    if (m.power === 'on') agent.wake();
  },
  maintenanceOff: (_w, m, agent) => {
    m.disk.maintenance = 0;
    if (m.power === 'on') agent.wake();
  },
  resolve: (w, m) => resolve(w, m.index),
  repairAll: (w) => repairAll(w),
};

function mend(m: Machine): void {
  m.busy = false;
  m.unmountable = false;
  m.unattachable = false;
  m.rolesFail = false;
  m.slowDisk = false;
}

/** Everything that was broken is mended, and what was off is started. */
export function repairAll(w: World): void {
  w.rep = true;
  w.lan = [true, true];
  for (const m of w.m) {
    mend(m);
    m.carrier = true;
    m.witness = true;
    if (m.power === 'off') w.powerOn(m.index);
    if (m.power !== 'on') continue;
    m.sshd = true;
    if (!m.hastd) w.startHastd(m.index);
    if (!m.loop) w.agents[m.index]?.verb_start();
  }
  w.refresh();
}

/** A person has decided a split-brain: this node's copy wins, the other one is created anew. */
export function resolve(w: World, winner: number): void {
  const best = w.m[winner] as Machine;
  const loser = w.m[1 - winner] as Machine;
  if (best.power !== 'on' || loser.power !== 'on' || !(best.splitAlarm || loser.splitAlarm)) return;
  if (best.disk.copy.torn || loser.live || !loser.hastd || !best.hastd) return;
  w.killWork(loser.index, false);
  w.unmount(loser.index);
  w.setRole(loser.index, Roles['all-init']);
  loser.disk.record = null;
  loser.disk.copy.torn = true;
  loser.run.diverged = false;
  loser.run.hookSplit = false;
  loser.run.public = null;
  best.run.diverged = false;
  best.run.hookSplit = false;
  w.promises.settleFor(best.disk.copy);
  w.agents[loser.index]?.verb_start();
  if (!best.live) w.agents[winner]?.verb_request(Request.force);
}
