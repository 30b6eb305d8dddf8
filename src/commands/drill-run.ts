import { randomBytes } from 'node:crypto';
import type { DrillDecision } from '../cluster/drill.js';
import { type Marker, removeMarkers, verifyMarkers, writeMarker } from '../cluster/marker.js';
import { ExitCode, ProblemsError } from '../errors.js';
import { say } from '../io.js';
import { longestSeconds, rounded, totalSeconds } from '../measure/outage.js';
import type { Prober } from '../measure/prober.js';
import type { DrillPhase, DrillReport } from '../report/drill-text.js';
import { move } from './move.js';
import type { Session } from './session.js';
import { settled } from './settled.js';
import { carryOut, type StepRun } from './steps.js';

/** A drill under way. */
export interface Drill {
  run: Omit<StepRun, 'remedy'>;
  session: Session;
  prober: Prober;
  decision: DrillDecision & { primary: string };
  /** Where markers are written. */
  places: readonly string[];
  /** Seconds for a move, or for a crashed node to return. */
  seconds: number;
  phases: { phase: string; node: string; from: number; to: number }[];
  markers: Marker[];
  /** Done when it is over, however it ended. */
  atEnd: (() => Promise<void>)[];
  /** Aborted when it is over, or by Ctrl-C: nothing is waited for any more. */
  over: AbortSignal;
}

const REMEDY = 'hastconf status shows where the storage is now; hastconf switchover moves it';
/** Hexadecimal digits: a few blocks. */
const MARKER_BYTES = 8192;

/** Times one part of a drill, and says what it is. */
export async function phase<T>(drill: Drill, name: string, node: string, work: () => Promise<T>): Promise<T> {
  const from = performance.now();
  const done = await work();
  const to = performance.now();
  drill.phases.push({ phase: name, node, from, to });
  drill.run.log.write({ event: 'drill', phase: name, node, ms: Math.round(to - from) });
  say(drill.run.context.io, `${name} (${node}): ${rounded(to - from).toFixed(1)} s`);
  return done;
}

/** Writes and fsyncs a marker on the node that serves. */
export async function mark(drill: Drill, node: string): Promise<void> {
  if (drill.places.length === 0) return;
  const name = `.hastconf-drill-${drill.run.id}-${drill.markers.length + 1}`;
  const marker = { name, content: randomBytes(MARKER_BYTES).toString('hex') };
  await phase(drill, 'write a marker', node, () =>
    carryOut({ ...drill.run, remedy: REMEDY }, [writeMarker(node, marker, drill.places)]),
  );
  drill.markers.push(marker);
}

/** Reads all markers so far back. */
export async function verify(drill: Drill, node: string): Promise<void> {
  if (drill.markers.length === 0) return;
  await phase(drill, 'read it back', node, () =>
    carryOut({ ...drill.run, remedy: REMEDY }, [verifyMarkers(node, drill.markers, drill.places)]),
  );
}

export async function moveTo(drill: Drill, from: string, to: string): Promise<void> {
  const { run, session, prober, seconds } = drill;
  await phase(drill, 'move', to, () => move({ run, session, prober, from, to, seconds }));
}

/** The other node is a fresh standby again; exit 6 when it is not in time. */
export async function settle(drill: Drill, serving: string): Promise<void> {
  const { session, run } = drill;
  const { problems } = await phase(drill, 'standby is fresh', serving, () =>
    settled(session, run.context.io.signal),
  );
  if (problems.length === 0) return;
  throw new ProblemsError(
    ExitCode.Timeout,
    `${serving} serves, but the pair is not at rest again`,
    problems,
    {
      remedy: REMEDY,
    },
  );
}

/** Takes the markers away, also after a failure; then without a word, for the failure itself is what counts. */
export async function clean(drill: Drill, node: string): Promise<void> {
  if (drill.markers.length === 0) return;
  await carryOut({ ...drill.run, remedy: `remove ${drill.places[0]}/.hastconf-drill-* by hand` }, [
    removeMarkers(node, drill.markers, drill.places),
  ]);
}

/** There and back. */
export async function planned(drill: Drill): Promise<void> {
  const { primary, standby } = drill.decision;
  await mark(drill, primary);
  await moveTo(drill, primary, standby);
  await verify(drill, standby);
  await settle(drill, standby);
  await mark(drill, standby);
  await moveTo(drill, standby, primary);
  await verify(drill, primary);
  await settle(drill, primary);
}

/** The report of a drill that went well. */
export function drillReport(drill: Drill, kind: DrillReport['kind'], time: Date): DrillReport {
  const { prober, phases, session, decision, markers } = drill;
  const [start, end] = [phases[0]!.from, phases.at(-1)!.to];
  const { service } = prober.outages(start, end);
  const here = prober.fromHere(start, end);
  const watched = end - start;
  const away = totalSeconds(service) * 1000;
  return {
    version: 1,
    cluster: session.spec.name,
    time: time.toISOString(),
    kind,
    from: decision.primary,
    to: decision.standby,
    phases: phases.map((one) => phaseReport(prober, one)),
    longestGap: longestSeconds(service),
    watched: rounded(watched),
    availability: Math.floor((1 - away / watched) * 10_000) / 100,
    fromHere: here === undefined ? null : longestSeconds(here),
    markers: markers.length,
    verified: true,
  };
}

function phaseReport(prober: Prober, { phase: name, node, from, to }: Drill['phases'][number]): DrillPhase {
  const { storage, address, service } = prober.outages(from, to);
  return {
    phase: name,
    node,
    seconds: rounded(to - from),
    withoutStorage: totalSeconds(storage),
    withoutAddress: totalSeconds(address),
    withoutService: totalSeconds(service),
  };
}
