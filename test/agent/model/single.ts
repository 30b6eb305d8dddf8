import type { Brain } from './brain.js';
import { apply, type EventName, type HistoryEvent, repairAll } from './events.js';
import { begin, type History, isHealthy, type Outcome, settings, situation } from './history.js';
import { Broken, type Guard, World } from './world.js';

/** One thing that breaks. What repairAll mends and starts is its repair. */
const FAULTS: EventName[] = [
  'powerCut',
  'cutReplication',
  'cutLan',
  'cutLanOneWay',
  'carrierLost',
  'witnessLost',
  'killReconciler',
  'killCommandGoesOn',
  'killAgent',
  'killHastd',
  'restartHastd',
  'sshdDown',
  'shutdown',
  'flap',
  'freeze',
  'isolate',
  'promote',
];
const BEFORE = [0, 3, 8, 20, 57, 100];
/** Until somebody serves again: hastd's and CARP's own times, and the agent's ten-second tick. */
const OUTAGE = 300;

export const FAULT_CODES = FAULTS.length * 2 * BEFORE.length;

export function decodeFault(code: number): HistoryEvent {
  const rest = Math.floor(code / FAULTS.length);
  const gap = BEFORE[Math.floor(rest / 2) % BEFORE.length] ?? 0;
  return { name: FAULTS[code % FAULTS.length] ?? 'powerCut', node: rest % 2, gap };
}

/**
 * One fault at a time, on a healthy pair, repaired and settled before the next: no acknowledged write may be missing,
 * however young; one node serves again soon; the repair interrupts nothing; at the end all is as it was.
 */
export function runSingleFaults(brain: Brain, history: History, trace?: string[], lacks?: Guard): Outcome {
  const usual = settings(brain, history.config, 0, trace);
  const w = new World({ ...usual, failback: 'manual', strict: true, lacks });
  const outcome: Outcome = { trace: trace ?? [], simulated: 0, promotions: 0, youngLost: 0 };
  try {
    begin(w);
    for (const code of history.events) strike(w, decodeFault(code));
  } catch (error) {
    if (!(error instanceof Broken)) throw error;
    outcome.broken = error.message;
  }
  outcome.simulated = w.now / 10;
  outcome.promotions = w.promotions;
  return outcome;
}

function strike(w: World, fault: HistoryEvent): void {
  w.run(fault.gap); // at any moment of the agent's round
  // Without a witness nothing tells an isolated primary from one whose peer has died.
  if (fault.name === 'isolate' && !w.settings.witness) return;
  const whole = fault.name === 'freeze' || fault.name === 'isolate';
  apply(w, fault, { partitions: whole });
  let waited = 0;
  while (serving(w) < 0 || waited < 250) {
    if (waited > OUTAGE) w.broke(`nobody serves ${OUTAGE / 10} s after ${fault.name}: ${situation(w)}`);
    w.run(10);
    waited += 10;
  }
  const before = w.promotions;
  const server = serving(w);
  w.log(0, '--- repaired');
  repairAll(w);
  for (let left = w.settings.bootWait + 60; !isHealthy(w); left -= 1) {
    if (left === 0) w.broke(`not healthy after the repair of ${fault.name}: ${situation(w)}`);
    w.run(10);
    if (w.m[0].power === 'off' || w.m[1].power === 'off') repairAll(w);
  }
  if (w.promotions !== before || serving(w) !== server)
    w.broke(`the repair of ${fault.name} moved the storage: ${situation(w)}`);
}

function serving(w: World): number {
  if (w.m[0].live === w.m[1].live) return -1;
  return w.m[0].live ? 0 : 1;
}
