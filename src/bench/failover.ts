import { agentPair, COMMAND_MS, recipePair } from './contenders.js';
import { type EventName, type Measured, measureAll } from './events.js';
import { aim, type Row, type Section } from './measure.js';
import type { Outage } from './prober.js';

const COLUMNS = ['hastconf s', 'recipe s', 'ratio', 'commands'] as const;

/** What counts for an event, and what hastconf's agent must reach. */
interface Judgement {
  /** Seconds; undefined: never served again. */
  figure: (outage: Outage) => number | undefined;
  target?: { text: string; limit: (outage: Outage) => number };
  /** Seconds until the recipe had the storage on the other node, on two live machines (measured §1). */
  live?: number;
}

const service = (outage: Outage) => (outage.servedAfter === undefined ? undefined : outage.withoutService);

const JUDGEMENTS: Readonly<Record<EventName, Judgement>> = {
  'planned move': { figure: service, target: { text: '2.0 s', limit: () => 2 }, live: 9.8 },
  'power cut': {
    figure: service,
    target: { text: 'CARP + 2.0 s', limit: (outage) => (outage.addressMovedAfter ?? 0) + 2 },
    live: 40.5,
  },
  'power cut, timer fires': {
    figure: service,
    target: { text: 'CARP + 2.0 s', limit: (outage) => (outage.addressMovedAfter ?? 0) + 2 },
  },
  'crashed node returns': { figure: service, target: { text: '0 s', limit: () => 0 } },
  // The address itself is away for CARP's own three seconds whatever moves the storage.
  'CARP flap': {
    figure: (outage) => (outage.servedAfter === undefined ? undefined : outage.withoutStorage),
    target: { text: '0 s', limit: () => 0 },
  },
  'both boot': { figure: service },
};

/** Our agent beside the published recipe: simulated seconds without storage. */
export async function failoverSection(): Promise<Section> {
  const agent = await measureAll(agentPair);
  const recipe = await measureAll(recipePair);
  return {
    title: `Fail-over in the lab, simulated seconds without storage; each command of a node counts ${COMMAND_MS} ms`,
    columns: COLUMNS,
    rows: (Object.keys(JUDGEMENTS) as EventName[]).map((name) => rowOf(name, agent, recipe)),
    data: { agent, recipe },
  };
}

export function rowOf(name: EventName, agent: Measured, recipe: Measured): Row {
  const { figure, target, live } = JUDGEMENTS[name];
  const own = figure(agent[name]);
  const theirs = figure(recipe[name]);
  const remarks: string[] = [];
  if (target !== undefined) {
    remarks.push(aim(own !== undefined && own <= target.limit(agent[name]), target.text));
  }
  if (name.startsWith('power cut')) remarks.push(`CARP ${seconds(agent[name].addressMovedAfter)} s`);
  if (live !== undefined) {
    remarks.push(`recipe serves after ${seconds(recipe[name].servedAfter)} s (live machines: ${live} s)`);
  }
  remarks.push(`storage appeared: ${places(agent[name])} / ${places(recipe[name])}`);
  return {
    subject: name,
    cells: [
      seconds(own),
      seconds(theirs),
      ratio(own, theirs),
      `${agent[name].commands} / ${recipe[name].commands}`,
    ],
    remark: remarks.join('; '),
  };
}

function places({ appeared }: Outage): string {
  return appeared.join(' ') || '-';
}

function seconds(value: number | undefined): string {
  return value === undefined ? 'never' : value.toFixed(1);
}

function ratio(own: number | undefined, theirs: number | undefined): string {
  if (own === undefined || theirs === undefined || own === 0) return '-';
  return `1 : ${(theirs / own).toFixed(1)}`;
}
