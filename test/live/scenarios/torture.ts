import { gapText } from '../judge.js';
import type { Live } from '../live.js';
import { randomFrom } from '../random.js';
import type { Scenario } from '../types.js';

/** What can befall a pair at any moment; each is undone before the next one comes. */
type Blow = (live: Live, victim: string) => Promise<() => Promise<void>>;

const undoing =
  (words: (victim: string) => readonly string[]): Blow =>
  async (live, victim) => {
    const name = await live.fault(...words(victim));
    return () => live.undo(name);
  };

const BLOWS: Readonly<Record<string, Blow>> = {
  'power cut': async (live, victim) => {
    await live.powerCut(victim);
    return () => live.powerOn(victim);
  },
  'replication silent': undoing(() => ['cut-link', 'replication']),
  'LAN port silent': undoing((victim) => ['cut-link', 'lan', victim]),
  'carrier lost': undoing((victim) => ['no-carrier', 'lan', victim]),
  frozen: undoing((victim) => ['freeze', victim]),
  'slow disk': undoing((victim) => ['slow-disk', victim, 'vtbd1', '500000']),
  'processor busy': undoing((victim) => ['cpu-hog', victim]),
  'hastd killed': undoing((victim) => ['kill-hastd', victim]),
  'planned move': async (live, victim) => {
    if ((await live.agent(victim))?.state === 'standby') await live.move(victim);
    return async () => undefined;
  },
};

const REST_MS = 400_000;

export async function torture(live: Live): Promise<void> {
  const random = randomFrom(live.seed);
  const pick = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  live.note(`seed ${live.seed}, ${live.faults} faults`);
  await live.write();
  await live.lines(40, 'hasta');
  for (let number = 1; number <= live.faults; number += 1) {
    const kind = pick(Object.keys(BLOWS));
    const victim = pick(['hasta', 'hastb']);
    const heldMs = Math.round(500 + random() * 15_000);
    const lullMs = Math.round(random() * 3000);
    const what = `${number}. ${kind} (${victim}) for ${(heldMs / 1000).toFixed(1)} s`;
    live.say(what);
    await live.pause(lullMs);
    await live.measure(what, async () => {
      const undo = await BLOWS[kind]?.(live, victim);
      await live.pause(heldMs);
      await undo?.();
      const serving = await live.settled(undefined, REST_MS);
      await live.lines(5, serving);
    });
    const last = live.evidence.measured.at(-1);
    if (last) live.note(`${what}: ${gapText(last.gap)}`);
    // Each history is read whole: what is lost shows at the fault that lost it.
    const lost = await live.lost();
    live.expect(lost.length === 0, `${what}: lost ${lost.slice(0, 5).join(', ')} (${lost.length} lines)`);
    const stuck = await live.stuck();
    live.expect(stuck.length === 0, `${what}: stuck: ${stuck.join(', ')}`);
  }
}

export const TORTURE: readonly Scenario[] = [
  {
    name: 'torture',
    group: 'torture',
    title: 'random faults one after another, from a seed, with a witness',
    from: 'one',
    client: true,
    mendedBy: 8,
    limitMs: 7_200_000,
    run: torture,
  },
  {
    name: 'torture-three',
    group: 'torture',
    title: 'the same with three resources',
    from: 'three',
    client: true,
    mendedBy: 8,
    limitMs: 7_200_000,
    run: torture,
  },
];
