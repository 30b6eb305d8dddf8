import type { Brain } from './brain.js';
import { Carp, Fresh, Roles } from './codes.js';
import { apply, decode, describe, type HistoryEvent, type Rules, repairAll } from './events.js';
import type { Machine } from './machine.js';
import { Broken, type Settings, World } from './world.js';

/** A history: a number for how the pair is configured and its chances, and what happens to it. */
export interface History {
  config: number;
  events: number[];
}

export interface Outcome {
  broken?: string;
  trace: string[];
  simulated: number;
  promotions: number;
  /** Ended with an alarm that wants a person, and which. */
  person?: string;
  youngLost: number;
}

export interface Terms extends Rules {
  notice: number;
}

export function settings(brain: Brain, config: number, notice: number, trace?: string[]): Settings {
  return {
    brain,
    seed: config,
    bootWait: config % 4 === 0 ? 120 : 30,
    failback: (config >> 2) % 4 === 0 ? 'auto' : 'manual',
    onDiskError: (config >> 9) % 2 === 0 ? 'handover' : 'alert',
    onDemoteFailure: (config >> 4) % 2 === 0 ? 'reboot' : 'alert',
    witness: (config >> 5) % 2 === 0,
    detects: (config >> 6) % 2 === 0,
    hangs: (config >> 7) % 2 === 0,
    syncTime: (config >> 8) % 2 === 0 ? 20 : 300,
    notice,
    strict: false,
    trace,
  };
}

/** A pair that hastconf has just set up (even) or one that has served for a while (odd). */
export function begin(w: World): void {
  const [a, b] = w.m;
  for (const m of w.m) w.startHastd(m.index);
  w.setRole(1, Roles['all-secondary']);
  w.setRole(0, Roles['all-primary']);
  w.refresh();
  w.run(40);
  if (w.settings.seed % 2 === 0) w.mount(0, false);
  else {
    a.newRecord({ epoch: 1, agreed: 1, peerEpoch: 1, fresh: Fresh.fresh });
    b.newRecord({ epoch: 1, agreed: 1, peerEpoch: 1, fresh: Fresh.fresh });
    w.mount(0, false);
  }
  for (const agent of w.agents) agent.verb_start();
  settle(w, 300);
}

/** Exactly one serves, the other could take over, and nothing is left behind. */
export function isHealthy(w: World): boolean {
  const [a, b] = w.m;
  if (a.live === b.live) return false;
  const [one, other] = a.live ? [a, b] : [b, a];
  return (
    one.open &&
    other.open &&
    !w.hast.syncing &&
    !one.hung &&
    one.carp === Carp.MASTER &&
    one.skew === 0 &&
    other.carp === Carp.BACKUP &&
    other.skew === 20 &&
    other.disk.record?.fresh === Fresh.fresh &&
    other.run.met &&
    isClean(one) &&
    isClean(other)
  );
}

function isClean(m: Machine): boolean {
  return m.work === null && m.waiters.length === 0 && !m.reject && !m.run.rejected && !m.splitAlarm;
}

/** Lets at most `ticks` pass, until the pair is healthy. */
export function settle(w: World, ticks: number): boolean {
  for (let left = ticks; left > 0; left -= 10) {
    if (isHealthy(w)) return true;
    w.run(10);
  }
  return isHealthy(w);
}

/** Runs a history of anything at any time, then repairs all and waits until exactly one serves. */
export function runHistory(brain: Brain, history: History, terms: Terms, trace?: string[]): Outcome {
  const w = new World(settings(brain, history.config, terms.notice, trace));
  const outcome: Outcome = { trace: trace ?? [], simulated: 0, promotions: 0, youngLost: 0 };
  try {
    begin(w);
    for (const code of history.events) {
      const event = decode(code);
      apply(w, event, terms);
      w.run(event.gap);
    }
    finish(w, outcome);
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    outcome.broken = error.message;
  }
  outcome.simulated = w.now / 10;
  outcome.promotions = w.promotions;
  outcome.youngLost = w.hast.youngLost;
  return outcome;
}

function finish(w: World, outcome: Outcome): void {
  w.log(0, '--- everything is repaired');
  for (const m of w.m) m.disk.maintenance = 0;
  repairAll(w);
  const wait = w.settings.bootWait * 10 + 1200;
  for (let time = 0; time < wait; time += 100) {
    if (settle(w, 100)) {
      if (holds(w)) return;
    }
    repairAll(w); // a node that rebooted itself meanwhile
  }
  const person = needsPerson(w);
  if (person === '') w.broke(`not healthy ${wait / 10} s after the last repair: ${situation(w)}`);
  if (w.m[0].live && w.m[1].live) w.broke('two nodes still have the storage mounted');
  outcome.person = person;
}

/** Healthy now, and still so after a while in which nothing happened. */
function holds(w: World): boolean {
  const before = w.promotions;
  w.run(150);
  return (isHealthy(w) || settle(w, 50)) && w.promotions === before;
}

function needsPerson(w: World): string {
  if (w.m[0].splitAlarm || w.m[1].splitAlarm) return 'split-brain';
  if (w.forced) return 'forced';
  if (w.hast.youngLost > 0) return 'young writes';
  return '';
}

export function situation(w: World): string {
  return w.m
    .map((m) => {
      const r = m.disk.record;
      const role = Object.keys(Roles)[m.role];
      const fresh = Object.keys(Fresh)[r?.fresh ?? 2];
      return `${m.index === 0 ? 'A' : 'B'} ${m.power} ${role}${m.live ? ' live' : ''} ${fresh} ${r?.epoch}/${r?.agreed} skew ${m.skew} ${Object.keys(Carp)[m.carp]} (${m.reason})${isClean(m) ? '' : ' unclean'}`;
    })
    .join('; ');
}

/** What a person needs to see it happen again. */
export function report(brain: Brain, history: History, terms: Terms): string {
  const trace: string[] = [];
  const outcome = runHistory(brain, history, terms, trace);
  const events = history.events.map((code) => `  ${describe(decode(code) as HistoryEvent)}`);
  const key = `${history.config}:${history.events.join(',')}`;
  return `${outcome.broken ?? 'no promise broken'}\nreplay: ${key}\n${events.join('\n')}\n${trace.join('\n')}`;
}
