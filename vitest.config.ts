import { defineConfig } from 'vitest/config';

/** Seconds of the simulated clock are judged here: with other files beside them, they would measure those. */
const ALONE = ['test/bench/targets.test.ts'];

export default defineConfig({
  test: {
    // Two cores on the smallest machine that runs these; the nodes of the lab wait for much of their time.
    maxWorkers: 3,
    projects: [
      {
        extends: true,
        test: {
          name: 'together',
          include: ['test/**/*.test.ts'],
          exclude: ALONE,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: { name: 'alone', include: ALONE, maxWorkers: 1, sequence: { groupOrder: 1 } },
      },
    ],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Whole pairs of nodes run here as real processes against a clock: on a machine that others load as well, one
    // of them may starve. A second try tells that apart from a fault; both tries are reported.
    retry: process.env.CI === 'true' ? 1 : 0,
  },
});
