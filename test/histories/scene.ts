import { afterAll, describe, expect, it } from 'vitest';
import { NAMES, type PairPlan } from './install.js';
import { Pair } from './pair.js';

export interface Scene {
  /** A history on the scene's pair. It starts with hasta serving at rest and must come back to that by itself or here. */
  history(title: string, work: (pair: Pair) => Promise<void>): void;
  /** A history after which nobody need serve, or data was given up on purpose: the next one gets a new pair. */
  lastHistory(title: string, work: (pair: Pair) => Promise<void>): void;
}

/** Histories that share a pair of nodes: each begins and ends at rest; a failed one costs the next a new pair. */
export function scene(
  title: string,
  plan: PairPlan,
  mountpoints: readonly string[],
  body: (scene: Scene) => void,
): void {
  let pair: Pair | undefined;
  const discard = async () => {
    const old = pair;
    pair = undefined;
    await old?.stop();
  };
  const play = async (name: string, work: (pair: Pair) => Promise<void>, last: boolean) => {
    pair ??= await Pair.start(plan, mountpoints);
    const start = pair.now;
    try {
      await work(pair);
      expect(pair.watcher.violations).toEqual([]);
      if (!last) await comeToRest(pair);
      for (const note of pair.notes.splice(0)) process.stdout.write(`${name}: without storage ${note}\n`);
    } catch (error) {
      const seconds = ((pair.now - start) / 1000).toFixed(1);
      const story = `\nhistory "${name}", after ${seconds} simulated seconds:\n${await pair.story()}`;
      await discard();
      if (error instanceof Error) error.message += story;
      throw error;
    }
    if (last) await discard();
  };
  describe(title, { timeout: 120_000 }, () => {
    afterAll(discard, 60_000);
    body({
      history: (name, work) => it(name, () => play(name, work, false)),
      lastHistory: (name, work) => it(name, () => play(name, work, true)),
    });
  });
}

async function comeToRest(pair: Pair): Promise<void> {
  const serving = await pair.anySettled();
  if (serving === 'hastb') {
    expect(await pair.agent('hasta', 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
    await pair.settled('hasta');
  }
  expect(await pair.missing('hasta')).toEqual([]);
  for (const node of NAMES) {
    // A word that was just handed in is taken up within a second or two.
    await pair.until(
      `nothing is left behind on ${node}`,
      10,
      async () => (await pair.leftovers(node)) === '',
    );
  }
  expect(pair.watcher.violations).toEqual([]);
}
