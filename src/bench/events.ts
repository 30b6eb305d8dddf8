import type { Lab } from '../lab/lab.js';
import type { Contender, Opening } from './contenders.js';
import { isMaster, type Outage } from './prober.js';

/** Shorter than the agent's settle time of 1 s. */
const FLAP_MS = 800;
/** After power-on both nodes have elected a master by then. */
const FLAP_AT_BOOT_MS = 6000;

export type EventName =
  | 'planned move'
  | 'power cut'
  | 'power cut, timer fires'
  | 'crashed node returns'
  | 'CARP flap'
  | 'both boot';
export type Measured = Record<EventName, Outage>;

/** Simulated seconds that an event is watched for; what is not served by then counts as never. */
const WATCH: Readonly<Record<EventName, number>> = {
  'planned move': 20,
  'power cut': 60,
  'power cut, timer fires': 60,
  'crashed node returns': 120,
  'CARP flap': 60,
  'both boot': 90,
};

/** Every event, each from a pair at rest with hasta serving. Three labs: a pair may not survive its third event. */
export async function measureAll(open: Opening): Promise<Measured> {
  const first = await withPair(open, async (pair) => {
    const move = await plannedMove(pair);
    await pair.move('hasta');
    await pair.rest('hasta');
    const cut = await powerCut(pair);
    const back = await comeBack(pair);
    return { 'planned move': move, 'power cut': cut, 'crashed node returns': back };
  });
  const second = await withPair(open, async (pair) => {
    const flap = await carpFlap(pair);
    if (pair.prober.look().holder !== 'hasta') await pair.move('hasta');
    await pair.rest('hasta');
    return { 'CARP flap': flap, 'both boot': await bootBoth(pair) };
  });
  const third = await withPair(open, async (pair) => {
    await beforeItLooks(pair);
    return { 'power cut, timer fires': await powerCut(pair) };
  });
  return { ...first, ...second, ...third };
}

export async function withPair<T>(open: Opening, work: (pair: Contender) => Promise<T>): Promise<T> {
  const pair = await open();
  try {
    return await work(pair);
  } finally {
    await pair.stop();
  }
}

export function plannedMove(pair: Contender, seconds = WATCH['planned move']): Promise<Outage> {
  return watch(pair, seconds, () => pair.move('hastb'));
}

/** The node that serves loses its power. */
export function powerCut(pair: Contender, seconds = WATCH['power cut']): Promise<Outage> {
  return watch(pair, seconds, () => pair.lab.fault('power-cut', ['hasta']));
}

/** The agent's timer looks every ten seconds; CARP needs three to notice a dead master. */
const UNTIL_IT_LOOKS_MS = 7000;

/**
 * Returns three seconds before the standby's agent looks on its own account: what happens now makes it MASTER in the
 * middle of that look, while it asks its peer. At once where no agent has looked, as with the recipe.
 */
export async function beforeItLooks({ lab }: Contender): Promise<void> {
  const looked = async () => {
    const said = await lab.node('hastb').host.files.read('/var/run/hastconf/public');
    return /^beat (\d+)$/m.exec(said ?? '')?.[1];
  };
  const before = await looked();
  if (before === undefined) return;
  while ((await looked()) === before) await lab.clock.sleep(20);
  await lab.clock.sleep(UNTIL_IT_LOOKS_MS);
}

/** hasta gets its power back after {@link powerCut}; hastb has been written to meanwhile. */
export async function comeBack(pair: Contender, seconds = WATCH['crashed node returns']): Promise<Outage> {
  await pair.lab.exec('hastb', 'cd /hast/*/ && echo newer >marker && fsync marker');
  return watch(pair, seconds, () => pair.lab.fault('power-on', ['hasta']));
}

/** The LAN link of the node that serves goes and comes back. */
export function carpFlap(pair: Contender, seconds = WATCH['CARP flap']): Promise<Outage> {
  return watch(pair, seconds, () => flap(pair.lab));
}

/** Both lose their power and come up together; then the address flaps once, as switches make it. */
export async function bootBoth(pair: Contender): Promise<Outage> {
  const { lab } = pair;
  for (const node of ['hasta', 'hastb']) await lab.fault('power-cut', [node]);
  await lab.clock.sleep(5000);
  return watch(pair, WATCH['both boot'], async () => {
    const booted = ['hasta', 'hastb'].map((node) => lab.fault('power-on', [node]));
    await lab.clock.sleep(FLAP_AT_BOOT_MS);
    await flap(lab);
    await Promise.all(booted);
  });
}

async function flap(lab: Lab): Promise<void> {
  await lab.fault('cut-link', ['lan', 'hasta']);
  await lab.clock.sleep(FLAP_MS);
  await lab.fault('restore-link', ['lan', 'hasta']);
}

async function watch(pair: Contender, seconds: number, event: () => Promise<unknown>): Promise<Outage> {
  const { lab, prober } = pair;
  await advertised(lab);
  prober.start();
  const start = lab.clock.now();
  await event();
  await lab.clock.sleep(Math.max(0, start + seconds * 1000 - lab.clock.now()));
  return prober.stop();
}

/** Waits for the master's next advertisement, so that every event begins at the same point of CARP's second. */
async function advertised(lab: Lab): Promise<void> {
  const counts = () => {
    const { nodes } = lab.world.describe();
    return Object.values(nodes)
      .flatMap((node) => (isMaster(node) ? [node.advertisements] : []))
      .join();
  };
  const before = counts();
  while (before !== '' && counts() === before) await lab.clock.sleep(5);
}
