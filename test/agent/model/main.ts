/**
 * npm run histories -- [N [SEED]]                   random histories of faults over the agent's decisions
 * npm run histories -- replay [single|split] KEY    one of them again, step by step
 */
import { loadBrain } from './brain.js';
import { report } from './history.js';
import {
  ANYTHING,
  type Found,
  PARTITIONS,
  parseHistory,
  searchHistories,
  searchSingleFaults,
} from './search.js';
import { runSingleFaults } from './single.js';

async function main(words: string[]): Promise<number> {
  const brain = await loadBrain();
  if (words[0] === 'replay') {
    const key = parseHistory(words.at(-1) ?? '');
    const trace: string[] = [];
    if (words[1] === 'single') {
      const broken = runSingleFaults(brain, key, trace).broken ?? 'no promise broken';
      console.log([...trace, broken].join('\n'));
    } else console.log(report(brain, key, words[1] === 'split' ? PARTITIONS : ANYTHING));
    return 0;
  }
  const runs = Number(words[0] ?? 100_000);
  const seed = words[1] === undefined ? undefined : Number(words[1]);
  if (!Number.isInteger(runs) || runs < 1) throw new Error(`not a number of histories: ${words[0]}`);
  const few = Math.ceil(runs / 10);
  const searches: [string, () => Found][] = [
    ['anything at any time', () => searchHistories(brain, ANYTHING, { runs, seed })],
    ['both networks down', () => searchHistories(brain, PARTITIONS, { runs: few, seed })],
    ['one fault at a time', () => searchSingleFaults(brain, { runs: few, seed })],
  ];
  return searches.map(([name, run]) => say(name, run)).every(Boolean) ? 0 : 1;
}

function say(name: string, run: () => Found): boolean {
  const start = Date.now();
  const found = run();
  const seconds = ((Date.now() - start) / 1000).toFixed(1);
  const persons = Object.entries(found.persons).map(([why, count]) => `${count} ${why}`);
  console.log(
    `${name}: ${found.runs} histories, ${Math.round(found.simulated / 86_400)} days, ${found.promotions} promotions in ${seconds} s; ` +
      `seed ${found.seed}; left to a person: ${persons.join(', ') || 'none'}; lone writes lost within the notice time: ${found.youngLost}`,
  );
  if (found.failure !== undefined) console.error(found.failure);
  return found.failure === undefined;
}

process.exitCode = await main(process.argv.slice(2));
