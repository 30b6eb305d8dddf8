import { afterAll, describe, expect, it } from 'vitest';
import { NAMES, type NodeName, other, type PairPlan } from './install.js';
import { Pair } from './pair.js';

/** A history: `serving` serves and `standby` is fresh when it begins. */
export type Work = (pair: Pair, serving: NodeName, standby: NodeName) => Promise<void>;

export interface Scene {
  /** A history on the scene's pair, which comes to rest by itself in the end, whoever serves then. */
  history(title: string, work: Work): void;
  /** The same, with hasta, the preferred node, serving first. */
  fromHasta(title: string, work: Work): void;
  /** A history after which nobody need serve, or data was given up on purpose: the next one gets a new pair. */
  lastHistory(title: string, work: Work): void;
}

/** Histories that share a pair of nodes: each begins and ends at rest; a failed one costs the next a new pair. */
export function scene(
  title: string,
  plan: PairPlan,
  mountpoints: readonly string[],
  body: (scene: Scene) => void,
): void {
  let pair: Pair | undefined;
  let serving: NodeName = 'hasta';
  const discard = async () => {
    const old = pair;
    pair = undefined;
    serving = 'hasta';
    await old?.stop();
  };
  const play = async (name: string, work: Work) => {
    pair ??= await Pair.start(plan, mountpoints);
    const start = pair.now;
    try {
      await work(pair, serving, other(serving));
      expect(pair.watcher.violations).toEqual([]);
      for (const note of pair.notes.splice(0)) process.stdout.write(`${name}: without storage ${note}\n`);
    } catch (error) {
      const seconds = ((pair.now - start) / 1000).toFixed(1);
      const story = `\nhistory "${name}", ${serving} serving, after ${seconds} simulated seconds:\n${await pair.story()}`;
      await discard();
      if (error instanceof Error) error.message += story;
      throw error;
    }
  };
  const toRest: Work = async (rested) => {
    serving = await comeToRest(rested);
  };
  const history = (name: string, work: Work) =>
    it(name, () =>
      play(name, async (...now) => {
        await work(...now);
        await toRest(...now);
      }),
    );
  // Real time: a busy machine must not fail a history; each wait in it has its own limit in simulated time.
  describe(title, { timeout: 300_000 }, () => {
    afterAll(discard, 60_000);
    body({
      history,
      fromHasta: (name, work) =>
        history(name, async (now, first) => {
          if (first === 'hastb') await moveTo(now, 'hasta');
          await work(now, 'hasta', 'hastb');
        }),
      lastHistory: (name, work) =>
        it(name, async () => {
          await play(name, work);
          await discard();
        }),
    });
  });
}

async function moveTo(pair: Pair, node: NodeName): Promise<void> {
  expect(await pair.agent(node, 'promote')).toMatchObject({ code: 0, stdout: 'serving\n' });
  await pair.settled(node);
}

/** Answers who serves. Nothing is lost, nothing is left behind. */
async function comeToRest(pair: Pair): Promise<NodeName> {
  const serving = await pair.anySettled();
  expect(await pair.missing(serving)).toEqual([]);
  for (const node of NAMES) {
    // A word that was just handed in is taken up within a second or two; the reject route goes at the next look.
    await pair.until(
      `nothing is left behind on ${node}`,
      45,
      async () => (await pair.leftovers(node)) === '',
    );
  }
  return serving;
}
