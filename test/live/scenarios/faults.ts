import type { Live } from '../live.js';
import type { Scenario } from '../types.js';

/** How long each is in force: longer than hastd's timeout. */
const HELD_MS = 15_000;

interface Trial {
  words: readonly string[];
  /** A fault that ends by itself has no name to undo. */
  passing?: true;
}

/** Every fault of `hastconf lab fault` that no other scenario uses; each is undone before the next. */
const TRIALS: readonly Trial[] = [
  { words: ['cut-way', 'replication', 'hasta', 'hastb'] },
  { words: ['cut-way', 'lan', 'hastb', 'hasta'] },
  { words: ['lossy-link', 'replication', 'hastb', '20'] },
  { words: ['slow-link', 'replication', 'hastb', '100'] },
  { words: ['carp-flap', 'hastb'], passing: true },
  { words: ['cpu-hog', 'hasta', '2'] },
  { words: ['clock-skew', 'hastb', '3600'] },
  { words: ['clock-skew', 'hasta', '-3600'] },
  { words: ['kill-hastd', 'hastb'] },
  { words: ['hang-hastd', 'hastb'] },
  { words: ['stop-hastd', 'hastb'] },
  { words: ['disk-errors', 'hastb', 'vtbd1'] },
];

async function endure(live: Live, { words, passing }: Trial): Promise<void> {
  await live.measure(words.join(' '), async () => {
    const name = await live.fault(...words);
    await live.pause(HELD_MS);
    if (!passing) await live.undo(name);
    const serving = await live.settled();
    await live.lines(5, serving);
  });
}

export const FAULTS: readonly Scenario[] = TRIALS.map((trial) => ({
  name: `fault-${trial.words.join('-').replaceAll('--', '-')}`,
  group: 'faults',
  title: `${trial.words.join(' ')} for ${HELD_MS / 1000} s under writes, with a witness`,
  from: 'one' as const,
  client: true,
  run: async (live: Live) => {
    await live.write();
    await live.lines(40, 'hasta');
    await endure(live, trial);
  },
}));
